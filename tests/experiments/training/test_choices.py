"""Precision and threads: asked of the machine, taken, and said."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from contrastive_claims.experiments.models.store import Model, model_key
from contrastive_claims.experiments.training import precision, threads
from contrastive_claims.experiments.training.precision import processor_multiplies_bfloat16, taken_precision
from contrastive_claims.experiments.training.presets import FOLDER, load_preset, with_settings
from contrastive_claims.experiments.training.threads import choose_threads


def test_auto_is_bfloat16_where_the_processor_has_instructions(monkeypatch):
    for has, taken in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "processor_multiplies_bfloat16", lambda has=has: has)
        assert taken_precision("auto", "cpu") == taken
        assert taken_precision("bfloat16", "cpu") == "bfloat16" and taken_precision("float32", "cpu") == "float32"
    assert taken_precision("auto", "mps") == "float32"


def test_the_processor_is_asked():
    """Against the flags that Linux shows, where it shows any."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        pytest.skip("no /proc/cpuinfo")
    assert processor_multiplies_bfloat16() == bool({"avx512_bf16", "amx_bf16", "bf16"} & set(flags))


def test_an_older_torch_that_cannot_tell_means_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert not processor_multiplies_bfloat16()


def test_cpu_presets_ask_the_processor_and_the_names_of_model_records_stay():
    """Records of models trained under precision = "bfloat16" are found under "auto"."""
    for path in FOLDER.glob("*-cpu.toml"):
        preset = load_preset(path.stem)
        assert preset.precision == "auto"
        if preset.data.name == "digits":
            one, other = (
                model_key(Model(with_settings(preset, [f"precision={p}"]), 0, 0)) for p in ("auto", "bfloat16")
            )
            assert one == other
    digits = load_preset("digits")
    keys = [model_key(Model(with_settings(digits, [f"precision={p}"]), 0, 0)) for p in ("auto", "bfloat16", "float32")]
    assert keys[0] == keys[1] != keys[2]


@pytest.fixture
def kept_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_busy_cores_get_one_thread_and_idle_ones_all(monkeypatch, kept_threads):
    for name in threads.SET_BY_HAND:
        monkeypatch.delenv(name, raising=False)
    for seconds, chosen, word in (
        ({1: 0.01, 2: 0.006}, 2, "one a core"),
        ({1: 0.01, 2: 0.2}, 1, "the 2 cores are busy"),
    ):
        monkeypatch.setattr(threads, "trial", lambda count, patience=0, seconds=seconds: seconds[count])
        found, why = choose_threads(2)
        assert found == chosen == torch.get_num_threads() and word in why
    assert choose_threads(1) == (1, "there is one core")


def test_what_was_set_by_hand_stays(monkeypatch, kept_threads):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    torch.set_num_threads(2)
    assert choose_threads(8) == (2, "as OMP_NUM_THREADS says") and torch.get_num_threads() == 2


def test_a_trial_takes_less_than_a_second(kept_threads):
    assert 0 < threads.trial(1) < 1


def test_the_command_says_what_it_took(tmp_path):
    command = [
        sys.executable,
        "-m",
        "contrastive_claims",
        "train",
        "digits",
        "--set",
        "epochs=1",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run([*command, "--set", "precision=auto"], capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    taken = "bfloat16" if processor_multiplies_bfloat16() else "float32"
    assert lines[:2] == ["loading PyTorch", "loading digits"] and any(
        line.startswith(f"{taken} on ") and "first step" in line for line in lines
    )
    assert all(len(line) < 80 for line in lines if "step" in line or "epoch" in line)
