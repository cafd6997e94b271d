"""docs/audit.md as it stands: the five commands on a made folder of images, and each loop."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from contrastive_claims.experiments.audit import audit
from contrastive_claims.experiments.cli import app
from contrastive_claims.theory.harms import collapse_monitor
from contrastive_claims.theory.margins import sup_con

DOCS = Path(__file__).parents[3] / "docs"
PAGE = "\n".join((DOCS / f"{name}.md").read_text("utf-8") for name in ("audit", "audit-training", "audit-callbacks"))
COMMANDS = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
CALL, PLAIN, LIGHTNING, TRAINER = (
    next(text for text in BLOCKS if word in text)
    for word in ("baseline=before", "for epoch", "import lightning", "TrainerCallback")
)
CLASSES = ("ant", "bee", "cat", "dog", "eel", "fox")


def test_five_commands_from_a_folder_of_images_to_an_audit(tmp_path, monkeypatch, quick):
    for label, name in enumerate(CLASSES):
        folder = tmp_path / "photos" / "train" / name
        folder.mkdir(parents=True)
        for k in range(30):
            pixels = np.random.default_rng([label, k]).integers(0, 90, (8, 8, 3), np.uint8)
            pixels[label : label + 2, :, label % 3] += 150
            Image.fromarray(pixels).save(folder / f"{k:02}.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path))
    small = shlex.split(
        "--set epochs=1 --set batch=32 --set data.size=8 --set encoder.widths=[4,6] --set encoder.dimension=5"
    )
    assert len(COMMANDS) == 5
    printed = []
    for line in COMMANDS:
        words = shlex.split(line)
        assert words.pop(0) == "claims"
        found = [list(map(str, sorted(Path().glob(word)))) if "*" in word else [word] for word in words]
        words = [word for part in found for word in part] + (small if words[0] == "train" else [])
        done = CliRunner().invoke(app, words)
        assert done.exit_code in ((0, 1) if "--fail-on" in words else (0,)), (line, done.output)
        printed.append(done.stdout)
    assert printed[0].startswith("photos") and "180 rows of" in printed[3] and "effective rank" in printed[3]
    assert (tmp_path / "photos.html").read_text("utf-8").startswith("<!doctype html>")


def batches(seed, count=6):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(48) % 6
    means = 3 * torch.eye(6, 8)
    return [(means[labels] + torch.randn(48, 8, generator=generator), labels) for _ in range(count)]


def network():
    torch.manual_seed(0)
    return torch.nn.Linear(8, 8)


def test_the_call(embedded, capsys, quick):
    embeddings, labels = embedded(5, lean=0.6)
    before, _ = embedded(4)
    exec(compile(CALL, "audit.md", "exec"), {"embeddings": embeddings, "labels": labels, "before": before})  # noqa: S102
    assert "ant leans on bee" in capsys.readouterr().out


def test_the_plain_loop(capsys, quick):
    model = network()
    held_out, labels = batches(1, 1)[0]
    space = {
        "network": model,
        "loader": batches(0),
        "optimiser": torch.optim.SGD(model.parameters(), 0.1),
        "sup_con": sup_con,
        "torch": torch,
        "history": [],
        "held_out": held_out,
        "held_out_labels": labels,
    }
    exec(compile(PLAIN, "audit.md", "exec"), space)  # noqa: S102
    assert len(space["history"]) == 12 and space["report"]["sizes"]["rows"] == 48
    assert capsys.readouterr().out.startswith("0 {'effective_rank'")


@pytest.mark.filterwarnings("ignore")
def test_the_lightning_callback(tmp_path, quick):
    lightning = pytest.importorskip("lightning")
    space = {"audit": audit, "collapse_monitor": collapse_monitor, "torch": torch}
    exec(compile(LIGHTNING, "audit.md", "exec"), space)  # noqa: S102

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = network()

        def training_step(self, batch, _):
            embeddings = self.network(batch[0])
            return {"loss": sup_con(embeddings, batch[1]), "embeddings": embeddings.detach(), "labels": batch[1]}

        def validation_step(self, batch, _):
            return {"embeddings": self.network(batch[0]), "labels": batch[1]}

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    def loader(seed):
        return torch.utils.data.DataLoader(batches(seed), batch_size=None)

    watch = space["Watch"]()
    trainer = lightning.Trainer(
        max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False, callbacks=[watch],
        accelerator="cpu", default_root_dir=tmp_path, num_sanity_val_steps=0,
    )  # fmt: skip
    trainer.fit(Module(), loader(0), loader(1))
    assert {"effective_rank", "within_spread", "leans"} <= trainer.callback_metrics.keys()
    assert watch.report["sizes"]["rows"] == 6 * 48


@pytest.mark.filterwarnings("ignore")
def test_the_trainer_callback(tmp_path, quick):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    space = {"audit": audit, "collapse_monitor": collapse_monitor, "torch": torch}
    exec(compile(TRAINER, "audit.md", "exec"), space)  # noqa: S102

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network()

        def forward(self, inputs, labels):
            embeddings = self.network(inputs)
            return {"loss": sup_con(embeddings, labels, no_positives="skip"), "embeddings": embeddings}

    rows = [
        {"inputs": x, "labels": y}
        for points, labels in batches(0, 2)
        for x, y in zip(points, labels.tolist(), strict=True)
    ]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), per_device_train_batch_size=24, per_device_eval_batch_size=24, num_train_epochs=1,
        eval_strategy="epoch", report_to=[], disable_tqdm=True, use_cpu=True, save_strategy="no",
    )  # fmt: skip
    watch = space["Watch"]()
    trainer = transformers.Trainer(Model(), arguments, train_dataset=rows, eval_dataset=rows, callbacks=[watch])
    trainer.train()
    assert watch.report["sizes"]["rows"] == 96
    assert any({"effective_rank", "leans"} <= row.keys() for row in trainer.state.log_history)


def test_they_are_ten_lines_or_so():
    assert all(
        len([line for line in text.splitlines() if line.strip()]) <= 12 for text in (CALL, PLAIN, LIGHTNING, TRAINER)
    )
