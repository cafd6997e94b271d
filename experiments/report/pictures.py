"""Figures for a page of its own: SVG as small as matplotlib's own allows, as a data address, and the arrays behind it as CSV."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np

from contrastive_claims.experiments.ledger.plain import plain
from contrastive_claims.experiments.ledger.vocabulary import Claim
from contrastive_claims.experiments.verify.drawing import arrays_of, figure_of

NAMESPACE, LINK = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
DIGITS = 7  # of a number in a CSV: what a float32 holds
LONG = re.compile(r"-?\d+\.\d+")
JOINED = re.compile(r"([LQC])([^A-Za-z]*)((?:\1[^A-Za-z]*)+)")  # a run of one kind of segment
NAMED = re.compile(r"#([\w-]+)")  # a name that is referred to, or a colour
TRANSLATION = re.compile(r"translate\([^)]*\)")
SHIFT = re.compile(r"translate\((-?[\d.]+) 0\)")


@dataclass(frozen=True)
class Picture:
    """Addresses of a figure (data:image/svg+xml) and of its arrays (data:text/csv), and the figure's titles in words."""

    image: str
    table: str
    title: str


def picture(claim: Claim, folder: Path, scale: str, record: Mapping[str, Any] | None = None) -> Picture | None:
    """A claim's figure, drawn from the arrays in `folder`, which are those of `record`; None if it has none. Raises what
    DRAWING_ERRORS lists."""
    arrays = arrays_of(claim, folder, scale, record)
    if not arrays:
        return None
    from contrastive_claims.figures.style import look, said

    with look():
        figure = figure_of(claim.at(scale), arrays)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    title = " ".join(plain(said(figure)).split())
    return Picture(address("image/svg+xml", smaller(file.getvalue())), address("text/csv", as_csv(arrays)), title)


def address(kind: str, text: str) -> str:
    """A data address, of characters that an HTML attribute in double quotes and a URL may hold as they are."""
    return f"data:{kind};charset=utf-8," + quote(text, safe=" =:/(),;-.+*@!'")


def as_csv(arrays: Mapping[str, np.ndarray]) -> str:
    """One line for each row along an array's last axis: the array's name, the indices of the row, its values (seven digits)."""
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(["array", "row", "values along the last axis"])
    for name, array in arrays.items():
        rows = array.reshape(math.prod(array.shape[:-1]), array.shape[-1]) if array.ndim else array.reshape(1, 1)
        places = np.ndindex(array.shape[:-1]) if array.ndim else [()]
        for place, row in zip(places, rows, strict=True):
            lines.writerow([name, " ".join(map(str, place)), *(_written(value) for value in row)])
    return file.getvalue()


def _written(value: np.generic) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, np.floating) else str(value)


def smaller(svg: str) -> str:
    """The same picture in fewer characters: hundredths of a point are the finest that is kept, names are short, notes go."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(svg)  # our own drawing, and comments are not read
    for note in root.findall(f"{{{NAMESPACE}}}metadata"):
        root.remove(note)
    used = {name for element in root.iter() for value in element.attrib.values() for name in NAMED.findall(value)}
    named = [element.get("id", "") for element in root.iter() if element.get("id") in used]
    short = {name: f"a{k}" for k, name in enumerate(named)}
    for element in root.iter():
        element.attrib = {key: value for key, value in _attributes(element, short)}
        if not (element.text or "").strip():
            element.text = None
        element.tail = None
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>").replace('"', "'")


def _attributes(element: ElementTree.Element, short: Mapping[str, str]) -> list[tuple[str, str]]:
    """The attributes that matter, each as short as it can be."""
    found = []
    for key, value in element.attrib.items():
        if key == "id":
            if value in short:
                found.append((key, short[value]))
        elif key == "d":
            found.append((key, _path(value)))
        elif key == LINK and value.startswith("#"):
            found.append(("href", f"#{short[value[1:]]}"))
        elif element.tag == f"{{{NAMESPACE}}}use" and (moved := SHIFT.fullmatch(value)):
            found.append(("x", _rounded(moved[1])))
        elif key in ("x", "y", "width", "height"):
            found.append((key, LONG.sub(lambda number: _rounded(number[0]), value)))
        elif key == "transform":
            rounded = TRANSLATION.sub(lambda moved: LONG.sub(lambda number: _rounded(number[0]), moved[0]), value)
            found.append((key, rounded))
        else:
            value = NAMED.sub(lambda name: f"#{short[name[1]]}" if name[1] in short else name[0], value)
            found.append((key.replace(LINK, "href"), re.sub(r"([:;]) ", r"\1", value) if key == "style" else value))
    return found


def _path(data: str) -> str:
    data = " ".join(LONG.sub(lambda number: _rounded(number[0]), data).split())
    data = re.sub(r" ?([MLQCz]) ?", r"\1", data)
    return JOINED.sub(lambda run: run[1] + run[2] + run[3].replace(run[1], " "), data).replace(" -", "-")


def _rounded(number: str) -> str:
    text = f"{float(number):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
