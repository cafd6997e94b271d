"""Presets: what is shipped is valid and takes a real step; what is wrong is said in one sentence."""

import re

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.data.sources import Dataset, checksum
from contrastive_claims.experiments.models.harms import harms
from contrastive_claims.experiments.models.store import Model, record_name
from contrastive_claims.experiments.training import presets
from contrastive_claims.experiments.training.presets import FOLDER, load_preset, parse_preset, with_settings
from contrastive_claims.experiments.training.trainer import train

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.toml"))
SIDES = {"digits": (1, 8), "mnist": (3, 28), "fashion-mnist": (1, 28), "imagenet-100": (3, 32)}  # 3: coloured MNIST


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_presets_are_valid_and_say_how_to_run_them(name):
    assert load_preset(name).name == name
    header = (FOLDER / f"{name}.toml").read_text().partition("\nepochs")[0]
    assert f"train {name}" in header and all(line.startswith("#") for line in header.splitlines())


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.endswith("-paper")])
def test_a_paper_preset_declares_what_it_does_not_do_as_released(name):
    """Each deviation that a setting can undo is named with the setting, which is valid and is not the preset's own."""
    header = (FOLDER / f"{name}.toml").read_text().partition("\nepochs")[0]
    assert "As released: " in header and "eviations" in header
    undone = header.partition("eviations")[2]
    preset = load_preset(name)
    for setting in re.findall(r"--set ([\w.]+=[\w.-]+)", undone):
        changed = with_settings(preset, [setting])
        assert changed != preset, setting
    contrastive = preset.method.name.startswith("eps")
    assert ("--set method.weight=1.4286" in undone) == (contrastive and preset.method.weight == 1)
    assert preset.method.temperature / 0.07 == pytest.approx(1.4286, abs=1e-4) or not contrastive
    penalty = preset.method.penalty
    if penalty is not None:
        as_features = penalty.layer == "features" or not preset.encoder.head
        as_first = penalty.view == "first" or preset.method.views == 1
        assert as_features and as_first and not preset.encoder.head
        assert ("--set method.penalty.variant=released" in undone) == (penalty.variant != "released")
    if contrastive or preset.method.name == "bcl":
        assert ("--set last_batch=keep" in undone) == (preset.last_batch == "drop")
    else:
        assert preset.last_batch == "drop"  # paper B's SimCLR and SimSiam drop it
    assert ("--set optimiser.name=sgd" in undone) == (preset.optimiser.name != "sgd")
    assert ("ImageNet weights" in undone) == (preset.probe == "test-split")


@pytest.mark.parametrize("called", ["digits", "other", "../../digits"])
def test_a_presets_name_is_that_of_its_file(called, tmp_path, monkeypatch):
    """Else two presets could share a name, or its records lie outside of their folder."""
    content = (FOLDER / "digits.toml").read_text()
    (tmp_path / "other.toml").write_text(content)
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    other = load_preset("other")
    assert other.name == "other"
    (tmp_path / "other.toml").write_text(f'name = "{called}"\n{content}')
    with pytest.raises(ValueError, match="preset 'other': its name is that of its file"):
        load_preset("other")
    with pytest.raises(ValueError, match=r"--set name=.*: a preset's name is that of its file"):
        with_settings(other, [f"name={called}"])


def test_equal_settings_are_one_model_whatever_the_name_and_others_are_not():
    preset = load_preset("digits")
    renamed = preset.model_copy(update={"name": "other"})
    longer = renamed.model_copy(update={"name": "digits", "epochs": preset.epochs + 1})
    keys = [Model(each, 0, 0).key() for each in (preset, renamed, longer)]
    assert keys[0] == keys[1] != keys[2]
    assert len({record_name(Model(each, 0, 0), harms) for each in (preset, renamed, longer)}) == 3


def made(name: str, samples: int) -> Dataset:
    """Random images of the preset's shape, in four classes with a bias attribute."""
    channels, side = SIDES.get(load_preset(name).data.name, (3, 32))
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (samples, channels, side, side), np.uint8)
    labels, bias = np.arange(samples) % 4, np.arange(samples) // 2 % 4
    return Dataset("made", images, labels, bias, checksum(images, labels, bias))


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.endswith("-paper")])
def test_each_paper_preset_takes_a_real_step(name):
    preset = with_settings(load_preset(name), ["epochs=1", "batch=8"])
    if preset.optimiser.milestones:
        preset = with_settings(preset, ["optimiser.milestones=[1]"])
    moved = []

    def report(progress):
        moved.append(progress.loss)

    threads = torch.get_num_threads()
    found = train(preset, made(name, 8), seed=0, report=report)
    assert len(moved) == 1 and np.isfinite(moved[0]) and found.metrics[0]["feature_spread"] > 0
    assert torch.get_num_threads() == threads


def test_unknown_preset_names_the_nearest():
    with pytest.raises(ValueError, match="unknown preset 'digit'; nearest: digits"):
        load_preset("digit")
    with pytest.raises(ValueError, match=r"nearest: .*digits"):
        load_preset("../digits")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("epoch=3", r"preset 'digits': unknown key epoch \(did you mean epochs\?\)"),
        ("method.temperature=0.0", r"method\.temperature: input should be greater than 0, got 0.0"),
        ("method.temperature=nan", r"method\.temperature: input should be .*, got nan"),
        ("epochs=twenty", "epochs: input should be a valid integer, got 'twenty'"),
        ("batch=1", "batch: input should be greater than or equal to 2"),
        ("method.name=simcrl", r"method\.name: input should be 'cross-entropy', .*, got 'simcrl'"),
        ("augmentation.rotate=3.0", r"unknown key augmentation\.rotate .did you mean augmentation\.rotation\?"),
        ("encoder.dimension=1", "encoder: widths and dimension .2 or more. belong to the convnet"),
        ("optimiser.schedule=step", "optimiser: milestones belong to the step schedule"),
        ("data.undersample.target=2", r"data\.undersample\.factor is missing"),
        ("method.views=1", "method: simclr compares two views"),
        ("wings.span=2", "--set wings.span=2: the preset has no section 'wings'"),
        ("temperature=.1", r"unknown key temperature \(did you mean method\.temperature\?\)"),
        ("learning_rate=1.", r"unknown key learning_rate \(did you mean optimiser\.learning_rate\?\)"),
        ("lr=0.1", "unknown key lr$"),
        ("rho=0.9", r"unknown key rho \(did you mean data\.bias\.rho\?\)"),
        ("optimizer.learning_rate=0.1", r"no section 'optimizer' \(did you mean optimiser\.learning_rate\?\)"),
        (
            "data.size=3",
            r"data: image, label, bias=COLUMN, table, size and skip_corrupt belong to images of your own: --data PATH",
        ),
        ("optimiser.accumulate=0", r"optimiser\.accumulate: input should be greater than or equal to 1"),
        ("optimiser.average=1.0", r"optimiser\.average: input should be less than 1"),
        ("epochs", "--set takes key=value, got 'epochs'"),
    ],
)
def test_wrong_values_are_one_sentence(change, message):
    with pytest.raises(ValueError, match=message) as caught:
        with_settings(load_preset("digits"), [change])
    assert "\n" not in str(caught.value)


def test_settings_reach_sections_and_begin_optional_ones():
    preset = with_settings(
        load_preset("digits"),
        ["data.undersample.target=3", "data.undersample.factor=20.0", "encoder.head=[8, 4]", "method.name=simsiam"],
    )
    assert preset.data.undersample is not None and preset.data.undersample.factor == 20
    assert preset.encoder.head == (8, 4) and preset.method.name == "simsiam"


def test_missing_keys_are_named_together():
    content = load_preset("digits").model_dump()
    del content["batch"], content["data"]["name"]
    with pytest.raises(ValueError, match=r"data\.name is missing; batch is missing"):
        parse_preset(content)


@pytest.mark.parametrize(("text", "value"), [(".25", 0.25), ("2.", 2.0), ("+.5e-1", 0.05), ("0.75", 0.75)])
def test_short_numbers_are_numbers(text, value):
    assert with_settings(load_preset("digits"), [f"method.temperature={text}"]).method.temperature == value


def test_a_column_of_attributes_is_a_bias_by_name():
    preset = with_settings(load_preset("images-cpu"), ["data.path=x.csv", "data.bias=sex", "data.image=img"])
    assert preset.data.attribute == "sex" and preset.data.bias is None and preset.data.image == "img"
    with pytest.raises(ValueError, match="either a column of attributes or a bias put on purpose"):
        with_settings(preset, ["data.bias.kind=colour", "data.bias.rho=0.9"])


def test_another_encoder_needs_no_word_on_the_convnets_sizes():
    preset = with_settings(load_preset("digits"), ["encoder.name=resnet18"])
    assert preset.encoder.widths == () and preset.encoder.dimension == 0
    with pytest.raises(ValueError, match="widths and dimension"):
        with_settings(load_preset("digits"), ["encoder.name=resnet18", "encoder.widths=[4]"])
