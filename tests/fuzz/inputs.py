"""How many inputs the fuzz tries, and how."""

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

INPUTS = int(os.environ.get("CLAIMS_FUZZ", "100000"))
FOR_FUNCTIONS = 0.8  # of them, the rest for readers of files
SECONDS = 10  # of the processor, after which a call hangs


def tried(examples):
    """A test of one function or reader with so many seeds; failing ones are named by their seed, and not made smaller."""
    return lambda test: settings(
        max_examples=examples, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )(given(st.integers(0, 2**63 - 1))(test))  # fmt: skip
