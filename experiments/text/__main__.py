"""`python -m contrastive_claims.experiments.text PRESET`: train one text encoder, and say what it is good for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from contrastive_claims.experiments.data.locations import DataAbsent


def main(arguments: Sequence[str] | None = None) -> int:
    """0; or 2 with one line of what is wrong: data or a package that is absent, a group or device that is not there."""
    from contrastive_claims.experiments.text.presets import PRESETS

    parser = argparse.ArgumentParser(prog="python -m contrastive_claims.experiments.text", description=__doc__)
    parser.add_argument("preset", choices=list(PRESETS), help="a preset of experiments/text/presets.py")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and dropout (default: 0)")
    parser.add_argument("--undersample", type=int, metavar="GROUP", help="number of a group to undersample 100 times")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument(
        "--encoder", metavar="NAME", help="of the Hugging Face hub's cache, or a folder: in place of the preset's"
    )
    parser.add_argument("--steps", type=int, help="in place of the preset's")
    options = parser.parse_args(arguments)
    try:
        preset = changed(PRESETS[options.preset], options.encoder, options.steps)
        print(trained(preset, options.seed, options.undersample, options.device))
    except (DataAbsent, ValueError) as error:
        print(f"claims: {error}", file=sys.stderr)
        return 2
    return 0


def changed(preset, encoder: str | None, steps: int | None):  # noqa: ANN001, ANN201 - TextPreset, imported late
    """The preset with another encoder, or another number of steps. Raises ValueError for what no preset may hold."""
    from contrastive_claims.experiments.text.presets import text_preset

    made = preset.model_dump()
    if encoder is not None:
        made["encoder"] = {"name": encoder, "longest": preset.encoder.longest}
    if steps is not None:
        made |= {"steps": steps, "looks": min(steps, preset.looks)}
    return text_preset(made)


def trained(preset, seed: int, undersampled: int | None, device: str) -> str:  # noqa: ANN001 - TextPreset, imported late
    """Train the preset and say: texts of each group, loss, subwords a second, accuracy of a linear probe."""
    import torch

    from contrastive_claims.experiments.ledger.vocabulary import Run
    from contrastive_claims.experiments.text.models import TextModel, text_harms
    from contrastive_claims.experiments.training.presets import Undersample

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"--device {device}: torch sees no CUDA device here")
    if undersampled is not None:
        section = Undersample(target=undersampled, factor=100.0)
        preset = preset.model_copy(update={"documents": preset.documents.model_copy(update={"undersample": section})})

    def told(done: int, total: int, what: str) -> None:
        if what.endswith("00 of " + str(preset.steps)):
            print(what, file=sys.stderr, flush=True)

    trial = TextModel(preset, seed, seed).trial(Run(device=device, progress=told), None, (0, 1))
    record = text_harms(trial)
    seen, seconds = record["pace"].tolist()
    accuracy = float((record["predictions"][0] == record["truth"]).mean())
    groups = ", ".join(trial.held_out.groups)
    return (
        f"groups {groups}\nloss {record['losses'][-1]:.3f}, {seen / seconds:,.0f} subwords a second of one core\n"
        f"linear probe {accuracy:.3f} on {len(record['truth'])} held-out texts (chance {1 / len(trial.held_out.groups):.3f})"
    )


if __name__ == "__main__":
    sys.exit(main())
