"""Class cosines behind every layer: of the right tensors, in order."""

import numpy as np
import torch

from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.layers import layer_cosines, plain_and_centred
from contrastive_claims.experiments.models.store import Model, Trial, measured
from contrastive_claims.experiments.training.embedding import embed
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.experiments.training.sets import training_and_held_out
from contrastive_claims.theory.harms import class_cosines

TINY = with_settings(load_preset("digits"), ["epochs=1", "batch=512", "encoder.widths=[2, 4]", "encoder.dimension=4"])


def test_every_layer_is_measured_as_by_hand():
    trials: list[Trial] = []

    def keeping(trial):
        trials.append(trial)
        return layer_cosines(trial)

    keeping.__name__ = layer_cosines.__name__

    (record,) = measured([Model(TINY, 1, 1)], keeping, Run()).values()
    (trial,) = trials
    cosines, labels = record["cosines"], trial.held_out.labels
    assert cosines.shape == (3, 2, 10, 10)  # two ReLUs and the embeddings
    x, found = torch.from_numpy(trial.held_out.images), []
    with torch.no_grad():
        x = trial.network.encoder[0](x)
        for layer in trial.network.encoder[1]:
            x = layer(x)
            if isinstance(layer, torch.nn.ReLU):
                found.append(x.mean(dim=(2, 3)).numpy())
    found.append(embed(trial.network, trial.held_out.images, "simclr")[1])
    for ours, vectors in zip(cosines, found, strict=True):
        np.testing.assert_allclose(ours, plain_and_centred(vectors, labels), atol=1e-5)
    for vectors in found:  # no hook is left behind
        assert len(vectors) == len(labels)
    assert not any(m._forward_hooks for m in trial.network.modules())
    np.testing.assert_array_equal(training_and_held_out(TINY.data, 1)[1].labels, labels)


def test_the_mean_is_taken_out_of_directions_and_lengths_do_not_count():
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1], 50)
    vectors = np.array([[1.0, 0.3], [1.0, -0.3]])[labels] + 0.01 * generator.normal(size=(100, 2))
    plain, centred = plain_and_centred(vectors * generator.uniform(0.5, 2, (100, 1)), labels)
    np.testing.assert_allclose(plain, class_cosines(vectors, labels), atol=1e-12)
    assert plain[0, 1] > 0.8 and centred[0, 1] < -0.9
