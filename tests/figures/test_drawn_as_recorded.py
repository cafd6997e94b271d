"""What the recorded figures draw is what is recorded: every number named below stands in its place, and no mark elsewhere."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D

from contrastive_claims.experiments.ledger import records
from contrastive_claims.figures.style import new_figure, number, said

X, Y = 0, 1


def differences(a):
    gain = a["by_seed"][1, ..., 0] - a["by_seed"][0, ..., 0]
    return {
        0: [(Y, a["accuracy"], a["low"], a["high"], a["by_seed"], a["published"])],
        1: [(Y, gain.mean(axis=1), gain)],
    }


def compared(a):
    return {
        k: [(X, a["accuracy"][k], a["low"][k], a["high"][k], a["by_seed"][..., k], *([] if k else [a["published"]]))]
        for k in (0, 1)
    }


def of_neighbours(a):
    own = np.arange(len(a["names"]))
    parts = [a[name][own, a["neighbours"]] for name in ("mean", "low", "high")]
    return {0: [("image", a["mean"])], 1: [(Y, *parts, a["published"])]}


def of_own(a):
    own = np.arange(len(a["names"]))
    return {0: [("image", a["mean"])], 1: [(Y, *(a[n][own, own] for n in ("mean", "low", "high")), a["published"])]}


def of_groups(a):
    here = np.arange(len(a["own"])), a["partners"]
    ends = [a[name][here] for name in ("low", "high")]
    return {0: [(X, a["mean"], *ends)], 1: [(X, a["kept"])], 2: [(Y, a["course"].mean(axis=-1))]}


def phases(a):
    """On every row of a grid the last optimum that is apart and the first that has merged; and those whose minority spreads."""
    found = {}
    for k, (x, y, values) in enumerate(
        (
            ("ratios", "shares", a["by_share"]),
            ("ratios", "temperatures", a["by_temperature"]),
            ("ratios", "inner", a["by_inner"]),
            ("alphas", "withins", a["unequal"][0]),
            ("alphas", "withins", a["unequal"][1]),
            ("ratios", "blocks", a["by_blocks"]),
        )
    ):
        merged = 1 - (values[..., 0] if values.ndim == 3 else values) < 1e-6
        rows = np.flatnonzero(merged.any(axis=1) & ~merged.all(axis=1))
        first = merged[rows].argmax(axis=1)
        spread = np.nonzero(values[..., 1] > 1e-9) if values.ndim == 3 else ([], [])
        across, up = np.concatenate([first, first - 1, spread[1]]), np.concatenate([rows, spread[0]])
        found[k] = [(X, a[x][across.astype(int)]), (Y, a[y][up.astype(int)])]
    found[5].append(("image", a["by_blocks"]))
    return found


# of each drawing: {axes: [(X or Y or "image" or "text", arrays whose numbers are drawn there), ...]}
DRAWN = {
    "hinge_sandwich": lambda a: {0: [(X, a["hinge"]), (Y, a["slack"] / a["room"])]},
    "margin_interval": lambda a: {0: [(Y, a["low"] - a["margin"], a["high"] - a["margin"])]},
    "supcon_floor": lambda a: {0: [(Y, a["sup_con"], a["sup_infonce"], np.log(a["positives"])), (X, a["margin"])]},
    "margins_by_epsilon": lambda a: {
        **{t: [(Y, *(a[n][t] for n in ("difference", "low", "high")))] for t in range(len(a["temperatures"]))},
        2: [(X, a["free_epsilons"]), (Y, a["free_margins"])],
        3: [(X, a["graph_epsilons"]), (Y, a["graph_margins"])],
    },
    "distance_ordering": lambda a: {
        0: [(Y, a["distances"], a["distances"].mean(axis=3))],
        1: [(X, a["stronger_class"][:, 1], a["stronger_bias"][:, 1]), (Y, a["stronger_class"][:, 2], a["stronger_bias"][:, 2])],
        2: [(Y, a["supcon"])],
    },
    "encoder_distances": lambda a: {
        **{d: [(Y, a["mean"][0, :, :, d], a["mean"][0, :, :, d].mean(axis=1))] for d in (0, 1)},
        **{2 + d: [(X, a["mean"][:, list(a["rhos"]).index(a["shown_rho"]), :, d].mean(axis=1))] for d in (0, 1)},
    },
    "debiased_accuracy": differences,
    "penalties_compared": compared,
    "beside_published": lambda a: {
        0: [(X, a["accuracy"], a["by_seed"], a["published"])],
        1: [(X, a["tuning"][:, 0]), (Y, a["tuning"][:, 1])],
    },
    "published_table": lambda a: {0: [(Y, a["accuracy"], a["by_seed"])], 1: [(Y, a["published"])]},
    "losses_by_rho": lambda a: {
        0: [(Y, a["accuracy"], a["by_seed"], a["published"])],
        1: [(Y, a["lead"], a["by_seed"][-1] - a["by_seed"][-2])],
    },
    "accuracy_by_epsilon": lambda a: {0: [(Y, a["tuning"], a["accuracy"], a["by_seed"])]},
    "losses_in_order": lambda a: {
        0: [(Y, 100 * a["accuracy"], 100 * a["interval"])],
        1: [(Y, 100 * (a["accuracy"] - a["accuracy"][0]), 100 * (a["accuracy"] - a["accuracy"][0]).mean(axis=1),
             100 * (a["published"] - a["published"][0]))],
    },
    "penalty_parts": lambda a: {
        0: [(X, a["accuracy"], a["by_seed"], a["published"])],
        1: [(X, a["mean"][..., :2].mean(axis=1))],
        2: [(X, a["dose"][:, 0]), (Y, a["dose"][:, 1])],
        3: [(X, a["dose"][:, 0]), (Y, a["dose"][:, 2:])],
    },
    "bounds_and_optimum": lambda a: {
        **{d: [(Y, ((a["average"] - a["low"]) / (a["high"] - a["low"]))[:, d])] for d in (0, 1)},
        2: [(Y, a["margin"], a["optimum"])],
        3: [(X, a["collapse"][..., 0]), (Y, a["gap"])],
    },
    "loss_convergence": lambda a: {
        0: [(X, a["sizes"]), (Y, abs(a["differences"]), (a["differences"] ** 2).mean(axis=0) ** 0.5)],
        1: [(X, a["degrees"]), (Y, a["relaxed"], a["relaxed"].mean(axis=0))],
    },
    "printed_minimisers": lambda a: {0: [(X, a["sizes"]), (Y, a["spreads"], a["spreads"].mean(axis=0))]},
    "minimisers": lambda a: {
        0: [(X, a["sizes"], a["failing_sizes"]),
            (Y, a["spread"], a["spread"].mean(axis=0), a["failing"], a["failing"].mean(axis=1))]
    },
    "sparse_law": lambda a: {
        0: [(X, a["law"]), (Y, a["critical"])],
        1: [(X, a["sizes"]), (Y, a["ranks"], a["ranks"].mean(axis=0))],
    },
    "vanishing_minority": lambda a: {
        0: [(X, a["shares"]), (Y, a["cosines"][..., 0], a["limits"])],
        1: [(Y, np.where(1 + a["cosines"][..., 1] > 1e-14, 1 + a["cosines"][..., 1], np.nan))],
    },
    "vanishing_limit": lambda a: {0: [(X, a["ratios"]), (Y, a["cosines"])]},
    "uniform_connections": lambda a: {0: [(X, a["ratios"]), (Y, a["cosines"])]},
    "temperature": lambda a: {
        0: [(X, a["temperatures"]), (Y, a["thresholds"])],
        1: [(Y, a["cosines"])],
        2: [(Y, a["harm"])],
    },
    "majorities": lambda a: {0: [(X, a["temperatures"]), (Y, a["thresholds"])], 1: [(Y, a["unequal"])]},
    "connected": lambda a: {0: [(X, a["betweens"], a["grid"]), (Y, a["cosines"], a["curves"])]},
    "biased_boundary": lambda a: {0: [(X, a["betas"]), (Y, a["cosines"], a["curves"])]},
    "slip": lambda a: {0: [(X, a["shares"]), (Y, a["right"], a["slipped"])]},
    "spread": lambda a: {0: [(X, a["parts"]), (Y, a["distances"])]},
    "rates": lambda a: {
        0: [(X, a["predicted"]), (Y, a["measured"][:, np.argmin(a["shares"])])],
        1: [(X, a["shares"]), (Y, abs(a["measured"] - a["predicted"][:, None]))],
    },
    "two_minorities": lambda a: {0: [(X, a["shares"]), (Y, a["cosines"], a["predicted"])]},
    "phase_diagrams": phases,
    "published_panels": lambda a: {
        0: [(X, *(a[n] - a["published"] for n in ("low", "high")), a["cosines"] - a["published"][:, None],
             a["cosines"].mean(axis=1) - a["published"])]
    },
    "published_population": lambda a: {
        0: [(X, a["shares"], a["grid"]), (Y, *(a[n] for n in (
            "published", "scripted", "wrong_optimum", "right_optimum", "wrong_curve", "right_curve", "limit")))],
    },
    "harm_rows": lambda a: {k: [(Y, a["rows"][k], a["rows"][k].mean(axis=0))] for k in range(len(a["classes"]))},
    "harm_matrix": of_neighbours,
    "total_effects": of_own,
    "indirect_effects": lambda a: {
        0: [(Y, a["total"][0], a["indirect"], a["total"][1:])],
        1: [(Y, a["published_total"], a["published_indirect"])],
    },
    "shares": lambda a: {0: [(X, 100 * a["shares"], 100 * a["seeds"], 100 * a["published"])]},
    "harm_by_method": lambda a: {0: [(Y, a["harm"][:, 0], a["rest"])], 1: [(Y, a["published"])]},
    "harm_by_setting": lambda a: {
        **{k: [(X, a["harm"][:, k], a["rest"][:, k], *([] if k else [a["published"]]))] for k in (0, 1, 2)},
        3: [(Y, a["layers"], a["layers"].mean(axis=2))],
    },
    "collapse_partners": lambda a: {
        0: [("image", np.maximum(a["connectivity"], a["connectivity"][a["connectivity"] > 0].min()))],
        1: [("image", a["rows"]),
            (X, a["predicted"][a["predicted"] >= 0], a["tied"], a["declared"], np.nanargmin(a["rows"], axis=1))],
    },
    "harm_of_groups": of_groups,
    "what_groups_lose": lambda a: {0: [(X, a["kept"])], 1: [(X, a["indirect"])]},
    "partners_of_groups": lambda a: {
        0: [(X, a["predicted"][a["predicted"] >= 0], a["tied"], a["declared"], a["measured"])]
    },
    "moves_and_mergers": lambda a: {0: [(X, a["seen"], a["fresh"])]},
    "harm_along_pretraining": lambda a: {0: [(X, a["curve"], a["curve"][:, 0] - a["rest"], a["published"])]},
    "measures_of_harm": lambda a: {
        k + 4 * row: [(Y, outcome)]
        for row, outcome in enumerate((a["accuracy"].mean(axis=0), -a["lost"].mean(axis=0))) for k in range(4)
    },
    "kl_mechanism": lambda a: {k: [(Y, a["kl"][:, part], a["means"][:, part])] for k, part in enumerate((0, 2, 3))},
    "harm_by_temperature": lambda a: {
        0: [(Y, a["interval"], a["rest"], a["predicted"], a["seeds"], a["published"])],
        1: [(Y, a["kept"])],
        2: [(Y, a["cosines"], a["cosines"].mean(axis=2))],
    },
    "mitigations": lambda a: {
        0: [(X, a["harm"], a["seeds"], a["published"])],
        1: [(X, a["indirect"], a["published_indirect"])],
        2: [(X, a["accuracy"])],
    },
}  # fmt: skip
LEFT_OUT = {"harm_by_method": "a mark at the edge says that the interval goes on"}


def is_marked(line: Line2D):
    return line.get_marker() not in ("", " ", "None", None)


def numbers(ax, what):
    """All numbers that an axes draws along X, along Y, or in its image; and those that bear a mark."""
    if what == "image":
        images = [*ax.images, *(mesh for mesh in ax.collections if hasattr(mesh, "get_coordinates"))]
        values = np.concatenate([np.ma.filled(np.ma.asarray(i.get_array(), float), np.nan).ravel() for i in images])
        return values, values
    lines = [(np.asarray(line.get_xydata(), float)[:, what], is_marked(line)) for line in ax.get_lines()]
    dots = [np.asarray(c.get_offsets(), float)[:, what] for c in ax.collections if isinstance(c, PathCollection)]
    bars = [[bar.get_height() for bar in ax.patches]] if what == Y and ax.containers else []
    values = np.concatenate([np.empty(0), *(values for values, _ in lines), *dots, *bars])
    marked = np.concatenate([np.empty(0), *(values for values, mark in lines if mark), *dots, *bars])
    return values, marked


def missing(wanted, among):
    """Which finite numbers of `wanted` are not `among` others, up to rounding."""
    wanted, among = np.unique(wanted[np.isfinite(wanted)]), np.unique(among[np.isfinite(among)])
    if not len(among):
        return wanted
    after = np.clip(np.searchsorted(among, wanted), 1, len(among) - 1) if len(among) > 1 else np.zeros(len(wanted), int)
    gap = np.minimum(abs(among[after] - wanted), abs(among[after - 1] - wanted))
    return wanted[gap > 1e-9 + 1e-7 * abs(wanted)]


def departures(figure, expected):
    """What of the expected numbers is not drawn, and what is marked without being expected."""
    found = []
    for k, parts in expected.items():
        for what, *arrays in parts:
            wanted = np.concatenate([np.ravel(np.asarray(array, float)) for array in arrays])
            values, marked = numbers(figure.axes[k], what)
            found += [f"axes {k}, {what}: {value:g} is not drawn" for value in missing(wanted, values)]
            found += [f"axes {k}, {what}: {value:g} is not recorded" for value in missing(marked, wanted)]
    return found


def drawing(recorded_name, forms):
    return forms[recorded_name][0].figure.partition(":")[2]


def test_every_recorded_drawing_is_compared(forms):
    assert {drawing(name, forms) for name in forms} == DRAWN.keys()


def test_drawn_as_recorded(recorded_name, recorded_figure, recorded_arrays, forms):
    name = drawing(recorded_name, forms)
    found = departures(recorded_figure, DRAWN[name](recorded_arrays))
    if name in LEFT_OUT:
        found = [line for line in found if not line.endswith("is not recorded")]
    assert not found, "\n".join(found[:20])


def test_a_number_that_is_drawn_amiss_is_told(recorded_name, recorded_figure, recorded_arrays, forms):
    """The control: against a record in which one number differs, in each array in turn."""
    expected = DRAWN[drawing(recorded_name, forms)](recorded_arrays)
    for k, parts in expected.items():
        for p, (what, *arrays) in enumerate(parts):
            for place in range(len(arrays)):
                spoilt = np.array(arrays[place], float)
                first = np.flatnonzero(np.isfinite(spoilt))
                if not len(first):
                    continue  # nothing was published
                spoilt.flat[first[0]] += 0.0137 * max(1.0, abs(spoilt.flat[first[0]]))
                changed = [*arrays[:place], spoilt, *arrays[place + 1 :]]
                told = departures(recorded_figure, {k: [*parts[:p], (what, *changed), *parts[p + 1 :]]})
                assert any("is not drawn" in line for line in told), (k, what, place)


@pytest.mark.parametrize("extra", [0.5, 2.0])
def test_a_mark_that_no_record_has_is_told(extra):
    figure, (ax,) = new_figure()
    ax.plot([0, 1], [0, 1], "o")
    assert not departures(figure, {0: [(Y, np.array([0.0, 1.0]))]})
    ax.plot(0, extra, "o")
    assert departures(figure, {0: [(Y, np.array([0.0, 1.0]))]}) == [f"axes 0, 1: {extra:g} is not recorded"]


# numbers of the record that a title says, with their digits
TOLD = {
    "A18a@standard": (2, ("gain_at_990", "gain_at_997", "gain_at_999")),
    "A18b@standard": (3, ("gain_at_990", "gain_at_997", "gain_at_999")),
    "A18c@standard": (2, ("gain_at_997", "gain_at_999")),
    "A18j@standard": (2, [f"{what}_at_{k}" for what in ("gain", "over_kl") for k in (990, 997, 999)]),
    "A24m@standard": (2, ("gain_at_990", "gain_at_997", "gain_at_999")),
    "A22@standard": (2, ("released_minus_alone", "linear_minus_alone", "matching_minus_alone", "pull_minus_alone")),
    "A23@standard": (3, ("smallest_loss_gap",)),
    "A24@standard": (2, ("gain_at_990", "gain_at_997", "gain_at_999")),
    "A27i@standard": (
        2,
        [f"sup_infonce_minus_{other}_at_{k}" for other in ("sup_con", "cross_entropy") for k in (990, 997, 999)],
    ),
    "A29@standard": (2, [f"accuracy_of_released_at_{k}" for k in (990, 995, 997, 999)]),
    "A29h@standard": (2, ("accuracy_of_released", "accuracy_of_bias_contrast")),
    "B1": (2, ("exponent_in_n", "exponent_in_degree")),
    "B2": (2, ("spread_at_largest_n",)),
    "B2c": (2, ("exponent_where_all_negative", "spread_of_hub_witness")),
    "B4": (3, ("cosine_at_smallest_share",)),
    "B9": (2, ("digit_1_neighbour_harm", "digit_2_neighbour_harm")),
    "B9@standard": (0, ("rows_led_by_neighbour", "pairs_confirmed")),
    "B10@standard": (2, ("own_effect",)),
    "B11@standard": (0, ("classes_confirmed",)),
    "B14@standard": (2, ("harm_at_0.5", "harm_at_1")),
    "B16b": (2, ("slowest_order_of_convergence",)),
    "B21": (3, ("worst_distance_of_mutual_cosine",)),
    "B27@standard": (2, ("none_harm", "reweighted_loss_harm", "balanced_draws_harm", "temperature_0.1_harm")),
    "B29@standard": (0, ("hits", "hits_of_most_tied")),
    "B30@standard": (2, ("sneaker_harm", "boot_harm", "sneaker_kept", "boot_kept")),
    "P2": (3, ("wrong_axis_distance_from_print",)),
    "P3": (2, ("slipped_cosine", "right_cosine")),
}


@pytest.mark.parametrize("name", TOLD)
def test_a_title_says_the_recorded_numbers(name, forms, figure_by_name):
    claim, scale = forms[name]
    digits, quantities = TOLD[name]
    title = said(figure_by_name(name))
    for quantity in quantities:
        value = records.recorded(scale)[claim.id]["numbers"][quantity]["value"]
        assert number(value, digits) in title, (quantity, value, title)
