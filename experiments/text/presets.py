"""Settings of text encoders: all that a training run depends on besides its seed. In code, so that keys of claims follow."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contrastive_claims.experiments.training.presets import Optimiser, Undersample

Count = Annotated[int, Field(ge=1)]
Whole = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Part(BaseModel):
    """Unknown keys are refused, values never change. (Not presets.Section: its golden table lists the settings of images.)"""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Documents(Part):
    """What is trained on: of `corpus` the `groups` named (none: all), `held_out` documents of each kept out, `per_group` of each
    trained on (0: all); shuffled: the control, in which what undersampling takes away is drawn from all groups alike."""

    corpus: str
    groups: tuple[str, ...] = ()
    held_out: Count
    per_group: Whole = 0
    undersample: Undersample | None = None
    shuffled: bool = False


class TextEncoderSettings(Part):
    """transformer: ours, from scratch, with a vocabulary of `subwords` learnt from the corpus; else the name of an encoder on the
    Hugging Face hub or a folder that holds one, which brings its own size, weights and vocabulary."""

    name: str = "transformer"
    subwords: Whole = 0
    width: Whole = 0
    layers: Whole = 0
    heads: Count = 4
    longest: Annotated[int, Field(ge=2)] = 16  # subwords of a text
    dropout: Share = 0.1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ours = self.name == "transformer"
        sizes = (self.subwords, self.width, self.layers)
        if (ours and not (sizes[0] >= 4 and sizes[1] >= 2 and sizes[2] >= 1)) or (not ours and any(sizes)):
            raise ValueError("subwords (4 or more), width and layers belong to the transformer, and it needs all")
        return self


class TextMethod(Part):
    """simcse: two passes of a text are each other's positive (Gao et al. 2021), and `words` is the share of its subwords that
    each pass drops; sup-con: texts of a group are. Dropped features alone (words 0) are no task for an untrained encoder: its
    loss is .001 after 300 steps and its embeddings tell groups apart as before."""

    name: Literal["simcse", "sup-con"] = "simcse"
    temperature: Positive = 0.05
    words: Share = 0.0


class TextPreset(Part):
    """One training run. looks: how often along the run the held-out cosines of the groups are kept."""

    name: str
    documents: Documents
    encoder: TextEncoderSettings
    method: TextMethod
    optimiser: Optimiser
    steps: Count
    batch: Annotated[int, Field(ge=2)]
    looks: Count = 8
    precision: Literal["float32"] = "float32"


def text_preset(content: dict[str, Any]) -> TextPreset:
    """A validated preset. Raises ValueError, one sentence with every fault."""
    try:
        return TextPreset.model_validate(content)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc'])) or 'preset'}: {one['msg']}" for one in error.errors()]
        raise ValueError(f"preset {content.get('name', '?')!r}: {'; '.join(faults)}") from None


SMALL = TextEncoderSettings(subwords=8000, width=64, layers=1)
HALF_WORDS = TextMethod(temperature=0.5, words=0.5)
ADAM = Optimiser(name="adam", learning_rate=0.01, warm_up=0.05)

# Chosen on seeds from 100 on, never on those that a claim reports.
PRESETS: dict[str, TextPreset] = {
    preset.name: preset
    for preset in (
        TextPreset(
            name="news-cpu",
            documents=Documents(corpus="ag_news", held_out=150, per_group=1200),
            encoder=SMALL.model_copy(update={"longest": 24}),
            method=HALF_WORDS,
            optimiser=ADAM,
            steps=500,
            batch=128,
        ),
        TextPreset(
            name="wordnet-cpu",
            documents=Documents(
                corpus="wordnet",
                groups=("animal", "plant", "person", "artifact", "food", "substance", "location"),
                held_out=120,
                per_group=1600,
            ),
            encoder=SMALL,
            method=HALF_WORDS,
            optimiser=ADAM,
            steps=400,
            batch=128,
        ),
        # Groups of every part of speech that a balanced encoder of seed 100 tells apart (accuracy .61, chance .14), at a
        # temperature and a share of dropped subwords at which it does: at .5 and half, .18 on nine files of verbs, chance .11.
        TextPreset(
            name="speech-cpu",
            documents=Documents(
                corpus="wordnet-all",
                groups=(
                    "adj.pert",
                    "adv.all",
                    "noun.animal",
                    "noun.person",
                    "noun.plant",
                    "verb.change",
                    "verb.contact",
                ),
                held_out=50,
                per_group=1650,
            ),
            encoder=SMALL.model_copy(update={"width": 32}),
            method=TextMethod(temperature=0.2, words=0.3),
            optimiser=ADAM,
            steps=700,
            batch=128,
            looks=4,
        ),
        TextPreset(
            name="people-cpu",
            documents=Documents(corpus="wordnet-people", held_out=12),
            encoder=SMALL,
            method=HALF_WORDS,
            optimiser=ADAM,
            steps=300,
            batch=128,
        ),
        TextPreset(
            name="glosses-quick",
            documents=Documents(
                corpus="wordnet", groups=("animal", "plant", "artifact", "location"), held_out=100, per_group=400
            ),
            encoder=SMALL.model_copy(update={"subwords": 4000, "width": 32}),
            method=HALF_WORDS,
            optimiser=ADAM,
            steps=80,
            batch=128,
            looks=2,
        ),
        # As published by SimCSE (Gao et al. 2021) for BERT-base: temperature .05, batch 64, Adam at 3e-5, dropout .1. For a GPU.
        TextPreset(
            name="bias-in-bios-paper",
            documents=Documents(corpus="bias_in_bios", held_out=200),
            encoder=TextEncoderSettings(name="bert-base-uncased", longest=128),
            method=TextMethod(),
            optimiser=Optimiser(name="adam", learning_rate=3e-5, warm_up=0.0),
            steps=10_000,
            batch=64,
        ),
    )
}
