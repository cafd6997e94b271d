"""Formulas as MathML: all of the catalogue's; what cannot be typeset is text; nothing else gets through."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.experiments.claims.catalogue import CLAIMS, SETTINGS
from contrastive_claims.experiments.ledger.plain import FORMULA, plain
from contrastive_claims.experiments.report.formulas import ELEMENTS, formula, typeset
from contrastive_claims.experiments.verify.table import RESULTS

TEXTS = [
    *(text for c in CLAIMS for text in (c.statement, c.pending, *(c.at(s).hypotheses for s in ("quick", *c.scales)))),
    *SETTINGS.values(),
    *(result.sentence for result in RESULTS),
]
FORMULAS = sorted({found for text in TEXTS for found in FORMULA.findall(text)})
WRITTEN = str.maketrans({"\N{MINUS SIGN}": "-", "\N{DOT OPERATOR}": "·", "\N{PRIME}": "'"})


def tree(markup):
    return ElementTree.fromstring(f"<p>{markup}</p>")


def symbols(text):
    """The letters, digits and signs of a text, whatever their order and however they are set."""
    return sorted("".join(text.split()).translate(WRITTEN))


def test_every_formula_of_the_catalogue_is_typeset():
    assert len(FORMULAS) > 200
    assert [text for text in FORMULAS if formula(text) is None] == []


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_typeset_formula_has_the_symbols_of_the_formula_as_text(latex):
    """By another route: pylatexenc's Unicode, without the scripts and parentheses that stand for layout there."""
    drop = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-0123456789+-aehijklmnoprstuvx")
    told = re.sub(r"[()^_]|√", "", plain(f"${latex}$").translate(drop))
    typed = re.sub(r"[()]", "", "".join(tree(formula(latex)).itertext()))
    assert symbols(typed) == symbols(told)


def test_a_formula_is_about_a_kilobyte():
    assert max(len(formula(text)) for text in FORMULAS) < 6000
    assert sum(len(formula(text)) for text in FORMULAS) / len(FORMULAS) < 1000


@pytest.mark.parametrize(
    "latex", [r"\foo x", "x^", "{", r"\begin{matrix}", "x_1_2", r"\left(", r"\hspace{1cm}", r"\color{red}{x}"]
)
def test_what_cannot_be_typeset_falls_back_to_text(latex):
    shown = typeset(f"so ${latex}$ is")
    if formula(latex) is None:
        assert "<" not in shown and shown.startswith("so ") and shown.endswith(" is")
    else:
        assert {element.tag for element in tree(shown).iter()} <= ELEMENTS | {"p"}


def test_an_unknown_command_is_shown_and_not_dropped():
    assert formula(r"\foo x") is None and r"\foo" in typeset(r"$\foo x$")


@given(st.text(alphabet="<>&\"'$`\\{}^_ abt/=!-", max_size=40))
def test_no_text_makes_an_element_that_is_not_a_formula_s(text):
    shown = tree(typeset(text))
    assert {element.tag for element in shown.iter()} <= ELEMENTS | {"p", "code"}
    assert all(name in {"mathvariant", "stretchy", "form", "lspace", "rspace", "width"} | {"displaystyle", "scriptlevel"}
               for element in shown.iter() for name in element.attrib)  # fmt: skip


@pytest.mark.parametrize(
    "text", ["<script>x</script>", r"$\text{<img src=x onerror=y>}$", r"$\href{javascript:x}{y}$", "`<b>`", "$<b>$"]
)
def test_markup_is_escaped(text):
    shown = typeset(text)
    assert not re.search(r"<(script|img|b|a)\b|href|onerror=y>", shown)


def test_code_and_text_between_formulas():
    assert typeset("run `a < b` if $x$ & so") == (
        "run <code>a &lt; b</code> if <math><mrow><mi>x</mi></mrow></math> &amp; so"
    )


def test_a_line_may_break_before_a_relation_but_not_within_parentheses():
    parts = tree(formula("a + (b + c) = d, e")).findall("math")
    assert ["".join(part.itertext()) for part in parts] == ["a", "+(b+c)", "=d,", "e"]
    assert [part[0][0].get("form") for part in parts] == [None, "infix", "infix", None]
    assert len(tree(formula("a \\leq -b")).findall("math")) == 2  # not between a relation and a sign
    long = tree(formula("f(a + b + c, d + e + f + g + h + i + j + k + (l + m))")).findall("math")
    assert [len(long) > 5, "".join(long[-1].itertext())] == [True, "+(l+m))"]


def test_names_of_functions_stand_apart():
    def spaces(latex):
        return [e.get("width") for e in tree(formula(latex)).iter("mspace")]

    assert len(spaces(r"2 \tanh x")) == 2 and len(spaces(r"2 \tanh(x)")) == 1 and spaces(r"x y") == []
