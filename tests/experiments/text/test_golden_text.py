"""Golden values of text: what a tiny run comes out as under the versions of experiments/text/models.py. Where these move, raise
the version there, so that records made before are no longer found."""

import numpy as np
import pytest

from contrastive_claims.experiments.text.models import RECIPE
from contrastive_claims.experiments.text.sets import training_and_held_out
from contrastive_claims.experiments.text.simcse import train

pytest.importorskip("tokenizers")
GOLDEN = {
    "simcse": [3.676167, 3.379016, 0.589727, -0.616824, 0.283777, 0.862911, -0.47084, 0.534853],
    "sup-con": [4.167468, 3.336137, 0.959458, -0.654671, 0.635722, 0.991669, -0.702855, 0.968824],
}


@pytest.mark.parametrize("method", GOLDEN)
def test_a_tiny_run_is_what_it_was(made, method):
    assert RECIPE[method] == RECIPE["text_harms"] == RECIPE["coarse_text_harms"] == 1
    preset = made.model_copy(update={"method": made.method.model_copy(update={"name": method}), "steps": 10})
    training, held_out = training_and_held_out(preset.documents, preset.encoder, 0)
    trained = train(preset, training, held_out, seed=0)
    found = [trained.losses[0], trained.losses[-1], *trained.cosines[-1][np.triu_indices(3)]]
    np.testing.assert_allclose(found, GOLDEN[method], rtol=2e-3, atol=2e-3)
