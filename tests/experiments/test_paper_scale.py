"""Slices of the papers' own size: what is asked for, what is left, and that a slice trains, measures and goes on."""

import pytest
import torch

from contrastive_claims.experiments import paper_costs, paper_scale
from contrastive_claims.experiments.claims.debiasing import published_size
from contrastive_claims.experiments.claims.debiasing.biased_mnist import ALONE
from contrastive_claims.experiments.claims.harms import published_size as harms_at_published_size
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import NotRunHere, Run
from contrastive_claims.experiments.models import store
from contrastive_claims.experiments.models.bias import debiasing
from contrastive_claims.experiments.models.harms import directions
from contrastive_claims.experiments.models.store import Model
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.experiments.verify.runner import checksum


def small() -> Model:
    """A biased network that trains in seconds."""
    settings = ["epochs=1", "data.per_class=256", "encoder.widths=[4]", "encoder.dimension=8", "precision=float32"]
    return Model(with_settings(load_preset("mnist-biased-cpu"), settings), 1, 1)


def test_the_networks_are_those_declared():
    found = published_size.every_model()
    assert len(found) == len(set(found)) == 18
    assert {model.preset.data.bias.rho for model in found} == {0.999}
    assert {(model.preset.epochs, model.preset.batch, model.preset.encoder.name) for model in found} == {
        (80, 256, "simple-convnet")
    }
    weights = {str(m.preset.method.penalty and m.preset.method.penalty.weight) for m in found}
    assert weights == {"None", "10.0", "0.0001", "100.0"}
    alone = published_size.models(ALONE)
    assert [model.seed for model in alone] == list(published_size.SEEDS)
    assert all(model.preset.method.penalty is None for model in alone)


def test_simclrs_networks_are_those_of_the_pair_and_come_after():
    found = harms_at_published_size.every_model()
    assert paper_scale.every_network() == [(model, debiasing) for model in published_size.every_model()] + [
        (model, directions) for model in found
    ]
    assert len(set(found)) == len(found) == 9 and {model.seed for model in found} == {1, 2, 3}
    assert {model.preset.encoder.name for model in found} == {"resnet34"} and {m.preset.epochs for m in found} == {500}
    rare = [m.preset.data.undersample and m.preset.data.undersample.target for m in found]
    assert rare == [None, 1, 9] * 3


def test_simclr_without_a_gpu_says_its_hours(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    monkeypatch.setattr(store, "checksum_of", lambda name: "as if it were here")
    row = paper_costs.Row("", 9, harms_at_published_size.PRESET)
    assert paper_costs.steps(row) == harms_at_published_size.COST.steps
    with pytest.raises(
        NotRunHere, match=f"an estimated {paper_costs.rounded(paper_costs.gpu_hours(row))} hours of an H100"
    ) as caught:
        harms_at_published_size.harm_at_published_size(Run(scale="paper", store=tmp_path))
    assert str(caught.value).startswith(
        "9 of 9 networks"
    ) and f"{paper_costs.rounded(paper_costs.core_days(row))} days" in str(caught.value)


@pytest.mark.parametrize("check", ["means", "kl", "released", "losses", "beyond_cross_entropy"])
def test_without_the_networks_and_a_gpu_nothing_is_run(check, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    monkeypatch.setattr(store, "checksum_of", lambda name: "as if it were here")
    with pytest.raises(NotRunHere, match=r"networks are not trained.*paper_scale.*an estimated [\d.]+ hours") as caught:
        getattr(published_size, check)(Run(scale="paper", store=tmp_path))
    left = int(str(caught.value).partition(" of ")[0])
    row = paper_costs.Row("", left, published_size.PRESET)
    assert f"estimated {paper_costs.rounded(paper_costs.gpu_hours(row))} hours of an H100" in str(caught.value)
    assert f"({paper_costs.rounded(paper_costs.core_days(row))} days of one CPU core)" in str(caught.value)


@pytest.mark.parametrize("wrong", [("--minutes", "0"), ("--processes", "0"), ("--first", "-1")])
def test_wrong_options_are_told(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        paper_scale.main(wrong)
    assert stopped.value.code == 2 and wrong[0] in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_no_gpu_is_said_before_work(capsys, tmp_path):
    assert paper_scale.main(["--out", str(tmp_path)]) == 2
    assert "no CUDA device" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_slice_trains_measures_and_goes_on(tmp_path, monkeypatch, capsys):
    if checksum("mnist") == "absent":
        pytest.skip("MNIST is not here")
    monkeypatch.setattr(paper_scale, "every_network", lambda: [(small(), debiasing)])
    here = ["--device", "cpu", "--processes", "1", "--out", str(tmp_path)]
    assert paper_scale.main([*here, "--minutes", "1e-6"]) == 75
    assert "left: mnist-biased-cpu, seed 1" in capsys.readouterr().out
    assert paper_scale.main(here) == 0
    assert "trained: mnist-biased-cpu, seed 1" in capsys.readouterr().out
    assert len(list((tmp_path / "models").glob("*.npz"))) == 1
    assert paper_scale.main(here) == 0
    assert "1 of 1 networks are there" in capsys.readouterr().out
