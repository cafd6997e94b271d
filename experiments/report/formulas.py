"""Text with formulas between dollar signs as HTML: MathML where latex2mathml can typeset them, else the formula as text."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from xml.etree import ElementTree

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

from contrastive_claims.experiments.ledger.plain import FORMULA, plain

ELEMENTS = {"math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"}
ELEMENTS |= {"munder", "mover", "munderover", "mstyle"}
ATTRIBUTES = {"mathvariant", "stretchy", "displaystyle", "scriptlevel", "width", "accent"}
UNREADABLE = tuple(e for e in vars(exceptions).values() if isinstance(e, type) and issubclass(e, Exception))
ENTITY = re.compile(r"&#x[0-9A-F]{5};")  # how latex2mathml writes a character
NAME = re.compile(r"[a-z]{2,}")  # log, cos
THIN = "0.17em"
LONG = 24  # symbols
CLINGING, WORD_JOINER = (";", ":", ",", ".", ")"), "\N{WORD JOINER}"
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
BREAKS = frozenset("=<>≤≥≠+→∈\N{MINUS SIGN}")


def typeset(text: str) -> Markup:
    """`text` as HTML: its formulas as MathML, what stands between backticks as code; whatever else it holds is escaped."""
    parts, last = [], 0
    for found in FORMULA.finditer(text):
        typed = formula(found[1])
        parts += [_words(text[last : found.start()]), escape(plain(found[0])) if typed is None else typed]
        last = found.end()
        if text[last : last + 1] in CLINGING and typed is not None:
            parts.append(WORD_JOINER)  # no line begins with it
    return Markup().join([*parts, _words(text[last:])])


def _words(text: str) -> Markup:
    code = Markup("<code>{}</code>")
    return Markup().join(code.format(part) if k % 2 else escape(part) for k, part in enumerate(text.split("`")))


def formula(latex: str) -> Markup | None:
    """MathML of a formula, in parts between which a line may break; None if latex2mathml does not know all of it, or makes more
    of it than mathematics."""
    try:
        root = convert_to_element(latex)
    except UNREADABLE:
        return None
    for element in root.iter():
        text = element.text or ""
        if element.tag not in ELEMENTS or "\\" in text:
            return None
        element.text = html.unescape(text) if ENTITY.fullmatch(text) else text
        element.attrib = {name: value for name, value in element.attrib.items() if name in ATTRIBUTES}
        if element.text == "∞":
            element.tag = "mi"  # no space around it
        if element.text == "/":
            element.attrib |= {"lspace": "0", "rspace": "0"}
        _space_names(element)
    # what is not a formula's own character is escaped here: \text{<b>} reaches the tree as text
    return Markup().join(Markup(ElementTree.tostring(part, encoding="unicode")) for part in _parts(root))


def _space_names(row: ElementTree.Element) -> None:
    """TeX puts a thin space before log, and behind it unless a parenthesis follows."""
    children = list(row)
    if row.tag != "mrow":
        return
    for k, (child, after) in reversed(list(enumerate(pairwise(children)))):
        if child.tag != "mo" and after.tag != "mo" and (_is_name(child) or _is_name(after)):
            row.insert(k + 1, ElementTree.Element("mspace", {"width": THIN}))


def _is_name(element: ElementTree.Element) -> bool:
    return element.tag == "mi" and bool(NAME.fullmatch(element.text or ""))


def _parts(root: ElementTree.Element) -> list[ElementTree.Element]:
    """The formula in pieces that end with a comma, or before a relation or a sum outside of parentheses; a long one within one
    pair too, and before the stroke behind a parenthesis. Browsers do not break lines within a piece."""
    pieces: list[list[ElementTree.Element]] = [[]]
    depth, deepest = 0, int(len("".join(root.itertext())) > LONG)
    for child in root[0]:
        mark = child.text if child.tag == "mo" else _closing(child)
        depth += (mark in OPENING) - (mark in CLOSING)
        before = pieces[-1][-1] if pieces[-1] else None
        sum_or_relation = mark in BREAKS and before is not None and _ends_a_term(before)
        long_fraction = deepest and mark == "/" and before is not None and before.text in CLOSING
        if depth <= deepest and (sum_or_relation or long_fraction):
            child.set("form", "infix")
            pieces.append([])
        pieces[-1].append(child)
        if depth <= deepest and mark == ",":
            pieces.append([])
    parts = []
    for piece in filter(None, pieces):
        part, row = ElementTree.Element("math"), ElementTree.Element("mrow")
        row.extend(piece)
        part.append(row)
        parts.append(part)
    return parts


def _ends_a_term(element: ElementTree.Element) -> bool:
    """Not behind another operator, where a minus is a sign."""
    return element.tag != "mo" or element.text in CLOSING


def _closing(element: ElementTree.Element) -> str | None:
    """The parenthesis that a script is set on, if it is on one."""
    base = element[0] if element.tag in ("msub", "msup", "msubsup") and len(element) else None
    return base.text if base is not None and base.tag == "mo" else None
