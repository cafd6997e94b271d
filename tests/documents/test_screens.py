"""How much a reader sees at once: README within two screens, each page of docs within one, measured in a browser."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SCREEN = 1080  # CSS pixels, of a 1920 x 1080 screen
COLUMN = 896  # what a code host leaves for a README beside its own columns
STYLE = """
    body { margin: 0; width: 896px; font: 16px/1.5 "DejaVu Sans Condensed", sans-serif; }
    h1 { font-size: 2em; } h2 { font-size: 1.5em; } h1, h2 { margin: 24px 0 16px; line-height: 1.25; }
    p, ul, ol, table, pre { margin: 0 0 16px; } pre { padding: 16px; font: 13.6px/1.45 monospace; overflow: auto; }
    table { border-collapse: collapse; } th, td { padding: 6px 13px; border: 1px solid; } img { max-width: 100%; }
"""


def rendered(path):
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(path.read_text("utf-8"))
    return f"<!doctype html><meta charset=utf-8><base href='{path.parent.as_uri()}/'><style>{STYLE}</style>{body}"


@pytest.mark.parametrize(
    ("path", "screens"),
    [(ROOT / "README.md", 2), *((page, 1) for page in sorted((ROOT / "docs").glob("*.md")))],
    ids=str,
)
def test_a_page_fits_its_screens(path, screens, tmp_path, open_browser):
    page = tmp_path / "page.html"
    page.write_text(rendered(path))
    with open_browser(COLUMN, SCREEN) as driver:
        driver.get(page.as_uri())
        shown = "return [...document.images].every((i) => i.naturalWidth > 0)"
        assert driver.execute_script(shown), "an image of the page is not there"
        assert driver.execute_script("return document.body.getBoundingClientRect().height") <= screens * SCREEN
