"""The rows of harm: every class drawn but the class itself, the declared neighbour first and marked."""

import matplotlib.colors
import numpy as np

from figures.harms import harm_rows
from figures.style import RED


def test_rows_are_ordered_by_cosine_and_the_neighbour_is_marked():
    generator = np.random.default_rng(0)
    rows = generator.uniform(0.7, 1.1, (2, 5, 10))
    cosines = generator.uniform(-0.3, 0.5, (2, 10))
    rows[0, :, 1] = rows[1, :, 2] = np.nan
    cosines[0, 1] = cosines[1, 2] = 1
    cosines[0, 8], cosines[1, 3] = 0.6, 0.6
    figure = harm_rows(np.array([1, 2]), np.array([8, 3]), rows, cosines)
    for ax, own, neighbour, row in zip(figure.axes, (1, 2), (8, 3), rows, strict=True):
        ticks = [text.get_text().split("\n")[0] for text in ax.get_xticklabels()]
        assert ticks[0] == str(neighbour) and sorted([*ticks, str(own)]) == list("0123456789")
        dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
        np.testing.assert_array_equal(dots[0].get_ydata(), row[:, neighbour])
        assert [matplotlib.colors.to_hex(line.get_color()).upper() == RED for line in dots] == [True] + [False] * 8
    figure.savefig("/dev/null", format="svg")
