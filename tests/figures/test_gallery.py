"""The committed gallery is what the committed records draw, and small."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.plain import plain
from contrastive_claims.experiments.verify.drawing import draw, figure_name
from contrastive_claims.experiments.verify.session import draw_gallery
from contrastive_claims.figures.style import said

GALLERY = Path(__file__).parents[2] / "figures" / "gallery"
LARGEST = 4 * 2**20  # bytes, of all its files
SVG = "{http://www.w3.org/2000/svg}"

pytestmark = pytest.mark.skipif(not GALLERY.is_dir(), reason="no gallery beside these sources")


def test_it_holds_every_recorded_figure_and_nothing_else(forms):
    names = {f"{figure_name(claim, scale)}.svg" for claim, scale in forms.values()}
    assert {path.name for path in GALLERY.iterdir()} == names
    assert sum(path.stat().st_size for path in GALLERY.iterdir()) <= LARGEST


def test_its_titles_are_those_of_the_records(recorded_name, recorded_figure, forms):
    """Cheap, and fails for a gallery older than its records or its code, wherever that changed a finding."""
    path = GALLERY / f"{figure_name(*forms[recorded_name])}.svg"
    assert ElementTree.parse(path).findtext(f"{SVG}title") == plain(said(recorded_figure))


def test_a_title_ends_with_the_data_and_encoders_that_it_was_seen_on(recorded_name, recorded_figure, forms):
    claim, _ = forms[recorded_name]
    assert said(recorded_figure).endswith(f" [{claim.setting}]") if claim.setting else "[" not in said(recorded_figure)


@pytest.mark.slow
def test_it_is_drawn_from_the_records_byte_for_byte(recorded_name, forms, tmp_path):
    """With one matplotlib: another draws other bytes."""
    claim, scale = forms[recorded_name]
    (path,) = draw(claim, records.RECORDED / scale, tmp_path, scale, ("svg",))
    assert path.read_bytes() == (GALLERY / path.name).read_bytes()


def test_what_no_claim_draws_any_more_goes(tmp_path, forms):
    claim, scale = forms["A8"]
    for name in ("A8-old-name.svg", "A8-supcon-floor.png", "A15@standard-other.svg"):
        (tmp_path / name).write_text("old")
    draw_gallery(tmp_path, scale, [claim])
    assert {path.name for path in tmp_path.iterdir()} == {"A8-supcon-floor.svg", "A15@standard-other.svg"}


def test_its_formulas_are_shapes_that_every_reader_has(recorded_name, forms):
    text = (GALLERY / f"{figure_name(*forms[recorded_name])}.svg").read_text()
    assert "<text" not in text and not re.search(r"https?://(?!www\.w3\.org|purl\.org|creativecommons\.org)", text)
