"""The figure of B30: every class stands where RH and the separation kept put it."""

import numpy as np

from figures.mergers import moves_and_mergers


def test_classes_and_fresh_pairs_stand_at_their_values():
    generator = np.random.default_rng(0)
    seen, value = generator.uniform(0.3, 1, (2, 4)), generator.uniform(0.3, 1, (2, 2))
    fresh = np.stack([value, value - 0.1, value + 0.2], axis=-1)
    figure = moves_and_mergers(np.array(list("abcd")), seen, np.array(["e", "f"]), fresh)
    figure.savefig("/dev/null", format="svg")
    (ax,) = figure.axes
    dots = {line.get_marker(): line.get_xydata() for line in ax.get_lines() if line.get_marker() in "os"}
    np.testing.assert_array_equal(dots["o"], seen.T)
    np.testing.assert_array_equal(dots["s"], value.T)
    across, up = (np.array(bars.get_segments()) for bars in ax.collections)
    np.testing.assert_allclose(across[:, :, 0], fresh[0, :, 1:])
    np.testing.assert_allclose(up[:, :, 1], fresh[1, :, 1:])
    assert {text.get_text() for text in ax.texts} == {"a", "b", "c", "d", "e", "f"}
