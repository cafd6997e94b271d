"""What was read in released code: plain data. A reading was not run, and shows nothing beyond what the lines say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """One place in released code: where it is, and what it does there, in words."""

    repository: str
    path: str
    line: int
    does: str

    def __str__(self) -> str:
        return f"read in released code, not run: {self.repository}, {self.path} line {self.line}, {self.does}"


THIRD_PANEL = Reading(  # P4
    repository="smaityum/CL-representation-harm",
    path="simulation/SBM.py",
    line=154,
    does="passes means[1] as the third panel's values, where line 147 took means[2]",
)
