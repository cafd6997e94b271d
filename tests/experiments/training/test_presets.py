"""Presets: what is shipped is valid; what is wrong is said in one sentence."""

import pytest

from experiments.training.presets import FOLDER, load_preset, parse_preset


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_presets_are_valid(path):
    assert load_preset(path.stem).name == path.stem


def test_unknown_preset_names_the_nearest():
    with pytest.raises(ValueError, match="unknown preset 'digit'; nearest: digits"):
        load_preset("digit")
    with pytest.raises(ValueError, match=r"nearest: .*digits"):
        load_preset("../digits")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epoch": 3}, r"preset 'digits': unknown key epoch \(did you mean epochs\?\)"),
        ({"temperature": 0.0}, "temperature: input should be greater than 0, got 0.0"),
        ({"temperature": float("nan")}, "temperature: input should be .*, got nan"),
        ({"epochs": "20"}, "epochs: input should be a valid integer, got '20'"),
        ({"batch": 1}, "batch: input should be greater than or equal to 2"),
        ({"data": "mnist"}, "data: input should be 'digits', got 'mnist'"),
    ],
)
def test_wrong_values_are_one_sentence(change, message):
    with pytest.raises(ValueError, match=message) as caught:
        parse_preset({**load_preset("digits").model_dump(), **change})
    assert "\n" not in str(caught.value)


def test_missing_and_nested_keys_are_named_together():
    content = load_preset("digits").model_dump()
    del content["batch"]
    content["augmentation"]["rotate"] = 3.0
    with pytest.raises(
        ValueError, match=r"batch is missing; .*unknown key augmentation\.rotate .did you mean rotation"
    ):
        parse_preset(content)
