"""The page in a real browser: what it shows is what is recorded, the closed forms of its script are Python's, and it can be used
by keyboard, with a screen reader, on a phone, in the dark and on paper."""

import base64
import itertools
import json
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlencode

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger.records import RECORDED, load_arrays, recorded, stem
from contrastive_claims.experiments.report import page as room
from contrastive_claims.experiments.report import pictures
from contrastive_claims.experiments.report.gather import EXPLORATORY, PAPERS
from contrastive_claims.experiments.report.uses import all_used
from contrastive_claims.theory.blockmodel import (
    BlockModel,
    collapse_threshold,
    exact_collapse_margin,
    minimise_population,
    vanishing_minority_cosine,
)
from contrastive_claims.theory.blockmodel.limits import many_majorities_cosine, many_majorities_threshold
from contrastive_claims.theory.blockmodel.limits.exact import exact_collapse_multipliers
from contrastive_claims.theory.margins import margin_interval

pytestmark = pytest.mark.browser

BY_ID = {claim.id: claim for claim in CLAIMS}
RECORDS = {r["id"]: r for scale in ("quick", "standard", "paper") for r in recorded(scale).values()}
AXE = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")


def errors(driver):
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def requests(driver):
    """The addresses asked for since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def visible(driver, selector="tr[data-id]"):
    script = (
        "return [...document.querySelectorAll(arguments[0])].filter(r => r.offsetParent).map(r => r.dataset.id ?? r.id)"
    )
    return driver.execute_script(script, selector)


def choose(driver, **values):
    """Set controls as a reader would: their value, and the event that tells of it."""
    for name, value in values.items():
        driver.execute_script(
            "const c = document.getElementsByName(arguments[0])[0]; c.value = arguments[1];"
            "c.dispatchEvent(new Event('input', {bubbles: true}))", name, str(value),
        )  # fmt: skip


def text(driver, name):
    return driver.find_element(By.ID, name).text


def address_state(driver):
    """What the address says, once the page has had the time to write it."""
    driver.execute_async_script("setTimeout(arguments[0], 250)")
    return {key: value[0] for key, value in parse_qs(driver.current_url.partition("#")[2]).items()}


def words(claim):
    """What the filters ask of a claim, from the committed records."""
    record = RECORDS.get(claim.id, {})
    scale = record.get("scale") or next(iter(claim.scales), "quick")
    return {
        "paper": PAPERS.get(claim.id[0], "neither"),
        "verdict": record.get("verdict", "NOT_RUN"),
        "here": record.get("here", ""),
        "evidence": claim.at(scale).method,
        "worded": EXPLORATORY[record.get("exploratory")],
    }


@pytest.fixture
def at(browser, address):
    """Go to the page, afresh, at a state of its address."""

    def go(state=""):
        browser.get("about:blank")
        errors(browser)
        requests(browser)
        browser.get(address + state)
        return browser

    return go


# ---- what it shows ----


def test_it_works_from_a_file_without_an_error_and_asks_for_nothing(at, address):
    driver = at()
    driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    assert errors(driver) == []
    assert driver.current_url.startswith("file://")
    asked = [url for url in requests(driver) if not url.startswith("data:")]
    assert {url.partition("#")[0] for url in asked} == {address}


def test_an_address_on_the_network_would_be_refused_and_seen(at):
    """The control of the test above: the page's own policy stops it, and the console tells."""
    driver = at()
    driver.execute_script("document.body.append(Object.assign(new Image(), {src: 'http://localhost:9/x.png'}))")
    assert any("Content Security Policy" in message or "violates" in message for message in errors(driver))


def test_it_is_under_five_megabytes(address):
    assert Path(address.removeprefix("file://")).stat().st_size < 5e6


def test_the_table_equals_the_records_row_by_row(at):
    driver = at()
    script = "return [...document.querySelectorAll('#claims tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    rows = driver.execute_script(script)
    assert [row[0] for row in rows] == [claim.id for claim in CLAIMS]
    for claim, (_, verdict, here, statement, evidence, worded, source) in zip(CLAIMS, rows, strict=True):
        told = words(claim)
        assert (verdict, here, evidence, worded) == (told["verdict"], told["here"], told["evidence"], told["worded"])
        assert source == claim.source
        assert all(word in statement for piece in claim.statement.split("$")[::2] for word in piece.split()), claim.id


def test_every_figure_loads_and_is_the_record_s(at):
    driver = at()
    driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    loaded = driver.execute_async_script(
        "const done = arguments[0];"
        "Promise.all([...document.images].map(async i => { i.loading = 'eager';"
        " await i.decode().catch(() => 0); return [i.closest('.claim').id, i.naturalWidth, i.alt]; })).then(done)"
    )
    drawn = [
        name
        for name, record in RECORDS.items()
        if BY_ID[name].at(record["scale"]).figure
        and (RECORDED / record["scale"] / f"{stem(name, record['scale'])}.npz").exists()
    ]
    assert sorted(name for name, _, _ in loaded) == sorted(drawn) and len(drawn) > 30
    assert all(width > 100 and alt for _, width, alt in loaded)
    broken = driver.execute_async_script(
        "const done = arguments[0], i = document.images[0]; i.src = i.src.slice(0, 200);"
        "i.decode().catch(() => 0).then(() => done(i.naturalWidth))"
    )
    assert broken == 0  # what a figure that does not load looks like


@pytest.mark.parametrize(("name", "scale"), [("B26", "quick"), ("A24", "standard"), ("B9", "standard")])
def test_a_figure_made_smaller_is_the_same_picture(at, name, scale, monkeypatch):
    kept = []
    monkeypatch.setattr(pictures, "compact", lambda svg: kept.append(svg) or svg)
    monkeypatch.setattr(pictures, "smaller", lambda svg: svg)
    whole = pictures.picture(BY_ID[name], RECORDED / scale, scale).image
    monkeypatch.undo()
    small = pictures.picture(BY_ID[name], RECORDED / scale, scale).image
    differs = """
        const [one, other, done] = arguments;
        const pixels = async (src) => {
          const i = new Image(); i.src = src; await i.decode();
          const c = new OffscreenCanvas(i.naturalWidth, i.naturalHeight).getContext("2d"); c.drawImage(i, 0, 0);
          return c.getImageData(0, 0, i.naturalWidth, i.naturalHeight).data;
        };
        Promise.all([pixels(one), pixels(other)]).then(([a, b]) => {
          let far = 0, ink = 0;
          for (let k = 0; k < a.length; k++) { far += Math.abs(a[k] - b[k]) > 64; ink += a[k] < 200; }
          done([a.length === b.length, far / a.length, ink]);
        });"""
    same_size, far, ink = at().execute_async_script(differs, whole, small)
    assert same_size and far < 1e-3 and ink > 1000
    _, far, _ = at().execute_async_script(
        differs, whole, pictures.picture(BY_ID["A8"], RECORDED / "quick", "quick").image
    )
    assert far > 1e-2  # another picture is told apart


def test_the_data_of_a_figure_are_the_recorded_arrays(at):
    driver = at("#P2")
    link = driver.find_element(By.CSS_SELECTOR, "#P2 a[download]")
    assert link.get_attribute("download") == "P2.csv"
    lines = unquote(link.get_attribute("href").partition(",")[2]).splitlines()
    found = {line.split(",")[0]: line.split(",")[2:] for line in lines[1:]}
    for name, array in load_arrays(RECORDED / "quick" / "P2.npz").items():
        np.testing.assert_allclose(np.array(found[name], float), np.atleast_1d(array), rtol=1e-6)


# ---- filters and address ----


def test_each_filter_and_pairs_of_them_show_what_fits_and_keep_it_in_the_address(at):
    driver = at()
    told = {claim.id: words(claim) for claim in CLAIMS}
    values = {name: sorted({t[name] for t in told.values()} - {""}) for name in next(iter(told.values()))}
    for name, options in values.items():
        shown = driver.execute_script(
            "return [...document.getElementsByName(arguments[0])[0].options].map(o => o.value)", name
        )
        assert shown == ["", *options]
    singles = [{name: value} for name, options in values.items() for value in options]
    pairs = [one | other for one, other in itertools.combinations(singles, 2) if one.keys() != other.keys()]
    for chosen in [*singles, *pairs[::7], {}]:
        choose(driver, **(dict.fromkeys(values, "") | chosen))
        fits = [name for name, t in told.items() if all(t[key] == value for key, value in chosen.items())]
        assert visible(driver) == fits and visible(driver, "details.claim") == fits
        count = f"{len(fits)} of {len(CLAIMS)} claims" if len(fits) < len(CLAIMS) else f"{len(CLAIMS)} claims"
        assert text(driver, "count") == count
        assert address_state(driver) == chosen
    assert errors(driver) == []


def test_an_address_brings_everything_back(at):
    driver = at()
    choose(driver, verdict="OPEN", paper="A", ratio=0.7, tau=0.5, focus="B5")
    state, before = address_state(driver), visible(driver)
    assert 0 < len(before) < len(CLAIMS)
    driver = at("#" + urlencode(state))
    assert visible(driver) == before and address_state(driver) == {
        "verdict": "OPEN", "paper": "A", "ratio": "0.7", "tau": "0.5", "focus": "B5",
    }  # fmt: skip
    assert "0.700" not in text(driver, "regime") and text(driver, "around").startswith("B5 uses")
    driver.find_element(By.CSS_SELECTOR, "#filters button").click()
    driver.implicitly_wait(1)
    driver.execute_async_script("setTimeout(arguments[0], 50)")
    assert visible(driver) == [claim.id for claim in CLAIMS]


@pytest.mark.parametrize(
    "state",
    ["#verdict=NONSENSE", "#claim=Z9", "#Z9", "#ratio=abc&negatives=x", "#%", "#claim=%3Cb%3E", "#focus=Q", "#&&=&"],
)
def test_an_address_that_makes_no_sense_shows_everything(at, state):
    driver = at(state)
    assert errors(driver) == [] and visible(driver) == [claim.id for claim in CLAIMS]
    assert text(driver, "regime").startswith(("No full collapse", "Full collapse"))


def test_a_link_opens_its_claim_keeps_the_filters_and_back_returns(at):
    driver = at("#paper=A")
    driver.execute_script("document.querySelector('tr[data-id=A5] a').click()")
    assert driver.find_element(By.ID, "A5").get_attribute("open") and address_state(driver) == {
        "paper": "A",
        "claim": "A5",
    }
    driver.execute_script("document.querySelector('.results a[href=\"#B5\"]').click()")  # not among those of paper A
    assert "B5" in visible(driver, "details.claim") and driver.find_element(By.ID, "B5").get_attribute("open")
    driver.back()
    driver.execute_async_script("setTimeout(arguments[0], 100)")
    assert address_state(driver) == {"paper": "A", "claim": "A5"} and "B5" not in visible(driver, "details.claim")
    driver = at("#B18")
    assert driver.find_element(By.ID, "B18").get_attribute("open") and address_state(driver) == {"claim": "B18"}
    assert abs(driver.execute_script("return document.getElementById('B18').getBoundingClientRect().top")) < 60


def test_a_slider_that_moves_much_ends_in_the_address(at):
    """Chromium takes two hundred addresses in thirty seconds and drops the rest."""
    driver = at()
    driver.execute_script(
        "const c = document.getElementById('loss');"
        "for (let k = 0; k < 400; k++) { c.value = k / 100; c.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    assert address_state(driver) == {"loss": "3.99"} and errors(driver) == []


# ---- the live pictures: the script's closed forms against Python's ----


def computed(driver, expression, points):
    """What the script computes at each point: `expression` of x."""
    return driver.execute_script(f"return arguments[0].map((x) => {expression})", [list(map(float, p)) for p in points])


@pytest.fixture
def points(seed):
    return np.random.default_rng([17, seed])


def test_thresholds_and_cosines_of_a_vanishing_minority(at, points):
    driver = at()
    drawn = [(m, r, t) for m, r, t in zip(points.integers(2, 13, 300), points.uniform(0.01, 1.5, 300),
                                          np.exp(points.uniform(-3, 1.1, 300)), strict=True)]  # fmt: skip
    edges = computed(driver, "theory.threshold(x[0], x[2])", drawn)
    cosines = computed(driver, "theory.cosine(...x)", drawn)
    np.testing.assert_allclose(edges, [many_majorities_threshold(int(m), t) for m, _, t in drawn], atol=1e-12)
    np.testing.assert_allclose(cosines, [many_majorities_cosine(int(m), r, t) for m, r, t in drawn], atol=1e-9)
    two = [p for p in drawn if p[0] == 2]
    assert len(two) > 5
    np.testing.assert_allclose(
        computed(driver, "theory.cosine(...x)", two), [vanishing_minority_cosine(r, t) for _, r, t in two], atol=1e-9
    )
    np.testing.assert_allclose(
        computed(driver, "theory.threshold(x[0], x[2])", two), [collapse_threshold(t) for _, _, t in two], atol=1e-12
    )
    assert 0 < sum(c == 1 for c in cosines) < 300  # on both sides of the boundary


def three_blocks(share, ratio):
    scale = 1 / max(1.0, ratio)
    rest = (1 - share) / 2
    return BlockModel([share, rest, rest], [[scale, ratio * scale, 0], [ratio * scale, scale, 0], [0, 0, scale]])


def test_margins_multipliers_and_optima_at_a_finite_share(at, points):
    driver = at()
    drawn = list(
        zip(points.uniform(0.005, 0.33, 40), points.uniform(0.05, 1.5, 40), points.uniform(0.25, 3, 40), strict=True)
    )
    merged = computed(driver, "theory.merged(...x)", drawn)
    optima = computed(driver, "theory.optimum(...x)", drawn)
    edges = computed(driver, "theory.thresholdAt(x[0], x[2])", drawn)
    apart = 0
    for (share, ratio, tau), found, angles, edge in zip(drawn, merged, optima, edges, strict=True):
        model = three_blocks(share, ratio)
        margin = exact_collapse_margin(model, tau)
        assert found["margin"] == pytest.approx(margin, abs=1e-10)
        assert (margin >= 0) == (ratio >= edge)
        if margin >= 0:
            assert found["multiplier"] == pytest.approx(exact_collapse_multipliers(model, tau)[0], abs=1e-10)
        optimum = minimise_population(model, tau)
        cosines = [np.cos(angles["minority"]), -np.cos(angles["third"] - angles["minority"]), -np.cos(angles["third"])]
        np.testing.assert_allclose(cosines, optimum.gram[[0, 0, 1], [1, 2, 2]], atol=2e-6)
        apart += margin < 0
    assert 5 < apart < 35


def test_margin_intervals(at, points):
    driver = at()
    drawn = [(loss, n, eps, tau) for loss, n, eps, tau in zip(
        points.uniform(-1, 10, 400), np.ceil(np.exp(points.uniform(0, 9, 400))), points.uniform(0, 3, 400),
        points.uniform(0.02, 2, 400), strict=True)]  # fmt: skip
    free = computed(driver, "theory.marginInterval(x[0], x[1], x[2])", drawn)
    sphere = computed(driver, "theory.marginInterval(...x)", drawn)
    refused = 0
    for (loss, n, eps, tau), one, other in zip(drawn, free, sphere, strict=True):
        for found, more in ((one, ()), (other, (tau,))):
            try:
                expected = margin_interval(loss, n, eps, *more)
            except ValueError:
                assert found is None
                refused += 1
            else:
                np.testing.assert_allclose(found, expected, atol=1e-9)
    assert 20 < refused < 700


def test_sliders_move_the_words_and_the_pictures(at):
    driver = at()
    for ratio, tau, majorities in ((0.42, 1, 2), (0.9, 1, 2), (0.2, 0.5, 10), (0.2, 0.4, 6), (1.5, 0.05, 2)):
        choose(driver, ratio=ratio, tau=tau, majorities=majorities)
        edge, cosine = many_majorities_threshold(majorities, tau), many_majorities_cosine(majorities, ratio, tau)
        told = text(driver, "regime")
        full = "Full collapse: the minority and its majority share one vector (cosine 1), as {}/p ≥ {:.3f}."
        partial = "No full collapse: cosine {2:.3f}. Full collapse begins at {0}/p = {1:.3f}."
        assert told == (full if ratio >= edge else partial).format("\N{GREEK SMALL LETTER ALPHA}", edge, cosine)
        arm = driver.find_element(By.CSS_SELECTOR, "#circle .arm.minority")
        assert (float(arm.get_attribute("x2")) - 200) / 105 == pytest.approx(cosine, abs=1e-9)
        mark = driver.find_element(By.CSS_SELECTOR, "#phases .mark")
        assert (float(mark.get_attribute("cx")) - 48) / (390 - 48) == pytest.approx(ratio / 1.5)
        disabled = driver.find_element(By.ID, "share").get_property("disabled")
        assert disabled == (majorities != 2)
    choose(driver, ratio=0.3, tau=1, majorities=2, share=0.2)
    gram = minimise_population(three_blocks(0.2, 0.3), 1.0).gram
    assert f"cosine {gram[0, 1]:.3f}" in text(driver, "regime")
    choose(driver, share=0.01, ratio=1.2, tau=2.9)
    assert "Full collapse" in text(driver, "regime")
    assert errors(driver) == []


def test_the_margin_s_words_and_its_bad_input(at):
    driver = at()
    choose(driver, loss=0.4, negatives=230, epsilon=0.25, sphere=0.3)
    (low, high), (sphere_low, sphere_high) = margin_interval(0.4, 230, 0.25), margin_interval(0.4, 230, 0.25, 0.3)
    told = text(driver, "interval")
    assert (
        f"from {low:.3f} to {high:.3f} logits" in told and f"from {sphere_low:.3f} to {sphere_high:.3f} logits" in told
    )
    assert f"from {0.3 * sphere_low:.3f} to {0.3 * sphere_high:.3f} in cosines" in told and "at least ε" in told
    bar = driver.find_element(By.CSS_SELECTOR, "#band .mark").get_attribute("d")
    ends = [8 - 20 * (float(point.split()[1]) - 10) / 245 for point in bar[1:].split("L")]
    assert ends == pytest.approx([sphere_low, sphere_high], abs=0.01)
    choose(driver, sphere=2)
    assert "no vectors have this loss" in text(driver, "interval")
    choose(driver, loss=-0.9)
    assert text(driver, "interval").startswith("No logits have this loss: it exceeds \N{MINUS SIGN}ε = -0.25")
    for bad in ("", "0", "1.5", "-3"):
        choose(driver, negatives=bad)
        assert text(driver, "interval") == "N must be a whole number from 1 on."
    assert errors(driver) == []


# ---- the graph ----


def test_the_graph_is_the_derived_one_and_focus_shows_what_is_reached(at, committed):
    driver = at()
    made = room.graph(committed)
    names = "return [...document.querySelectorAll('#drawing .node')].map(n => n.getAttribute('href').slice(1))"
    assert driver.execute_script(names) == [node["id"] for node in made["nodes"]]
    assert len(driver.find_elements(By.CSS_SELECTOR, "#drawing .use")) == len(made["uses"])
    for focus in ("B5", "B26", "A17", "A12"):
        choose(driver, focus=focus)
        below = all_used(focus, committed.uses)
        above = {node["id"] for node in made["nodes"] if focus in all_used(node["id"], committed.uses)}
        assert set(driver.execute_script(names)) == {focus} | below | above
        assert text(driver, "around").startswith(f"{focus} uses {len(below)} claims and is used by {len(above)},")
    inner = "return [...document.querySelectorAll('#drawing .node')].map(n => n.querySelectorAll('rect').length)"
    choose(driver, focus="")
    assert driver.execute_script(inner) == [1 + node["all"] for node in made["nodes"]]
    driver.find_element(By.CSS_SELECTOR, "#drawing a[href='#B17']").click()
    assert driver.find_element(By.ID, "B17").get_attribute("open")
    driver.execute_script("document.querySelector('#B17 a[href=\"#focus=B17\"]').click()")
    assert address_state(driver) == {"claim": "B17", "focus": "B17"}


# ---- everyone ----


def violations(driver):
    driver.execute_script(AXE)
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations), (e) => done([{id: String(e)}]))"
    )
    return [(found["id"], node["html"][:120]) for found in found for node in found.get("nodes", [{"html": ""}])]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_axe_finds_no_violation(address, open_browser, width, dark):
    with open_browser(width, dark=dark) as driver:
        driver.get(address)
        driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
        assert violations(driver) == []
        assert errors(driver) == []


def test_axe_would_find_one(at):
    driver = at()
    driver.execute_script(
        "document.querySelector('label[for=ratio]').remove(); document.querySelector('.dim').style.color = '#ddd';"
        "document.querySelector('#A2').open = true; document.querySelector('#A2 img').removeAttribute('alt')"
    )
    assert {"label", "color-contrast", "image-alt"} <= {name for name, _ in violations(driver)}


def test_by_keyboard_alone(at):
    driver = at()

    def press(*keys):
        for key in keys:
            driver.switch_to.active_element.send_keys(key)

    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert driver.switch_to.active_element.text == "To the table of claims"  # seen once it has the focus
    press(Keys.ENTER)
    driver.find_element(By.NAME, "verdict").send_keys("REFUTED")
    assert visible(driver) == [claim.id for claim in CLAIMS if words(claim)["verdict"] == "REFUTED"]
    driver.find_element(By.CSS_SELECTOR, "tr[data-id=A9] a").send_keys(Keys.ENTER)
    focused = driver.switch_to.active_element
    assert focused.tag_name == "summary" and focused.text.startswith("A9 REFUTED")
    press(Keys.SPACE)
    assert not driver.find_element(By.ID, "A9").get_attribute("open")
    before = text(driver, "regime")
    driver.find_element(By.ID, "ratio").send_keys(Keys.ARROW_RIGHT * 20)
    assert driver.find_element(By.ID, "ratio").get_attribute("value") == "0.62" and text(driver, "regime") != before
    outline = driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_width_scrolls_sideways(address, open_browser, width):
    with open_browser(width) as driver:
        driver.get(address)
        driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
        inner, whole = driver.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
        assert inner == width and whole <= width
        wide = driver.execute_script(
            "return [...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth &&"
            " getComputedStyle(e).overflowX === 'visible' && getComputedStyle(e).display !== 'inline' &&"
            " e.getBoundingClientRect().left + e.scrollWidth > innerWidth + 1 && !e.closest('.scroll, pre, math, svg'))"
            ".map(e => e.outerHTML.slice(0, 100))"
        )
        assert wide == []


def test_dark_is_dark_and_light_is_light(address, open_browser):
    def brightness(dark):
        with open_browser(dark=dark) as driver:
            driver.get(address)
            return driver.execute_script(
                "return ['backgroundColor', 'color'].map(p => getComputedStyle(document.body)[p].match(/\\d+/g)[1])"
            )

    (back, ink), (dark_back, dark_ink) = (map(int, brightness(dark)) for dark in (False, True))
    assert back > 240 > 100 > ink and dark_back < 60 < 200 < dark_ink


def test_on_paper_the_claims_are_open_and_the_controls_gone(at):
    driver = at("#verdict=REFUTED")
    printed = base64.b64decode(driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert printed.startswith(b"%PDF") and printed.count(b"/Type /Page\n") > 3
    opened = driver.execute_script("return [...document.querySelectorAll('details.claim[open]')].map(d => d.id)")
    assert opened == visible(driver, "details.claim") and len(opened) == 6
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not any(
            element.is_displayed() for element in driver.find_elements(By.CSS_SELECTOR, "nav, #filters, .controls")
        )
        assert driver.find_element(By.ID, "claims").is_displayed()
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_script_everything_but_the_pictures_is_there(address, open_browser):
    with open_browser(script=False) as driver:
        driver.get(address)
        found = driver.page_source  # the DOM, as parsed
        assert found.count('<details class="claim"') == len(CLAIMS) and found.count("This picture needs a script.") == 3
        assert driver.find_element(By.ID, "claims").is_displayed()
        assert "This picture needs a script." in driver.find_element(By.TAG_NAME, "main").text


def test_hostile_records_do_nothing(browser, tmp_path, hostile_report):
    path = tmp_path / "report.html"
    room.write(hostile_report, path)
    errors(browser)
    browser.get(path.as_uri())
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    assert browser.execute_script("return [window.stolen, document.images.length, document.scripts.length]") == [
        None,
        0,
        2,
    ]
    assert errors(browser) == [] and len(visible(browser)) == 2
    state = quote("<script>window.stolen=1</script>")
    browser.get("about:blank")
    browser.get(f"{path.as_uri()}#claim={state}&focus={state}&verdict={state}")
    assert browser.execute_script("return window.stolen") is None and errors(browser) == []
