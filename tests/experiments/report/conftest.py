"""The page of the committed records, written once, and a record full of markup."""

import dataclasses

import pytest

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, Claim, met
from contrastive_claims.experiments.report import page
from contrastive_claims.experiments.report.gather import gather

HOSTILE = """<script>window.stolen=1</script>"'>{{ 7*7 }}<img src=x onerror="window.stolen=1"></script></style>&amp;"""


@pytest.fixture(scope="session")
def committed(tmp_path_factory):
    """The report of the committed records, figures and all."""
    return gather(tmp_path_factory.mktemp("nothing"))


@pytest.fixture(scope="session")
def address(committed, tmp_path_factory):
    """Where its page lies, as file://."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    page.write(committed, path)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser(open_browser):
    """One Chromium for the tests of a module."""
    with open_browser() as driver:
        yield driver


def hostile(value):
    """Every string of a record, the keys of its numbers too, with markup."""
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, list):
        return [hostile(part) for part in value]
    if isinstance(value, dict):
        return {key: hostile(part) for key, part in value.items()}
    return value


@pytest.fixture
def hostile_report(laboratory):
    """A record whose strings all hold markup (resealed, so that it is believed), of a claim whose words do too."""
    words = HOSTILE + r"$\text{<script>window.stolen=1</script>}$ $</script>$"
    claim = dataclasses.replace(
        laboratory.claim("A1", "plain", criteria=met("x <= 1"), setting=HOSTILE, planted=HOSTILE, method=EMPIRICAL),
        source=HOSTILE, statement=words, hypotheses=words,
    )  # fmt: skip
    laboratory.use(claim, Claim("A2", HOSTILE, words, pending=words))
    laboratory.verify("A1")
    record = {**laboratory.load("A1"), "witness": "w", "rests_on": ["r"], "here": "SEEN"}
    kept = {name: record[name] for name in ("id", "scale", "method", "verdict", "here")}  # others are not believed
    numbers = {HOSTILE: {"value": 1.0, "low": 0.0, "high": 2.0, "unit": HOSTILE}}
    made = {
        **hostile(record),
        **kept,
        "numbers": numbers,
        "control": {**hostile(record["control"]), "numbers": numbers},
    }
    made["positive_control"] = {"numbers": numbers, "planted": HOSTILE, "found": True}
    (laboratory.folder / "A1.json").write_bytes(records.to_json({"schema": records.SCHEMA, **records.sealed(made)}))
    return gather(laboratory.out, laboratory.claims)
