"""Groups of (class, attribute) in images of one's own, from a folder and a table to a penalty, undersampling and an audit."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contrastive_claims.experiments.audit.files import audit_files
from contrastive_claims.experiments.data.sources import dataset
from contrastive_claims.experiments.training import sets
from contrastive_claims.experiments.training.inference import embed_images
from contrastive_claims.experiments.training.presets import Bias, Data, Undersample, load_preset, with_settings
from contrastive_claims.experiments.training.session import run_session
from contrastive_claims.experiments.training.sets import training_and_held_out
from contrastive_claims.experiments.training.trainer import train
from contrastive_claims.theory.harms import representation_harm

SIZES = {("dark", "f"): 20, ("dark", "m"): 40, ("fair", "f"): 40, ("fair", "m"): 10}
SMALL = ["epochs=2", "batch=16", "data.size=8", "encoder.widths=[4, 6]", "encoder.dimension=5", "data.bias=sex"]


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Made faces, unbalanced as CelebA's: class by brightness, sex by colour; a table beside the class folders."""
    root = tmp_path_factory.mktemp("data") / "faces"
    lines = ["file,sex,smiles"]
    for group, (key, size) in enumerate(SIZES.items()):
        (root / key[0]).mkdir(parents=True, exist_ok=True)
        for k in range(size):
            pixels = np.random.default_rng([group, k]).integers(0, 60, (8, 8, 3), np.uint8) + 130 * (key[0] == "fair")
            pixels[..., "fm".index(key[1])] += 60
            Image.fromarray(pixels.astype(np.uint8)).save(root / key[0] / f"{group}-{k:02}.png")
            lines.append(f"{group}-{k:02}.png,{key[1]},{k % 2}")
    (root / "list.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CLAIMS_CACHE", str(tmp_path / "cache"))


def groups(data):
    return {
        (data.classes[c], "fm"[b]): int(((data.labels == c) & (data.bias == b)).sum()) for c in (0, 1) for b in (0, 1)
    }


def test_one_group_is_undersampled_and_every_group_is_held_out(faces):
    own = Data(name="own", path=str(faces), attribute="sex")
    said = []
    plain, held_out = training_and_held_out(own, 0, said.append)
    rare = own.model_copy(update={"undersample": Undersample(target=0, factor=8.0, attribute=1)})
    thinned, same = training_and_held_out(rare, 0)
    assert groups(held_out) == {key: size // 5 for key, size in SIZES.items()} and same.checksum == held_out.checksum
    assert groups(plain) == {key: 4 * size // 5 for key, size in SIZES.items()}
    assert groups(thinned) == groups(plain) | {("dark", "m"): 4}
    assert any("a fifth of each group" in line for line in said) and any("0 f, 1 m" in line for line in said)
    whole = own.model_copy(update={"undersample": Undersample(target=0, factor=8.0)})
    assert sum(groups(training_and_held_out(whole, 0)[0]).values()) == 88 - 42


def test_a_bias_put_on_purpose_has_groups_too(monkeypatch):
    grey = dataset("grey", np.zeros((300, 1, 4, 4), np.uint8), np.arange(300) % 3)
    monkeypatch.setattr(sets, "load", lambda name, split="train": grey)
    bias = Bias(kind="colour", rho=0.7)
    found, _ = training_and_held_out(
        Data(name="grey", bias=bias, undersample=Undersample(target=2, factor=35.0, attribute=2)), 0
    )
    assert ((found.labels == 2) & (found.bias == 2)).sum() == 2 and len(found.labels) == 300 - 68


def test_what_no_group_can_meet_is_one_sentence(faces, tmp_path):
    own = Data(name="own", path=str(faces), attribute="sex")
    for wrong, message in (
        (Undersample(target=0, factor=2.0, attribute=7), "no training sample has class 0 and attribute 7"),
        (Undersample(target=1, factor=99.0, attribute=1), r"factor: 99.0 leaves none of the 8 samples"),
    ):
        with pytest.raises(ValueError, match=message):
            training_and_held_out(own.model_copy(update={"undersample": wrong}), 0)
    with pytest.raises(ValueError, match=r"undersample\.attribute needs attributes: data\.bias=COLUMN"):
        with_settings(load_preset("images-cpu"), ["data.undersample.target=0", "data.undersample.factor=2.0",
                                                  "data.undersample.attribute=1"])  # fmt: skip
    few = tmp_path / "few.csv"
    rows = [(group, k, sex) for group, ((_, sex), size) in enumerate(SIZES.items()) for k in range(size)]
    few.write_text("file,rare\n" + "".join(f"{g}-{k:02}.png,{'yn'[g != 3 or k > 1]}\n" for g, k, _ in rows))
    with pytest.raises(ValueError, match=r"class 'fair' and attribute 1 has 2 images, too few to hold one out"):
        training_and_held_out(Data(name="own", path=str(faces), attribute="rare", table=str(few)), 0)


@pytest.fixture(scope="module")
def embedded(faces, tmp_path_factory):
    """Embeddings of all faces by two encoders with a penalty on sex, one of which saw a group of few images."""
    penalty = ["method.name=eps-sup-infonce", "method.penalty.name=fair_kl", "method.penalty.variant=released"]
    rare = ["data.undersample.target=1", "data.undersample.factor=16.0", "data.undersample.attribute=0"]
    out, files = tmp_path_factory.mktemp("runs"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMS_CACHE", str(out / "cache"))
        for name, settings in (("balanced", []), ("rare", rare)):
            asked = [*SMALL, *penalty, "method.penalty.weight=1.0", *settings]
            found = run_session("images-cpu", asked, 0, "cpu", out, lambda news: None, data=faces)
            files[name] = out / f"{name}.npz"
            embed_images(Path(found["folder"]), faces, files[name], ["data.bias=sex"])
            files[f"{name} result"] = found
    return files


def test_the_attribute_of_a_table_is_the_penaltys_bias(faces):
    settings = ["epochs=1", "method.name=sup-con", "method.penalty.name=end", "method.penalty.weight=5.0"]
    preset = with_settings(load_preset("images-cpu"), [*SMALL, *settings])
    losses = []
    for attribute in ("sex", "smiles", ""):
        data = Data(name="own", path=str(faces), attribute=attribute, size=8)
        train(
            preset if attribute else with_settings(preset, ["method.penalty.weight=0.0"]),
            training_and_held_out(data.model_copy(update={"attribute": attribute or "sex"}), 0)[0],
            0,
            report=lambda news: losses.append(news.loss) if news.step == 1 else None,
        )
    by_sex, by_smile, alone = losses
    assert by_sex > by_smile + 0.01 > alone + 0.01  # colour tells the sex, nothing tells a smile


@pytest.mark.slow
def test_groups_go_from_a_table_to_a_penalty_and_to_held_out_groups(embedded):
    result = embedded["rare result"]
    assert result["samples"] == {"training": 58, "held_out": 22} and np.isfinite(result["metrics"]["loss"])
    assert {"worst_group_accuracy", "accuracy"} <= set(result["held_out"])
    with np.load(f"{result['folder']}/held_out.npz") as stored:
        assert sorted(np.unique(2 * stored["labels"] + stored["bias"], return_counts=True)[1]) == [2, 4, 8, 8]
    with np.load(embedded["rare"], allow_pickle=False) as stored:
        assert dict(zip(*np.unique(stored["group"], return_counts=True), strict=True)) == {
            ", ".join(key): size for key, size in SIZES.items()
        }


@pytest.mark.slow
def test_the_harm_of_a_group_is_in_the_audit(embedded):
    report = audit_files([embedded["rare"]], "label", "group", "bias", embedded["balanced"])[0]
    assert report["bias"]["values"] == 2
    with np.load(embedded["rare"]) as rare, np.load(embedded["balanced"]) as balanced:
        names, codes = np.unique(rare["group"], return_inverse=True)
        expected = representation_harm(rare["embeddings"], balanced["embeddings"], codes)
    for row in report["groups"]:
        here = expected[names.tolist().index(row["group"])]
        assert row["least_rh"]["value"] == pytest.approx(np.nanmin(here), rel=1e-3)
        assert row["least_rh"]["group"] == names[np.nanargmin(here)]
