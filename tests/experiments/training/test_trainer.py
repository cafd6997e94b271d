"""One training run: it learns, repeats itself exactly, and leaves the global generators alone."""

import numpy as np
import pytest
import torch
from torch import nn

from experiments.data.sources import load
from experiments.training.encoders import convnet, initialise
from experiments.training.methods import simclr
from experiments.training.presets import load_preset
from experiments.training.trainer import embed, stream, train, warm_cosine

SMALL = load_preset("digits").model_copy(update={"epochs": 3, "batch": 64, "width": 4, "dimension": 8})


@pytest.fixture(scope="module")
def images():
    return load("digits").images[:300]


@pytest.fixture(scope="module")
def trained(images):
    return train(SMALL, images, seed=1)


def test_the_loss_falls_and_the_metrics_are_finite(trained):
    assert trained.losses.shape == trained.effective_ranks.shape == (3,)
    assert trained.losses[-1] < trained.losses[0] < np.log(2 * 64 - 1) + 0.5
    assert (trained.effective_ranks > 1).all() and (trained.effective_ranks <= 8).all()


def test_the_seed_decides_everything(images, trained):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    again, other = (embed(train(SMALL, images, seed).encoder, images) for seed in (1, 2))
    expected = embed(trained.encoder, images)
    assert np.array_equal(again, expected) and not np.allclose(other, expected)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


def test_embeddings_do_not_depend_on_the_batch(images, trained):
    whole, pieces = (embed(trained.encoder, images, batch) for batch in (1024, 7))
    assert whole.shape == (300, 8)
    np.testing.assert_allclose(whole, pieces, rtol=1e-4, atol=1e-5)


def test_progress_tells_every_epoch(images):
    seen = []
    found = train(SMALL, images, seed=1, progress=lambda *event: seen.append(event))
    assert seen == [(epoch + 1, 3, loss) for epoch, loss in enumerate(found.losses)]


def test_too_few_images_are_refused(images):
    with pytest.raises(ValueError, match=r"images: must be at least one batch \[64"):
        train(SMALL, images[:63], seed=0)


def test_streams_are_functions_of_all_their_arguments():
    draws = [
        torch.rand(1, generator=stream(*key)).item() for key in ((0, 1), (0, 1), (0, 2), (1, 1), (0, 1, 0), (1, 0))
    ]
    assert draws[0] == draws[1] and len(set(draws[1:])) == 5


def test_every_weight_is_initialised_with_hes_deviation():
    encoder = convnet((3, 9, 7), 16, 5, stream(0))
    assert encoder(torch.zeros(2, 3, 9, 7)).shape == (2, 5)
    for layer in encoder:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            assert float(layer.weight.detach().std()) == pytest.approx((2 / layer.weight[0].numel()) ** 0.5, rel=0.15)
    assert all(bool(part.isfinite().all()) for part in encoder.state_dict().values())
    with pytest.raises(TypeError, match="LayerNorm"):
        initialise(nn.Sequential(nn.LayerNorm(3)), stream(0))


def test_simclr_pairs_the_two_views_of_one_image(images):
    """With an encoder that keeps pixels and hardly changed views, the loss is that of perfect positives."""
    batch = torch.from_numpy(images[:4])
    still = SMALL.augmentation.model_copy(
        update={"shift": 0.0, "rotation": 0.0, "scale": 0.0, "shear": 0.0, "noise": 0.0}
    )
    loss, embeddings = simclr(nn.Flatten(), batch, still, 0.5, stream(0))
    unit = nn.functional.normalize(embeddings[:4], dim=1)
    logits = (unit @ unit.T).double() / 0.5
    # two equal copies of each image: the positive at 1/tau, every other image twice
    others = [logits[i, [j for j in range(4) if j != i]].exp().sum() for i in range(4)]
    expected = np.mean([float(torch.log(np.exp(2) + 2 * other)) - 2 for other in others])
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_the_learning_rate_rises_then_falls_to_zero():
    factors = [warm_cosine(100)(step) for step in range(101)]
    assert factors[0] == 0.1 and factors[9] == factors[10] == 1 and factors[100] == pytest.approx(0)
    assert np.all(np.diff(factors[10:]) < 0)
    assert warm_cosine(1)(0) == 1
