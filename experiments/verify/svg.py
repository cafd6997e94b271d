"""matplotlib's SVG in fewer bytes, the same picture: `compact` takes out what is said twice, `smaller` what nobody sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2000/svg"
USED = f"{{{NAMESPACE}}}use"
COORDINATES = re.compile(r'\b(d|transform|x|y)="([^"]*)"')
LONGER = re.compile(r"-?\d+\.\d{3,}")
MARK = re.compile(r'<path id="(m[0-9a-f]+)" d="[^"]*" style="([^"]*)"/>')
USE = re.compile(r'(<use href="#(m[0-9a-f]+)"[^>]*?) style="([^"]*)"/>')
GLYPH = re.compile(r'(id="|href="#)([A-Z][\w-]*)-([0-9a-f]+)"')  # a font's name and a glyph's number
PLACE = re.compile(r'(<use href="#[A-Z]\w*") transform="translate\((\S+) (\S+)\)"/>')
LONG = re.compile(r"-?\d+\.\d+")
JOINED = re.compile(r"([LQC])([^A-Za-z]*)((?:\1[^A-Za-z]*)+)")  # a run of one kind of segment
NAMED = re.compile(r"#([\w-]+)")  # a name that is referred to, or a colour
TRANSLATION = re.compile(r"translate\([^)]*\)")
FONT_UNITS, TENS_OF_UNITS = (
    "scale(0.015625)",
    "scale(.15625)",
)  # how matplotlib scales a letter's outline, and how we do
STEPS = re.compile(r"([MLQCz])([-\d. ]*)")
NUMBER = re.compile(r"-?[\d.]+")
POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "z": 1}  # of a step
SHIFT = re.compile(r"translate\((-?[\d.]+) 0\)")


def compact(svg: str) -> str:
    """matplotlib's SVG in fewer bytes, the same picture: coordinates to a hundredth of a point, a mark's style once and not at
    every place too, a letter for each font, SVG 2's href, no comments, no indentation, no names that nothing asks for."""

    def shorter(found: re.Match[str]) -> str:
        text = LONGER.sub(
            lambda n: n[0] if abs(float(n[0])) < 0.1 else _rounded(n[0]), found[2]
        )  # glyphs are scaled by 1/64
        return f'{found[1]}="{" ".join(text.split())}"'

    svg = COORDINATES.sub(shorter, re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL))
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "", 1).replace(" xlink:href=", " href=")
    styles = dict(MARK.findall(svg))
    svg = USE.sub(lambda use: f"{use[1]}/>" if styles.get(use[2]) == use[3] else use[0], svg)
    letters: dict[str, str] = {}
    svg = GLYPH.sub(lambda at: f'{at[1]}{letters.setdefault(at[2], chr(ord("A") + len(letters)))}{at[3]}"', svg)
    svg = PLACE.sub(lambda at: f'{at[1]} x="{at[2]}"' + (f' y="{at[3]}"' if float(at[3]) else "") + "/>", svg)
    asked = set(re.findall(r"#([\w-]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda name: name[0] if name[1] in asked else "", svg)
    return re.sub(r">\s+<", ">\n<", svg)


def smaller(svg: str) -> str:
    """The same picture in fewer characters: hundredths of a point are the finest that is kept (tenths, of marks and
    letters), names are short, notes go."""
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
    for element in root.iter():
        styles = {child.get("style") if child.tag == USED else None for child in element}
        if len(element) > 1 and len(styles) == 1 and None not in styles and "style" not in element.attrib:
            element.set("style", styles.pop() or "")  # inherited by each
            for child in element:
                del child.attrib["style"]
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>").replace('"', "'")


def _attributes(element: ElementTree.Element, short: Mapping[str, str]) -> list[tuple[str, str]]:
    """The attributes that matter, each as short as it can be."""
    found = []
    is_letter = element.get("transform") == FONT_UNITS and not STEPS.sub("", element.get("d", "M"))
    for key, value in element.attrib.items():
        if is_letter and key in ("d", "transform"):
            found.append((key, _letter(value) if key == "d" else TENS_OF_UNITS))
            continue
        if key == "id":
            if value in short:
                found.append((key, short[value]))
        elif key == "d":
            found.append((key, _path(value)))
        elif key == "href" and value.startswith("#"):
            found.append(("href", f"#{short[value[1:]]}"))
        elif element.tag == USED and key in ("x", "y"):
            found.append((key, LONG.sub(lambda number: _rounded(number[0], 1), value)))
        elif element.tag == USED and (moved := SHIFT.fullmatch(value)):
            found.append(("x", _rounded(moved[1])))
        elif key in ("x", "y", "width", "height"):
            found.append((key, LONG.sub(lambda number: _rounded(number[0]), value)))
        elif key == "transform":
            rounded = TRANSLATION.sub(lambda moved: LONG.sub(lambda number: _rounded(number[0]), moved[0]), value)
            found.append((key, rounded))
        else:
            value = NAMED.sub(lambda name: f"#{short[name[1]]}" if name[1] in short else name[0], value)
            found.append((key, re.sub(r"([:;]) ", r"\1", value) if key == "style" else value))
    return found


def _letter(data: str) -> str:
    """A letter's outline in tens of its font's units, each step from where the last one ended."""
    said, start, at = [], (0, 0), (0, 0)
    for step, numbers in STEPS.findall(data):
        values = [round(float(number) / 10) for number in NUMBER.findall(numbers)]
        points = list(zip(values[::2], values[1::2], strict=True))
        for first in range(0, len(points), POINTS[step]):
            if step == "M" and first:
                step = "L"  # what SVG takes further points of a move for
            part = points[first : first + POINTS[step]]
            said.append((step.lower(), [c - here for point in part for c, here in zip(point, at, strict=True)]))
            at = part[-1]
            start = at if step == "M" else start
        if step == "z":
            said.append(("z", []))
            at = start
    text = ""
    for k, (step, moves) in enumerate(said):
        numbers = " ".join(map(str, moves))
        text += " " + numbers if k and step == said[k - 1][0] and step != "m" else step + numbers
    return text.replace(" -", "-")


def _path(data: str) -> str:
    data = " ".join(LONG.sub(lambda number: _rounded(number[0], 1), data).split())
    data = re.sub(r" ?([MLQCz]) ?", r"\1", data)
    return JOINED.sub(lambda run: run[1] + run[2] + run[3].replace(run[1], " "), data).replace(" -", "-")


def _rounded(number: str, places: int = 2) -> str:
    text = f"{float(number):.{places}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
