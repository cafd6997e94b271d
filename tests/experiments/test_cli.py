"""The command line: exit codes, one-line refusals, strict JSON, and a listing that loads next to nothing."""

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.data.locations import LOCATIONS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.files import held
from contrastive_claims.experiments.ledger.records import save_arrays
from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, NOT_RUN, PROOF, SCALES, Claim, met
from contrastive_claims.experiments.verify.session import part_of

IDS = [claim.id for claim in CLAIMS]


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments])


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no strict JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("verify", "A99"), "A9"),
        (("verify", "A1", "Q*"), "A1"),
        (("verify", ""), "A1"),
        (("verify", "--scale", "quik"), "quick"),
        (("verify", "--scale", "Standard"), "standard"),
        (("verify", "--device", "gpu"), "cpu"),
        (("verify", "--device", "cud"), "cuda"),
        (("figures", "B77"), "B7"),
    ],
)
def test_an_unknown_name_is_exit_2_and_one_line_with_the_nearest(arguments, nearest, tmp_path):
    result = run(*arguments, *(("--out", tmp_path) if arguments[0] != "figures" else ()))
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("claims: unknown ")
    assert nearest in re.split(r"[ ,]+", result.stderr.partition("nearest: ")[2].strip())
    assert not list(tmp_path.iterdir())  # nothing was begun


def test_an_id_may_be_written_small(laboratory):
    laboratory.use(laboratory.claim("A1", "plain"), laboratory.claim("A2", "plain"))
    result = run("verify", "a1", "--out", laboratory.out)
    assert result.exit_code == 0 and "A1" in result.stdout
    assert [path.name for path in laboratory.folder.glob("*.json")] == ["A1.json"]


@pytest.mark.parametrize("asked", [("--version",), ("-h",), ("verify", "-h")])
def test_a_newcomer_s_first_words_are_understood(asked):
    assert run(*asked).exit_code == 0


def test_the_help_of_train_names_the_presets():
    shown = run("train", "--help").stdout
    assert "digits" in shown and "cifar10-simclr-paper" in shown


@pytest.mark.parametrize("command", [("verify", "A1"), ("list",), ("train", "digits"), ("figures",)])
def test_an_out_without_a_name_is_refused(command):
    result = run(*command, "--out", "")
    assert result.exit_code == 2 and "--out: the name of the folder is empty" in result.stderr


@pytest.mark.parametrize("command", [("verify", "A1"), ("train", "digits"), ("data", "check")])
def test_a_data_folder_that_does_not_exist_is_said(command, tmp_path, monkeypatch):
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path / "none"))
    result = run(*command)
    assert result.exit_code == 2 and "CLAIMS_DATA: there is no folder" in result.stderr


def test_an_out_that_is_a_file_is_refused_before_measuring(tmp_path):
    (tmp_path / "out").write_text("")
    result = run("verify", "A1", "--out", tmp_path / "out")
    assert result.exit_code == 2 and "cannot be written to" in result.stderr and "started" not in result.stdout


def test_a_folder_in_which_another_run_works_is_refused_and_free_afterwards(laboratory):
    laboratory.use(laboratory.claim("A", "plain"))
    with held(laboratory.out):
        result = run("verify", "A", "--out", laboratory.out)
        assert result.exit_code == 2 and "another run works there" in result.stderr
    assert run("verify", "A", "--out", laboratory.out).exit_code == 0


def test_what_a_killed_run_left_half_written_is_swept(laboratory):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.folder.mkdir(parents=True)
    half = laboratory.folder / ".A.json.0123456789ab.part"
    half.write_text("{")
    assert run("verify", "A", "--out", laboratory.out).exit_code == 0 and not half.exists()


@pytest.mark.parametrize("command", ["list", "verify"])
def test_a_reader_that_goes_away_ends_nothing(command, tmp_path):
    words = [sys.executable, "-m", "contrastive_claims", command, *(["A1"] if command == "verify" else [])]
    with subprocess.Popen([*words, "--out", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as begun:
        begun.stdout.readline()
        begun.stdout.close()
        assert begun.stderr.read().decode() == "" and begun.wait() == 0
    assert command == "list" or (tmp_path / "ledger.json").exists()


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"schema": 2}', '{"schema": 2, "claims": [{"id": "A1"}]}', '{"schema": 1, "claims": [3]}']
)
@pytest.mark.parametrize("command", [("verify", "A1"), ("list",)])
def test_a_damaged_committed_record_is_one_line(content, command, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path / "recorded")
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "quick.json").write_text(content)
    result = run(*command, "--out", tmp_path / "out")
    assert result.exit_code == 2 and result.stderr.startswith("claims: ") and "quick.json" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_an_accelerator_that_is_not_here_is_exit_2_and_no_fallback(device, tmp_path):
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if present[device]:
        pytest.skip(f"{device} is here")
    result = run("verify", "A1", "--device", device, "--out", tmp_path)
    assert (
        result.exit_code == 2
        and result.stderr == f"claims: device '{device}' is not available on this machine; use --device cpu\n"
    )


def test_auto_takes_what_is_here():
    assert cli.resolve_device("cpu") == "cpu"
    import torch

    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        assert cli.resolve_device("auto") == "cpu"


def test_claims_without_a_check_alone_are_exit_2(tmp_path, laboratory):
    laboratory.use(Claim("A", "nowhere", "so"))
    result = run("verify", "A", "--out", tmp_path)
    assert result.exit_code == 2 and "claims list" in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (None, IDS),
        ([], IDS),
        (["A1"], ["A1"]),  # an exact id is not a prefix
        (["P"], ["P1", "P2", "P3", "P4"]),
        (["A2?"], [name for name in IDS if name.startswith("A2") and len(name) == 3]),
        (["*c"], [name for name in IDS if name.endswith("c")]),
        (["P2", "A16", "P2"], ["A16", "P2"]),  # catalogue order, once each
    ],
)
def test_patterns(patterns, expected):
    assert [claim.id for claim in cli.select(patterns)] == expected


def test_list_names_every_claim_and_loads_no_torch(tmp_path):
    code = (
        "import sys\nfrom experiments.cli import app\n"
        f"try:\n    app(['list', '--out', {str(tmp_path)!r}])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(*(n for n in ('torch', 'scipy', 'matplotlib', 'sklearn', 'flint') if n in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first = [line.split()[0] for line in done.stdout.splitlines() if line and not line[0].isspace()]
    assert [name for name in first if name in IDS] == IDS
    assert done.stderr.strip() == ""
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "2 tanh(1/τ) - 1" in done.stdout and not {"$", "\\"} & set(done.stdout)


def test_list_as_json_shows_the_last_verdict(laboratory):
    result = run("list", "--json", "--out", laboratory.out)
    rows = strict(result.stdout)
    assert [row["id"] for row in rows] == IDS and all(row["statement"] and row["source"] for row in rows)
    assert all(row["verdict"].startswith(f"{NOT_RUN} (") for row in rows)
    waiting = {row["id"]: row["verdict"] for row in rows}
    assert all(("no check yet" in waiting[c.id]) == (not c.check) for c in CLAIMS if c.pending == "no check yet")
    laboratory.use(laboratory.claim("A", "plain"), laboratory.claim("B", "plain"))
    laboratory.verify("A", record=True)
    (laboratory.folder / "A.json").write_text("{")  # unreadable: the committed verdict stands in
    rows = {row["id"]: row for row in strict(run("list", "--json", "--out", laboratory.out).stdout)}
    assert (
        rows["A"]["verdict"] == "HOLDS"
        and rows["A"]["scale"] == "quick"
        and rows["B"]["verdict"] == "NOT_RUN (not run yet)"
    )


def test_list_as_json_shows_both_judgements_the_setting_and_the_flag(laboratory):
    laboratory.write("""
        def gain(run):
            value = -1.0 if run.control else 0.5
            mean = Quantity(value, value - 0.1, value + 0.1, "", (0.001, 0.0, 4))
            return Evidence({"gain": mean}, models=("first.npz",))
    """)
    laboratory.model("first.npz", "2026-02-02T10:00:00Z")
    seen = laboratory.claim("A", "gain", method=EMPIRICAL, criteria=met("gain > 0"), setting="a garden at noon")
    laboratory.use(seen, laboratory.claim("P", "certified", method=PROOF), laboratory.claim("Q", "plain"))
    laboratory.declare("2026-02-01T10:00:00Z")
    laboratory.verify("A", "P")

    def rows():
        return {row["id"]: row for row in strict(run("list", "--json", "--out", laboratory.out).stdout)}

    fields = ("verdict", "here", "setting", "exploratory", "rests_on", "scale")
    shown = {name: tuple(row[field] for field in fields) for name, row in rows().items()}
    assert shown == {
        "A": ("SUPPORTED", "SEEN", "a garden at noon", False, [], "quick"),
        "P": ("CERTIFIED", "", "", None, ["nothing"], "quick"),
        "Q": ("NOT_RUN (not run yet)", "", "", None, [], ""),
    }
    text = " ".join(run("list", "--out", laboratory.out).stdout.split())
    assert "A SUPPORTED quick (SEEN here: a garden at noon)" in text and "exploratory" not in text
    laboratory.use(dataclasses.replace(seen, criteria=met("gain > 0.1")))  # changed, and not declared
    laboratory.verify(record=True)
    (laboratory.folder / "A.json").unlink()  # the committed record stands in
    assert rows()["A"]["exploratory"] is True
    assert "(SEEN here: a garden at noon) exploratory" in " ".join(run("list", "--out", laboratory.out).stdout.split())


def test_declare_appends_what_is_new_and_says_it(laboratory):
    first, second = laboratory.claim("A", "plain"), laboratory.claim("B", "plain")
    laboratory.use(first, second)
    result = run("declare")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and lines[-1] == "2 new wordings in declared.jsonl"
    assert re.fullmatch(r"A at scale quick: declared on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[0])
    before = laboratory.declarations.read_bytes()
    assert (
        run("declare").stdout == "0 new wordings in declared.jsonl\n" and laboratory.declarations.read_bytes() == before
    )
    laboratory.use(first, dataclasses.replace(second, criteria=met("x <= 0.9")))
    assert run("declare").stdout.splitlines()[-1] == "1 new wordings in declared.jsonl"
    assert laboratory.declarations.read_bytes().startswith(before)


DAMAGES = {
    "edited": lambda lines: [lines[0].replace("2026", "2025"), *lines[1:]],
    "deleted": lambda lines: lines[1:],
    "reordered": lambda lines: [lines[1], lines[0], lines[2]],
    "truncated": lambda lines: [lines[0][:30]],
    "no text": lambda lines: ["\udcff"],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_edited_declarations_are_exit_2_before_any_work(laboratory, damage):
    laboratory.use(*(laboratory.claim(name, "plain") for name in "ABC"))
    laboratory.declare("2026-02-01T10:00:00Z")
    lines = damage(laboratory.declarations.read_text().splitlines())
    laboratory.declarations.write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    before = laboratory.declarations.read_bytes()
    for arguments in (("verify", "--device", "cpu", "--out", laboratory.out), ("declare",)):
        result = run(*arguments)
        assert result.exit_code == 2 and result.stdout == "" and result.stderr.count("\n") == 1
        assert re.match(r"claims: .*declared\.jsonl: line 1 ", result.stderr)
    assert not laboratory.out.exists() and laboratory.log == []
    assert laboratory.declarations.read_bytes() == before


def test_verify_as_json_prints_the_ledger_and_nothing_else(laboratory, monkeypatch):
    laboratory.use(laboratory.claim("A", "plain"), laboratory.claim("P", "certified", method=PROOF))
    result = run("verify", "--json", "--device", "cpu", "--out", laboratory.out)
    assert result.exit_code == 0
    ledger = strict(result.stdout)
    assert ledger["schema"] == records.SCHEMA
    assert {r["id"]: r["verdict"] for r in ledger["claims"]} == {"A": "HOLDS", "P": "CERTIFIED"}
    assert "slowest: " in result.stderr and "HOLDS" in result.stderr
    assert strict((laboratory.out / "ledger.json").read_text()) == ledger


def test_verify_passes_the_status_on(laboratory):
    laboratory.use(laboratory.claim("A", "broken"))
    result = run("verify", "--device", "cpu", "--out", laboratory.out)
    assert result.exit_code == 1 and "A: the check raised RuntimeError" in result.stdout


def test_an_interrupt_is_exit_130(laboratory, monkeypatch):
    laboratory.use(laboratory.claim("A", "plain"))

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("contrastive_claims.experiments.verify.session.run_all", interrupted)
    result = run("verify", "--device", "cpu", "--out", laboratory.out)
    assert result.exit_code == 130 and "finished claims are recorded" in result.stderr
    assert strict((laboratory.out / "ledger.json").read_text())["claims"] == []


def test_figures_are_redrawn_from_evidence_without_measuring(laboratory):
    laboratory.use(
        laboratory.claim("A", "drawn", figure="contrastive_claims.figures.margins:hinge_sandwich"),
        laboratory.claim("B", "plain"),
    )
    empty = run("figures", "--out", laboratory.out)
    assert empty.exit_code == 2 and "no recorded evidence" in empty.stderr
    laboratory.verify()
    drawn = [laboratory.out / "figures" / f"A-hinge-sandwich.{suffix}" for suffix in ("svg", "png")]
    first = [path.read_bytes() for path in drawn]
    measured = laboratory.log
    for path in drawn:
        path.unlink()
    result = run("figures", "A", "--json", "--out", laboratory.out)
    assert result.exit_code == 0 and strict(result.stdout) == [str(path) for path in drawn]
    assert [path.read_bytes() for path in drawn] == first and laboratory.log == measured


def test_figures_are_drawn_in_the_format_that_is_asked_for(tmp_path):
    result = run("figures", "A8", "--format", "pdf", "--json", "--out", tmp_path)
    (path,) = map(Path, strict(result.stdout))
    assert result.exit_code == 0 and list((tmp_path / "figures").iterdir()) == [path]
    assert path.name == "A8-supcon-floor.pdf" and path.read_bytes().startswith(b"%PDF")
    wrong = run("figures", "A8", "--format", "jpeg", "--out", tmp_path)
    assert wrong.exit_code == 2 and "unknown format 'jpeg'" in wrong.stderr


def test_a_figure_that_cannot_be_drawn_is_named_and_the_others_are_drawn(tmp_path):
    save_arrays(tmp_path / "records" / "A2.npz", {"slack": np.zeros(2), "hinge": np.zeros(3), "room": np.ones(2)})
    result = run("figures", "A2", "A8", "--format", "svg", "--out", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("claims: the figure of A2 at scale quick cannot be drawn, ValueError: ")
    assert result.stdout.split() == [str(tmp_path / "figures" / "A8-supcon-floor.svg")]


def test_data_check_says_what_is_here_what_is_missing_and_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    folder = tmp_path / "ylecun" / "mnist"
    folder.mkdir(parents=True)
    (folder / "train.parquet").write_bytes(b"")
    rows = {row["name"]: row for row in strict(run("data", "check", "--json").stdout)}
    assert rows.keys() == LOCATIONS.keys()
    assert rows["digits"]["found"] == "embedded"
    assert rows["mnist"]["found"] is None and "$CLAIMS_DATA/ylecun/mnist/" in rows["mnist"]["advice"]  # half of it
    (folder / "test.parquet").write_bytes(b"")
    rows = {row["name"]: row for row in strict(run("data", "check", "--json").stdout)}
    assert rows["mnist"]["found"] == str(folder)
    lines = run("data", "check").stdout.splitlines()
    assert len(lines) == len(LOCATIONS)
    assert any(
        line.startswith("cifar10") and "missing: put its parquet files under $CLAIMS_DATA/uoft-cs/cifar10/" in line
        for line in lines
    )
    assert all("{hub_id}" not in line for line in lines)


@pytest.mark.parametrize("here", [True, False])
def test_a_set_that_is_not_here_is_told_where_one_of_ones_own_belongs(here, tmp_path, monkeypatch):
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path)) if here else monkeypatch.delenv("CLAIMS_DATA", raising=False)
    result = run("data", "check", "photos")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert f"in $CLAIMS_DATA ({tmp_path if here else 'not set'}) with a folder train in it" in result.stderr


def test_help_is_shown_without_a_command():
    result = run()
    assert all(command in result.output for command in ("list", "verify", "figures", "data"))


WITHOUT_A_FORM = [(c.id, scale) for c in CLAIMS for scale in SCALES if scale not in c.scales]


@pytest.mark.parametrize(("claim_id", "scale"), WITHOUT_A_FORM, ids=lambda part: part)
def test_a_claim_without_a_form_at_a_scale_is_refused_there(claim_id, scale, tmp_path):
    result = run("verify", claim_id, "--scale", scale, "--device", "cpu", "--out", tmp_path)
    assert result.exit_code == 2 and f"no form at scale {scale}" in result.stderr
    assert not list(tmp_path.iterdir())


def test_every_claim_lacks_a_form_at_some_scale_and_has_one_where_it_says():
    assert {scale for _, scale in WITHOUT_A_FORM} == set(SCALES)
    for claim in CLAIMS:
        assert all(claim.at(scale).check for scale in claim.scales)


def stable(out):
    """The ledger without what differs from one run to the next."""
    ledger = json.loads((out / "ledger.json").read_text())
    for record in ledger["claims"]:
        record.pop("digest")
        for name in ("wall_seconds", "date", "data_since", "commit"):
            record["provenance"].pop(name)
    return ledger


def test_shards_together_are_one_run(tmp_path, laboratory):
    """With worker processes of their own, and some killed: tests/faults/test_shards.py."""
    laboratory.use(*(laboratory.claim(name, "plain", share=share) for share, name in enumerate("ABCDEF", 1)))
    assert run("verify", "--out", tmp_path / "one").exit_code == 0
    measured = len(laboratory.log)
    for k in (2, 3, 1, 2):  # in any order; one of them twice
        assert run("verify", "--shard", f"{k}/3", "--out", tmp_path / "three").exit_code == 0
    assert len(laboratory.log) == 2 * measured
    assert stable(tmp_path / "three") == stable(tmp_path / "one")
    assert [record["id"] for record in stable(tmp_path / "one")["claims"]] == list("ABCDEF")


def test_shards_deal_out_every_claim_once_and_the_cost_evenly():
    for parts in (1, 2, 7, 100):
        dealt = [part_of(CLAIMS, k + 1, parts) for k in range(parts)]
        assert sorted(claim.id for part in dealt for claim in part) == sorted(IDS)
    costs = [sum(claim.share for claim in part_of(CLAIMS, k + 1, 4)) for k in range(4)]
    assert max(costs) - min(costs) <= max(claim.share for claim in CLAIMS)


def test_a_shard_waits_for_none_and_is_one_process(laboratory):
    laboratory.use(laboratory.claim("A", "plain"), laboratory.claim("B", "plain"))
    with held(laboratory.out, "1-2"):
        assert run("verify", "--shard", "2/2", "--out", laboratory.out).exit_code == 0
        result = run("verify", "--shard", "1/2", "--out", laboratory.out)
        assert result.exit_code == 2 and "shard 1/2 of another run works there" in result.stderr


@pytest.mark.parametrize("wrong", ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/2/3"])
def test_a_shard_that_is_none_is_refused(wrong, tmp_path):
    result = run("verify", "A1", "--shard", wrong, "--out", tmp_path)
    assert result.exit_code == 2 and "--shard: must be K/N with 1 <= K <= N" in result.stderr


def test_shards_are_not_recorded(tmp_path):
    result = run("verify", "A1", "--shard", "1/2", "--record", "--out", tmp_path)
    assert result.exit_code == 2 and "--record" in result.stderr
