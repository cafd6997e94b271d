"""The biography preset: one real step of a tiny BERT from a local folder, on a tiny made corpus of biographies."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from contrastive_claims.experiments.text import sets
from contrastive_claims.experiments.text.__main__ import main
from contrastive_claims.experiments.text.hugging import exchanged
from contrastive_claims.experiments.text.presets import PRESETS, TextEncoderSettings
from contrastive_claims.experiments.text.sets import training_and_held_out
from contrastive_claims.experiments.text.simcse import build, embed, train
from contrastive_claims.experiments.text.vocabulary import padded

transformers = pytest.importorskip("transformers")
TRADES = {13: "wards shifts charts care", 25: "theatres scalpels grafts care"}


@pytest.fixture
def biographies(tmp_path, monkeypatch):
    """train.parquet as LabHC/bias_in_bios has it: nurses and surgeons, women and men."""
    generator = np.random.default_rng(0)
    rows = {"hard_text": [], "profession": [], "gender": []}
    for k in range(80):
        trade, gender = (13, 25)[k % 2], (k // 2) % 2
        pronoun = ("He", "She")[gender]
        extra = " ".join("".join(generator.choice(list("abcdefgh"), 4)) for _ in range(4))
        rows["hard_text"].append(f"{pronoun} works with {TRADES[trade]} and {extra} ")
        rows["profession"].append(trade)
        rows["gender"].append(gender)
    folder = tmp_path / "data" / "LabHC" / "bias_in_bios"
    folder.mkdir(parents=True)
    pq.write_table(pa.table(rows), folder / "train.parquet")
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path / "data"))
    sets.pool.cache_clear()


@pytest.fixture
def tiny_bert(tmp_path):
    """A folder with a randomly initialised BERT of two layers, and a vocabulary of letters."""
    folder = tmp_path / "bert"
    folder.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    words = transformers.BertTokenizerFast(str(folder / "vocab.txt"))
    words.save_pretrained(folder)
    shape = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    torch.manual_seed(0)
    transformers.BertModel(shape).save_pretrained(folder)
    return folder


@pytest.mark.filterwarnings("default")  # of the package's own
def test_the_biography_preset_takes_a_real_step(biographies, tiny_bert):
    preset = PRESETS["bias-in-bios-paper"]
    preset = preset.model_copy(
        update={
            "documents": preset.documents.model_copy(update={"held_out": 3}),
            "encoder": TextEncoderSettings(name=str(tiny_bert), longest=40),
            "steps": 1,
            "batch": 16,
            "looks": 1,
        }
    )
    training, held_out = training_and_held_out(preset.documents, preset.encoder, 0)
    assert training.groups == ("nurse, man", "nurse, woman", "surgeon, man", "surgeon, woman")
    before = embed(build(preset.encoder, training.subwords, 0), held_out.texts)
    trained = train(preset, training, held_out, seed=0)
    after = embed(trained.network, held_out.texts)
    assert np.isfinite(trained.losses).all() and len(trained.losses) == 1
    assert before.shape == after.shape == (12, 16) and np.abs(after - before).max() > 1e-6


@pytest.mark.filterwarnings("default")
def test_the_command_takes_an_encoder_from_a_folder(biographies, tiny_bert, monkeypatch, capsys):
    preset = PRESETS["bias-in-bios-paper"]
    documents = preset.documents.model_copy(update={"held_out": 3})
    monkeypatch.setitem(PRESETS, preset.name, preset.model_copy(update={"documents": documents, "batch": 16}))
    assert main([preset.name, "--encoder", str(tiny_bert), "--steps", "1"]) == 0
    assert "groups nurse, man, nurse, woman" in capsys.readouterr().out
    assert main([preset.name, "--encoder", str(tiny_bert), "--steps", "0"]) == 2
    assert "steps: Input should be greater than or equal to 1" in capsys.readouterr().err


@pytest.mark.filterwarnings("default")
def test_an_encoder_that_pads_with_another_number_sees_its_own_numbers(tiny_bert, tmp_path):
    model = transformers.AutoModel.from_pretrained(tiny_bert)
    model.config.pad_token_id = 7
    model.save_pretrained(tmp_path / "pads")
    rows = [[2, 0, 9, 3], [2, 10, 3]]
    assert exchanged(exchanged(rows, 7), 7) == rows
    texts = padded(exchanged(rows, 7))
    found = embed(build(TextEncoderSettings(name=str(tmp_path / "pads")), 10, 0), texts)
    with torch.no_grad():
        alone = [model.eval()(input_ids=torch.tensor([row])).last_hidden_state[0, 0].numpy() for row in rows]
    np.testing.assert_allclose(found, alone, atol=1e-5)
    model.config.pad_token_id = None
    model.save_pretrained(tmp_path / "none")
    with pytest.raises(ValueError, match="has no padding"):
        build(TextEncoderSettings(name=str(tmp_path / "none")), 10, 0)


def test_an_encoder_that_is_nowhere_is_told(tmp_path):
    with pytest.raises(ValueError, match="neither a folder with an encoder nor in the hub's cache"):
        build(TextEncoderSettings(name=str(tmp_path / "none")), 10, 0)


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(ValueError, match=r"pip install 'contrastive-claims\[text\]'"):
        build(TextEncoderSettings(name="some/encoder"), 10, 0)
