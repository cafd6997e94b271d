"""`claims laws`: the table, strict JSON, exit statuses, and bad input as one sentence that names what is wrong."""

import json
import sys
import textwrap

import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.laws.imported import imported

MINE = """
    import torch
    def loss(embeddings, labels, temperature=0.1):
        unit = torch.nn.functional.normalize(embeddings, dim=1)
        itself = torch.eye(len(unit), dtype=torch.bool)
        logits = (unit @ unit.T / temperature).masked_fill(itself, -torch.inf)
        same = (labels[:, None] == labels) & ~itself
        return -(logits.log_softmax(1).where(same, 0).sum(1) / same.sum(1).clamp(min=1)).mean()
    def vector(embeddings, labels):
        return embeddings.sum(1)
    def raises(embeddings, labels):
        raise KeyError("colour")
    def nan(embeddings, labels):
        return embeddings.sum() * float("nan")
    def views(first, second, tau=0.2):
        logits = torch.nn.functional.normalize(first, dim=1) @ torch.nn.functional.normalize(second, dim=1).T / tau
        places = torch.arange(len(first))
        return (torch.nn.functional.cross_entropy(logits, places) + torch.nn.functional.cross_entropy(logits.T, places)) / 2
    number = 3
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with a module of losses, and one that cannot be imported."""
    name = "losses_of_" + "".join(c if c.isalnum() else "_" for c in tmp_path.name)
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(MINE))
    (tmp_path / f"{name}_broken.py").write_text("1 / 0\n")
    (tmp_path / f"{name}_needs.py").write_text("import a_package_that_is_nowhere\n")
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    yield name
    sys.path[:] = before
    for module in (name, f"{name}_broken", f"{name}_needs"):
        sys.modules.pop(module, None)


def run(*arguments):
    return CliRunner().invoke(cli.app, ["laws", *map(str, arguments)])


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no strict JSON")

    return json.loads(text, parse_constant=refuse)


def test_a_broken_law_is_exit_1_with_the_smallest_batch_and_its_line(here):
    result = run(f"{here}:loss", "--examples", 4, "--json")
    told = strict(result.stdout)
    assert result.exit_code == 1 and told["broken"] == ["a singleton has no say"]
    assert told["summary"] == "this is SupCon out, mean over all anchors"
    broken = next(law for law in told["laws"] if law["verdict"] == "broken")
    assert broken["slack"] < 0 and broken["case"]["labels"] and f"from {here} import loss" in broken["reproduce"]
    assert {law["verdict"] for law in told["laws"]} == {"held", "broken", "not claimed"}
    assert told["identity"]["form"] == "sup-con" and told["identity"]["scale"] == pytest.approx(1)
    table = run(f"{here}:loss", "--examples", 4)
    assert table.exit_code == 1 and broken["reproduce"] in table.stdout
    assert f"{here}:loss: this is SupCon out, mean over all anchors" in table.stdout
    assert max(len(line) for line in table.stdout.splitlines() if "import" not in line and here not in line) <= 80


def test_all_held_is_exit_0(here):
    result = run(f"{here}:views", "--views", "--examples", 3)
    assert result.exit_code == 0 and "this is CLIP's two towers" in result.stdout and "broken" not in result.stdout
    assert (
        run("contrastive_claims.theory.margins:InfoL1O", "--is", "info-l1o", "--examples", 2, "--json").exit_code == 0
    )


def test_a_form_that_it_is_not_is_exit_1(here):
    result = run(f"{here}:loss", "--is", "info-nce", "--examples", 2)
    assert result.exit_code == 1 and "this is not InfoNCE" in result.stdout


@pytest.mark.parametrize(
    ("argument", "options", "message"),
    [
        ("{here}", (), "'{here}': write MODULE:FUNCTION, such as my_losses:my_loss"),
        (":loss", (), "':loss': write MODULE:FUNCTION, such as my_losses:my_loss"),
        ("{here}.py:loss", (), "'{here}.py:loss': name the module, not its file: {here}:loss"),
        ("{here}:los", (), "'{here}:los': {here} has no los; nearest: loss"),
        ("{here}:number", (), "'{here}:number': number is a int, not a function"),
        ("{here}_broken:loss", (), "importing {here}_broken raised ZeroDivisionError: division by zero"),
        ("{here}_needs:loss", (), "importing {here}_needs needs a_package_that_is_nowhere, which is not installed"),
        ("nowhere_at_all:loss", (), "'nowhere_at_all:loss': no module nowhere_at_all here ("),
        ("{here}:vector", (), "law 'one number': {here}:vector returned a tensor of shape [6], not one number"),
        ("{here}:raises", (), "law 'one number': {here}:raises raised KeyError: 'colour'"),
        ("{here}:nan", (), "law 'one number': {here}:nan returned nan"),
        ("{here}:loss", ("--views",), "law 'one number': {here}:loss raised "),
        ("{here}:loss", ("--is", "supcon"), "declared: one of info-nce, sup-con, "),
    ],
)
def test_bad_input_is_exit_2_and_one_sentence(here, argument, options, message):
    result = run(argument.format(here=here), *options)
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("claims: ") and result.stderr.count("\n") == 1
    assert message.format(here=here) in result.stderr


def test_names_lead_to_functions_and_classes():
    from contrastive_claims.theory.margins import SupCon, sup_con

    assert (
        imported("contrastive_claims.theory.margins:sup_con") is sup_con
        and imported("contrastive_claims.theory.margins:SupCon") is SupCon
    )
