"""python -m contrastive_claims.experiments.text: one encoder, and one line for what is wrong."""

import pytest
import torch

from contrastive_claims.experiments.text import presets
from contrastive_claims.experiments.text.__main__ import main

pytest.importorskip("tokenizers")


def test_it_trains_and_says_what_the_encoder_is_good_for(made, monkeypatch, capsys):
    monkeypatch.setitem(presets.PRESETS, "made", made)
    assert main(["made", "--seed", "1"]) == 0
    said = capsys.readouterr().out
    assert (
        "groups cats, cogs, corn" in said
        and "subwords a second" in said
        and "on 24 held-out texts (chance 0.333)" in said
    )
    assert main(["made", "--undersample", "7"]) == 2
    assert "target: must be a class that occurs in labels, got 7" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_told(made, monkeypatch, capsys):
    monkeypatch.setitem(presets.PRESETS, "made", made)
    assert main(["made", "--device", "cuda"]) == 2
    assert "torch sees no CUDA device here" in capsys.readouterr().err
