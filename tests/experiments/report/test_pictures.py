"""A figure for the page: the same picture in fewer bytes, and its arrays as CSV."""

import csv
import io
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger.records import RECORDED, load_arrays, stem
from contrastive_claims.experiments.report import pictures
from contrastive_claims.experiments.report.pictures import address, as_csv, picture
from contrastive_claims.experiments.verify.svg import compact, smaller

BY_ID = {claim.id: claim for claim in CLAIMS}
SVG = "{http://www.w3.org/2000/svg}"


def content(data_address):
    head, _, body = data_address.partition(",")
    return head, unquote(body)


def from_csv(text):
    """The arrays again, by their rows."""
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["array", "row", "values along the last axis"]
    found = {}
    for name, row, *values in rows[1:]:
        found.setdefault(name, []).append((tuple(map(int, row.split())), values))
    return found


@given(st.dictionaries(st.text("abc_", min_size=1), hnp.arrays(float, hnp.array_shapes(min_dims=0, max_dims=4, max_side=3),
                                                               elements=st.floats(-1e9, 1e9)), max_size=3))  # fmt: skip
def test_a_csv_holds_every_number_to_seven_digits(arrays):
    found = from_csv(as_csv(arrays))
    assert found.keys() == arrays.keys()
    for name, rows in found.items():
        for place, values in rows:
            expected = np.atleast_1d(arrays[name][place])
            np.testing.assert_allclose(np.array(values, float), expected, rtol=5e-7)
        assert sum(len(values) for _, values in rows) == arrays[name].size


def test_a_csv_holds_names_and_whole_numbers_as_they_are():
    text = as_csv(
        {"names": np.array(["a,b", 'say "c"']), "sizes": np.array([[3], [123456789]]), "none": np.array([], int)}
    )
    assert from_csv(text) == {
        "none": [((), [])],
        "names": [((), ["a,b", 'say "c"'])],
        "sizes": [((0,), ["3"]), ((1,), ["123456789"])],
    }


@pytest.mark.parametrize(("name", "scale"), [("A8", "quick"), ("B9", "standard"), ("P2", "quick")])
def test_a_picture_is_smaller_and_shows_as_many_things(name, scale, monkeypatch):
    drawn = []
    monkeypatch.setattr(pictures, "compact", lambda svg: drawn.append(svg) or compact(svg))
    found = picture(BY_ID[name], RECORDED / scale, scale)
    head, svg = content(found.image)
    assert head == "data:image/svg+xml;charset=utf-8" and len(svg) < 0.85 * len(drawn[0])
    before, after = ElementTree.fromstring(drawn[0]), ElementTree.fromstring(svg)
    for tag in ("path", "use", "image", "clipPath"):
        assert len(list(after.iter(SVG + tag))) == len(list(before.iter(SVG + tag)))
    named = {element.get("id") for element in after.iter()} - {None}
    used = set(re.findall(r"(?:url\(|href=')#(\w+)", svg))
    assert used == named and used  # every name is used, and every use has its name
    arrays = load_arrays(RECORDED / scale / f"{stem(name, scale)}.npz")
    assert from_csv(content(found.table)[1]).keys() == arrays.keys()
    assert found.title and "$" not in found.title


def test_the_same_evidence_gives_the_same_picture():
    assert picture(BY_ID["A8"], RECORDED / "quick", "quick") == picture(BY_ID["A8"], RECORDED / "quick", "quick")


def test_no_figure_or_no_arrays_is_no_picture(tmp_path):
    assert picture(BY_ID["A1"], RECORDED / "quick", "quick") is None
    assert picture(BY_ID["A8"], tmp_path, "quick") is None


@given(st.text(max_size=50))
def test_an_address_holds_its_text_and_nothing_that_ends_an_attribute(text):
    made = address("text/csv", text)
    assert content(made)[1] == text and not set('"<>&#\n') & set(made.partition(",")[2])


POINT = st.tuples(st.integers(-300, 6000), st.integers(-300, 6000))
OUTLINES = st.lists(
    st.tuples(
        POINT, st.lists(st.one_of(*(st.tuples(st.just(step), st.lists(POINT, min_size=n, max_size=n)) for step, n in
                                    (("L", 1), ("Q", 2), ("C", 3)))), min_size=1, max_size=6),
    ), min_size=1, max_size=3,
)  # fmt: skip


def followed(path):
    """The points of a path of relative steps, by SVG's rules."""
    found, at, start = [], (0, 0), (0, 0)
    for step, numbers in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path):
        values = [int(number) for number in re.findall(r"-?\d+", numbers)]
        each = {"m": 2, "l": 2, "q": 4, "c": 6, "z": 1}[step]
        for first in range(0, len(values), each):
            part = values[first : first + each]
            points = [(at[0] + x, at[1] + y) for x, y in zip(part[::2], part[1::2], strict=True)]
            found += points
            at = points[-1]
            start = at if step == "m" else start
        at = start if step == "z" else at
    return found


@given(OUTLINES)
def test_a_letter_keeps_every_point_to_half_a_step(outlines):
    """However many steps: what rounding takes from one is not missing in the next."""
    text, points = "", []
    for start, steps in outlines:
        text += f"M {start[0]} {start[1]} "
        points.append(start)
        for step, part in steps:
            text += step + " " + " ".join(f"{x} {y}" for x, y in part) + " "
            points += part
        text += "z "
    svg = f'<svg xmlns="{SVG[1:-1]}"><defs><path id="a" d="{text}" transform="scale(0.015625)"/></defs><use href="#a"/></svg>'
    letter = next(ElementTree.fromstring(smaller(svg)).iter(SVG + "path"))
    assert letter.get("transform") == "scale(.15625)"
    np.testing.assert_allclose(10 * np.array(followed(letter.get("d"))), points, atol=5)
    assert smaller(smaller(svg)) == smaller(svg)
