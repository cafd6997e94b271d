"""The definitions of theory/formal held to the running code: at random rational points the kernel checks that a definition and
the shipped Python function of the same formula agree within 1e-9, and that a definition with a slip does not.

A definition that departs from the code would prove nothing about it. Each `Tie` names the definition, the function, how a point
is drawn, and a slip: a small change of the definition's text that such points must tell apart, which the kernel proves too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from contrastive_claims.experiments.prove import points_of_blocks, points_of_margins
from contrastive_claims.experiments.prove.coq import Build, Compiled
from contrastive_claims.experiments.prove.points import Tie
from contrastive_claims.experiments.prove.sources import LIBRARY, Sources

TIES = points_of_margins.TIES + points_of_blocks.TIES
SLIP_POINTS = 4
# Loading Interval costs a file a second; a failure hides what comes after it in its file.
PER_FILE, POINTS_PER_FILE = 7, 10
NEEDS = ("Intervals", "Spec", "Statements")
HEAD = f"""From Coq Require Import Reals List Arith Bool Lra.
From {LIBRARY} Require Import Intervals Spec Statements.
Open Scope R_scope.
Import ListNotations.
"""
TACTICS = """
Ltac bounded := first [interval with (i_prec 60) | interval with (i_prec 200)].
(* interval knows no Rmax and Rmin: the innermost ones are decided first *)
Ltac plain x := lazymatch x with context [Rmax _ _] => fail | context [Rmin _ _] => fail | _ => idtac end.
Ltac decide_ends := repeat match goal with
  | |- context [Rmax ?a ?b] => plain a; plain b;
      first [rewrite (Rmax_left a b) by (lra || bounded) | rewrite (Rmax_right a b) by (lra || bounded)]
  | |- context [Rmin ?a ?b] => plain a; plain b;
      first [rewrite (Rmin_left a b) by (lra || bounded) | rewrite (Rmin_right a b) by (lra || bounded)]
  end.
Ltac tie := cbv [UNFOLDED]; decide_ends; bounded.
Ltac one_of_them := first [solve [tie] | left; solve [tie] | right; one_of_them].
"""
STANDARD = (
    "map fold_right length nth seq filter app firstn skipn Nat.eqb Nat.div Nat.modulo Nat.divmod Nat.sub fst snd negb andb "
    "eqb INR tanh sinh cosh"
)
TOLERANCE = "1e-9"


@dataclass(frozen=True)
class Tied:
    """What came of one tie: points that the kernel accepted, whether it told the slip apart, and what failed ("" if nothing)."""

    tie: Tie
    points: int
    caught: bool
    problem: str


def unfolded(sources: Sources, slipped: Iterable[str] = ()) -> str:
    """Every definition, and what the standard library's lists and functions need, for the tactic to unfold."""
    ours = re.findall(r"\b(?:Definition|Fixpoint) ([\w']+)", sources.plain["Spec"] + sources.plain["Statements"])
    return " ".join([*ours, *slipped, STANDARD])


def point(name: str, tie: Tie, generator: np.random.Generator) -> str:
    """One point as a goal and its proof."""
    return f"Example {name} : {near(*tie.draw(generator))}.\nProof. tie. Qed.\n"


def near(expression: str, value: float) -> str:
    return f"Rabs ({expression} - ({value!r})) <= {TOLERANCE}"


def far(expression: str, value: float) -> str:
    return f"{TOLERANCE} < Rabs ({expression} - ({value!r}))"


def slip(name: str, tie: Tie, sources: Sources, generator: np.random.Generator, count: int = SLIP_POINTS) -> str:
    """The slipped definition, and as a theorem that it departs from the function's value at one of some points."""
    sentences = re.split(r"(?<=\.) ", sources.plain["Spec"])
    sentence = {m[1]: s for s in sentences if (m := re.match(r"(?:Definition|Fixpoint) ([\w']+)", s))}
    changed: list[str] = []
    text = ""
    for k, definition in enumerate((tie.slip.definition, *tie.slip.through)):
        body = sentence[definition]
        if k == 0:
            if body.count(tie.slip.old) != 1:
                raise ValueError(f"{definition}: its slip's text occurs {body.count(tie.slip.old)} times, not once")
            body = body.replace(tie.slip.old, tie.slip.new)
        changed.append(definition)
        text += renamed(body, changed, name) + "\n"
    goals = " \\/ ".join(
        f"({far(renamed(e, changed, name), v)})" for e, v in (tie.draw(generator) for _ in range(count))
    )
    tactics = f"Ltac tie ::= cbv [{unfolded(sources, (f'{d}_{name}' for d in changed))}]; decide_ends; bounded.\n"
    return f"{text}{tactics}Example {name} : {goals}.\nProof. one_of_them. Qed.\n"


def renamed(text: str, definitions: Iterable[str], name: str) -> str:
    for definition in definitions:
        text = re.sub(rf"(?<![\w'.]){definition}(?![\w'])", f"{definition}_{name}", text)
    return text


def files(
    sources: Sources, seed: int, count: int, slips: bool, ties: Iterable[Tie] = TIES
) -> dict[str, tuple[str, dict[str, Tie]]]:
    """Files to compile by name: their text, and which tie each of their goals belongs to."""
    head = HEAD + TACTICS.replace("UNFOLDED", unfolded(sources))
    goals: list[list[tuple[str, str, Tie]]] = []  # of a file: names, texts, ties
    ties = list(ties)
    for first in range(0, len(ties), PER_FILE):
        group = list(enumerate(ties[first : first + PER_FILE], first))
        generators = {k: np.random.default_rng([seed, k]) for k, _ in group}
        for start in range(0, count, POINTS_PER_FILE):
            batch = range(start, min(start + POINTS_PER_FILE, count))
            names = [(f"at_{k}_{j}", k, tie) for k, tie in group for j in batch]
            goals.append([(name, point(name, tie, generators[k]), tie) for name, k, tie in names])
        if slips:
            goals.append([(f"slip_{k}", slip(f"slip_{k}", tie, sources, generators[k]), tie) for k, tie in group])
    return {
        f"Tie_{k}": (head + "".join(text for _, text, _ in of_file), {name: tie for name, _, tie in of_file})
        for k, of_file in enumerate(goals)
    }


def check(
    build: Build, sources: Sources, seed: int, count: int, slips: bool = True, ties: Iterable[Tie] = TIES
) -> list[Tied]:
    """Draw the points, let the kernel check them, and say what came of each tie. Spec.v and what it needs are compiled too."""
    ties = list(ties)
    made = files(sources, seed, count, slips, ties)
    texts = {name: sources.texts[name] for name in sources.closure(NEEDS)}
    needs: dict[str, tuple[str, ...]] = {name: sources.needs(name) for name in texts}
    compiled = build.compile(
        {**texts, **{name: text for name, (text, _) in made.items()}}, {**needs, **dict.fromkeys(made, NEEDS)}
    )
    accepted: dict[str, int] = dict.fromkeys((t.definition for t in ties), 0)
    caught: dict[str, bool] = dict.fromkeys(accepted, False)
    problem: dict[str, str] = dict.fromkeys(accepted, "")
    for name, (text, owner) in made.items():
        reached, failed = how_far(compiled[name], text, list(owner))
        for goal, tie in owner.items():
            if goal in reached and goal.startswith("at_"):
                accepted[tie.definition] += 1
            elif goal in reached:
                caught[tie.definition] = True
            elif not problem[tie.definition]:
                problem[tie.definition] = (
                    f"{goal}: {compiled[name].error}" if goal == failed else "not reached: another failed before"
                )
    return [Tied(t, accepted[t.definition], caught[t.definition], problem[t.definition]) for t in ties]


def how_far(compiled: Compiled, text: str, goals: list[str]) -> tuple[set[str], str]:
    """The goals that were accepted, and the first that was not ("" if all were)."""
    if not compiled.error:
        return set(goals), ""
    if (line := compiled.line) == 0:
        return set(), goals[0]
    before = re.findall(r"^Example (\w+)", "\n".join(text.splitlines()[:line]), flags=re.MULTILINE)
    return set(before[:-1]), before[-1] if before else goals[0]
