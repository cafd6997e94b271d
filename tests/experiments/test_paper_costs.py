"""What the published size costs: FLOPs against a count by hand, a row for every published preset, the page as printed."""

import pytest

from contrastive_claims.experiments import paper_costs
from contrastive_claims.experiments.paper_costs import CORE, GPU, ROWS, Row, core_days, flops, gpu_hours, rounded, steps
from contrastive_claims.experiments.text.presets import PRESETS
from contrastive_claims.experiments.training.presets import FOLDER


@pytest.mark.slow
def test_flops_of_a_network_that_is_counted_by_hand():
    places, kernel = 28 * 28, 7 * 7
    products = places * kernel * (3 * 16 + 16 * 32 + 32 * 64 + 64 * 128)
    assert flops("biased-mnist-paper") == 3 * 256 * 2 * products


@pytest.mark.slow
def test_flops_of_bert_base_are_those_of_its_matrices():
    layers, width, _, inner, words = paper_costs.BERT
    matrices = words * (4 * width * width + 2 * width * inner)
    attention = 2 * words * words * width
    texts, made = 2 * paper_costs.TEXTS, PRESETS["bias-in-bios-paper"]
    assert flops("bias-in-bios-paper") == pytest.approx(3 * texts * layers * 2 * (matrices + attention), rel=1e-6)
    assert (paper_costs.TEXTS, paper_costs.TEXT_STEPS, words) == (made.batch, made.steps, made.encoder.longest)


def test_every_published_preset_has_a_row():
    published = {path.stem for path in FOLDER.glob("*-paper.toml")} | {
        name for name in PRESETS if name.endswith("-paper")
    }
    assert {row.preset for row in ROWS} == published
    page = paper_costs.PAGE.read_text("utf-8")
    assert all(f"| {row.shows}" in page and f"| {row.networks} | {steps(row):,} |" in page for row in ROWS)


def test_hours_are_networks_by_steps_by_seconds():
    row = Row("", 3, "biased-mnist-paper")
    assert steps(row) == 80 * 234 and steps(Row("", 1, "cifar100-classification-paper")) == 49_000  # 49 with the last
    assert gpu_hours(row) == pytest.approx(3 * 80 * 234 * GPU["biased-mnist-paper"] / 3600)
    assert core_days(row) == pytest.approx(3 * 80 * 234 * CORE["biased-mnist-paper"] / 86_400)
    assert [rounded(value) for value in (0.0066667, 1.66, 25.4, 624.0, 23_456.0)] == [
        "0.0067",
        "1.7",
        "25",
        "620",
        "23,000",
    ]


@pytest.mark.slow
def test_the_page_is_what_the_command_prints():
    page = paper_costs.PAGE.read_text("utf-8")
    assert page.partition(paper_costs.BEGIN)[2].partition(paper_costs.END)[0] == paper_costs.table()


@pytest.mark.slow
def test_the_step_of_simclr_is_as_long_as_the_table_says_give_or_take():
    for name, taken in CORE.items():
        assert taken / 6 < paper_costs.timed(name, 8) < 6 * taken  # machines differ, orders of magnitude do not
