"""Statements for terminals: the formulas between dollar signs, written in LaTeX, as Unicode text."""

from __future__ import annotations

import re

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
LOWERED = str.maketrans("0123456789+-aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
FORMULA = re.compile(r"\$([^$]*)\$")
GROUP = re.compile(r"([_^])\{([^{}]*)\}")
SCRIPT = re.compile(r"([_^])([\w+-])")
SPACED = re.compile(r"(\\[A-Za-z]+)(?= )")  # LaTeX drops the space behind a macro; a reader of Unicode needs it


def _macros() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    known.add_context_category("fractions", prepend=True, macros=[MacroTextSpec("frac", "(%s)/(%s)")])
    known.set_unknown_macro_spec(MacroTextSpec("", lambda node: "\\" + node.macroname))  # shown, not silently dropped
    return LatexNodes2Text(latex_context=known, math_mode="text")


MACROS = _macros()


def plain(text: str) -> str:
    """`text` with every formula between dollar signs in Unicode; what lies outside them stays as it is."""
    return FORMULA.sub(lambda found: _formula(found[1]), text)


def _formula(latex: str) -> str:
    before = ""
    while latex != before:  # groups within groups, the innermost first
        before, latex = latex, GROUP.sub(_group, latex)
    return SCRIPT.sub(_script, MACROS.latex_to_text(SPACED.sub(r"\1{}", latex)))


def _group(found: re.Match[str]) -> str:
    """A group that Unicode can raise or lower goes letter by letter, any other into parentheses."""
    mark, content = found.groups()
    if all(ord(letter) in _table(mark) for letter in content):
        return "".join(mark + letter for letter in content)
    return f"{mark}({content})"


def _script(found: re.Match[str]) -> str:
    mark, letter = found.groups()
    return letter.translate(_table(mark)) if ord(letter) in _table(mark) else mark + letter


def _table(mark: str) -> dict[int, int]:
    return RAISED if mark == "^" else LOWERED
