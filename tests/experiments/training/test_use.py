"""A finished run in use: load_encoder, `claims embed`, `claims export`; the averaged weights are those that come out."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from typer.testing import CliRunner

from contrastive_claims.experiments.cli import app
from contrastive_claims.experiments.training.inference import load_encoder
from contrastive_claims.experiments.training.session import run_session

CLASSES = ("ant", "bee")


def made(root, size=(9, 7), split="train", count=20):
    for label, name in enumerate(CLASSES):
        folder = root / split / name
        folder.mkdir(parents=True, exist_ok=True)
        for k in range(count):
            pixels = np.random.default_rng([label, k]).integers(0, 120, (*size, 3), np.uint8)
            pixels[..., label] += 130
            Image.fromarray(pixels).save(folder / f"{k:02}.png")
    return root


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The result of a run on a made folder of images, and that folder."""
    root = made(tmp_path_factory.mktemp("data") / "animals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMS_CACHE", str(root.parent / "cache"))
        settings = ["epochs=2", "batch=16", "data.size=8", "encoder.widths=[4, 6]", "encoder.dimension=5"]
        out = root.parent / "results"
        found = run_session("images-cpu", settings, 0, "cpu", out, lambda news: None, data=root)
    return found, root


def claims(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_encoder_comes_out_as_it_was_trained(trained):
    result, root = trained
    loaded = load_encoder(result["folder"])
    assert loaded.classes == CLASSES and loaded.shape == (3, 8, 8) and not loaded.network.training
    files = sorted((root / "train").rglob("*.png"))
    with np.load(f"{result['folder']}/held_out.npz") as stored:
        batch = torch.stack([loaded.transform(path) for path in files])
        with torch.no_grad():
            features, embeddings = loaded.network(batch)
        rows = {row.tobytes() for row in np.round(stored["features"], 3)}
        ours = {row.tobytes() for row in np.round(features.numpy(), 3)}
        assert len(rows & ours) >= 0.9 * len(rows)
    assert features.shape == (40, 5) and torch.equal(features, embeddings)


def test_transform_takes_files_pillow_and_arrays(trained):
    loaded = load_encoder(trained[0]["folder"])
    path = trained[1] / "train" / "ant" / "00.png"
    image = Image.open(path)
    found = [loaded.transform(each) for each in (path, str(path), image, np.asarray(image), path.read_bytes())]
    assert all(torch.equal(found[0], each) for each in found) and found[0].shape == (3, 8, 8)
    assert 0 <= found[0].min() < found[0].max() <= 1
    wide = Image.fromarray(np.full((9, 9), 65535, np.uint16))
    assert (loaded.transform(wide) == 1).all()
    with pytest.raises(ValueError, match="an array must hold bytes"):
        loaded.transform(np.zeros((9, 9)))


def test_embed_writes_what_an_audit_reads(trained, tmp_path):
    result, root = trained
    done = claims("embed", result["folder"], root, "--to", tmp_path / "e.npz", "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["images"] == 40
    with np.load(tmp_path / "e.npz", allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays["embeddings"].shape == (40, 5) and sorted(set(arrays["label"])) == list(CLASSES)
    assert str(root / "train" / "ant" / "00.png") == arrays["path"][0]
    assert claims("embed", result["folder"], root, "--to", tmp_path / "e.parquet").exit_code == 0
    table = pq.read_table(tmp_path / "e.parquet")
    vectors = np.stack(table["embedding"].to_numpy(zero_copy_only=False))
    assert np.array_equal(vectors, arrays["embeddings"]) and table["label"].to_pylist() == arrays["label"].tolist()


def test_embed_takes_a_flat_folder_and_a_table_with_a_bias(trained, tmp_path):
    result, _ = trained
    flat = tmp_path / "flat"
    flat.mkdir()
    for k in range(3):
        Image.fromarray(np.full((9, 7, 3), 40 * k, np.uint8)).save(flat / f"{k}.png")
    assert claims("embed", result["folder"], flat, "--to", tmp_path / "flat.npz").exit_code == 0
    with np.load(tmp_path / "flat.npz", allow_pickle=False) as file:
        assert "label" not in file and len(file["embeddings"]) == 3
    (flat / "list.csv").write_text("path,label,sex\n0.png,ant,m\n1.png,bee,f\n")
    done = claims("embed", result["folder"], flat / "list.csv", "--to", tmp_path / "c.npz", "--set", "data.bias=sex")
    assert done.exit_code == 0, done.stderr
    with np.load(tmp_path / "c.npz", allow_pickle=False) as file:
        assert file["bias"].tolist() == ["m", "f"] and file["label"].tolist() == ["ant", "bee"]
    (flat / "1.png").write_bytes(b"no image")
    refused = claims("embed", result["folder"], flat / "list.csv", "--to", tmp_path / "d.npz")
    assert refused.exit_code == 2 and "line 3" in refused.stderr and not (tmp_path / "d.npz").exists()
    done = claims("embed", result["folder"], flat / "list.csv", "--to", tmp_path / "d.npz", "--skip-corrupt", "--json")
    assert json.loads(done.stdout)["skipped"] == 1 and "skipped 1 image" in done.stderr


def test_export_for_torch_and_safetensors(trained, tmp_path):
    result, _ = trained
    loaded = load_encoder(result["folder"])
    images = torch.rand(7, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = loaded.network(images)[0]
    assert claims("export", result["folder"], tmp_path / "e.pt2").exit_code == 0
    with torch.no_grad():
        torch.testing.assert_close(torch.export.load(tmp_path / "e.pt2").module()(images), expected)
    assert claims("export", result["folder"], tmp_path / "e.safetensors").exit_code == 0
    with safe_open(tmp_path / "e.safetensors", framework="pt") as file:
        about = json.loads(file.metadata()["contrastive-claims"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert about["classes"] == list(CLASSES) and about["shape"] == [3, 8, 8]
    known = loaded.network.encoder.state_dict()
    assert weights.keys() == known.keys() and all(torch.equal(known[name], weights[name]) for name in known)


def test_what_cannot_be_used_is_one_line(trained, tmp_path):
    result, root = trained
    for arguments, status, words in (
        (("embed", tmp_path, root, "--to", tmp_path / "e.npz"), 2, "no finished run"),
        (("embed", result["folder"], root, "--to", tmp_path / "e.csv"), 2, r"must end in .npz or .parquet"),
        (("embed", result["folder"], root, "--to", tmp_path / "none" / "e.npz"), 2, "no such folder"),
        (("embed", result["folder"], tmp_path / "none"), 2, "there is nothing of this name"),
        (("embed", result["folder"], root, "--set", "data.size=3"), 2, "--set takes data.image"),
        (("export", result["folder"], tmp_path / "e.onnx"), 2, "must end in .safetensors or .pt2"),
        (("export", tmp_path / "none", tmp_path / "e.pt2"), 2, "no finished run"),
    ):
        done = claims(*arguments)
        assert done.exit_code == status and words in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_a_damaged_run_is_not_loaded(trained, tmp_path):
    import shutil

    folder = tmp_path / "run"
    shutil.copytree(trained[0]["folder"], folder)
    for name in ("checkpoint.safetensors", "checkpoint.previous.safetensors"):
        (folder / name).write_bytes((folder / name).read_bytes()[:-9])
    done = claims("export", folder, tmp_path / "e.pt2")
    assert done.exit_code == 1 and "checkpoint.safetensors: damaged" in done.stderr and done.stderr.count("\n") == 1
    (folder / "result.json").write_text("{}")
    assert "result.json: damaged" in claims("embed", folder, trained[1]).stderr


def test_the_average_is_what_comes_out(tmp_path):
    settings = ["epochs=2", "encoder.widths=[2, 4]", "encoder.dimension=4", "optimiser.average=0.9"]
    found = run_session("digits", settings, 0, "cpu", tmp_path, lambda news: None)
    loaded = load_encoder(found["folder"])
    with np.load(f"{found['folder']}/held_out.npz") as stored:
        expected, labels = stored["features"], stored["labels"]
    from contrastive_claims.experiments.training.sets import training_and_held_out

    held_out = training_and_held_out(loaded.preset.data, 0)[1]
    with torch.no_grad():
        features = loaded.network(torch.from_numpy(held_out.images))[0].numpy()
    np.testing.assert_allclose(features, expected, atol=1e-5)
    assert np.array_equal(labels, held_out.labels)


def test_what_was_left_out_is_in_the_result(tmp_path, monkeypatch):
    monkeypatch.setenv("CLAIMS_CACHE", str(tmp_path / "cache"))
    root = made(tmp_path / "animals", count=10)
    for k in (1, 2):
        (root / "train" / "ant" / f"{k:02}.png").write_bytes(b"no image")
    settings = ["epochs=1", "batch=8", "data.size=8", "encoder.widths=[4, 6]", "encoder.dimension=5"]
    skipping = [*settings, "data.skip_corrupt=true"]
    found = run_session("images-cpu", skipping, 0, "cpu", tmp_path, lambda news: None, data=root)
    (told,) = [line for line in found["data"]["loading"] if line.startswith("skipped")]
    assert told.startswith("skipped 2 corrupt images: ") and "01.png" in told
    with open(f"{found['folder']}/result.json") as file:
        assert json.load(file)["data"] == found["data"]
