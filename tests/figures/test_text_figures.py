"""The figures of text draw what they are given, and their titles follow the arrays."""

import numpy as np
import pytest

from contrastive_claims.figures.style import said
from contrastive_claims.figures.text import harm_of_groups, partners_of_groups, what_groups_lose

NAMES = np.array(["cats", "cogs", "corn"])


def given(towards=0.8):
    mean = np.array([[np.nan, towards, 0.95], [0.9, np.nan, 0.97]])
    return {
        "names": NAMES,
        "own": np.array([0, 1]),
        "partners": np.array([1, 0]),
        "strong": np.array([0]),
        "mean": mean,
        "low": mean - 0.05,
        "high": mean + 0.05,
        "kept": np.array([[0.4, 0.6], [0.3, 0.5], [0.5, 0.7]]),
        "looks": np.array([10, 20]),
        "course": np.stack([np.full((2, 3), 0.99), np.full((2, 3), 0.85)]),
    }


@pytest.mark.parametrize(
    ("towards", "moved", "more", "kept"),
    [(0.8, 2, 2, "0.40 to 0.60"), (0.945, 2, 2, "0.40 to 0.60"), (0.96, 1, 1, "0.60")],
)
def test_groups_stand_at_their_values(towards, moved, more, kept):
    """A group whose mean is below 1, and not its interval, is not said to move, nor counted among those that keep a part."""
    arrays = given(towards)
    figure = harm_of_groups(**arrays)
    left, middle, right = figure.axes
    marked = {line.get_marker(): np.asarray(line.get_xdata()) for line in left.get_lines()}
    np.testing.assert_array_equal(marked["s"], [towards, 0.9])
    np.testing.assert_array_equal(marked["o"], [0.95, 0.97])
    (separation,) = (line for line in middle.get_lines() if line.get_marker() == "D")
    np.testing.assert_array_equal(separation.get_xdata(), arrays["kept"][0])
    assert left.get_ylim() == middle.get_ylim()
    course = [
        line.get_ydata() for line in right.get_lines() if len(line.get_xdata()) == 2 and line.get_marker() != "None"
    ]
    np.testing.assert_allclose(course, [[0.99, 0.85]] * 2)
    assert said(figure).startswith(
        f"{moved} of 2 undersampled groups move towards their partner (RH below 1 by its interval), {more} more"
    )
    assert f"keep {kept} of their separation" in said(figure)
    arrays["high"] = np.maximum(arrays["high"], 1.01)
    assert said(harm_of_groups(**arrays)).startswith("none of 2 undersampled groups moves")


def test_a_star_is_explained_where_there_is_one():
    arrays = given()
    texts = [[text.get_text() for text in harm_of_groups(**{**arrays, "strong": stars}).legends[0].get_texts()]
             for stars in (np.array([0]), np.array([], int))]  # fmt: skip
    assert [any("stands out" in text for text in each) for each in texts] == [True, False]


def test_losses_stand_at_their_values():
    kept, indirect = np.array([[0.4, 1.2], [0.3, 0.9], [0.5, 1.5]]), np.array([[-0.2, -0.1], [-0.3, -0.2], [-0.1, 0.1]])
    figure = what_groups_lose(np.array(["a > b", "b > a"]), kept, indirect)
    for ax, part, marker in zip(figure.axes, (kept, indirect), "Do", strict=True):
        (line,) = (line for line in ax.get_lines() if line.get_marker() == marker)
        np.testing.assert_array_equal(line.get_xdata(), part[0])
    assert said(figure).startswith("1 of 2 undersampled groups of documents lose separation")
    assert said(figure).endswith("1 are recognised less")


def test_partners_stand_in_their_columns():
    arrays = {
        "predicted": np.array([1, -1, 0]),
        "tied": np.array([1, 0, 0]),
        "declared": np.array([2, 2, 1]),
        "measured": np.array([1, 2, 1]),
        "cosine": np.array([0.5, np.nan, -0.2]),
    }
    figure = partners_of_groups(NAMES, **arrays)
    lines = figure.axes[0].get_lines()
    assert [line.get_xdata().tolist() for line in lines] == [[1, 0], [1, 0, 0], [2, 2, 1], [1, 2, 1]]
    assert said(figure) == "A graph of words names where 1 of 3 groups move; the most tied group does for 1"
