"""The certificates that the checks hand in: honest ones and the controls', measured once per session."""

import importlib
from functools import cache

import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger.vocabulary import Run

BY_ID = {claim.id: claim for claim in CLAIMS}


@cache
def measured(claim_id, control):
    claim = BY_ID[claim_id]
    module, _, name = claim.check.partition(":")
    check = getattr(importlib.import_module(module), name)
    return check(Run(control=control)).certificate


@pytest.fixture(scope="session")
def honest():
    """claim id -> the certificate that its check hands in (never to be changed: copy it)."""
    return lambda claim_id: measured(claim_id, False)


@pytest.fixture(scope="session")
def control():
    """claim id -> the certificate of its control."""
    return lambda claim_id: measured(claim_id, True)
