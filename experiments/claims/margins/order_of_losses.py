"""Check of the order of paper A's losses in accuracy (A19), on CIFAR-10 at the size of a CPU."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.intervals import SECOND_LOOK, limits, minus, over_seeds, p_values
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.bias import probed
from contrastive_claims.experiments.models.store import Model, measured, record_name
from contrastive_claims.experiments.training.presets import Preset, load_preset, with_settings
from contrastive_claims.theory.harms import Resampled, hierarchical_bootstrap, point_variance, seeds_to_decide

# Three seeds left the order open (as many as eight could show what they had seen); five more were added then.
PRESET, SEEDS = "cifar10-harm-cpu", (1, 2, 3, 4, 5, 6, 7, 8)
# Under two minutes of one core each.
SETTINGS = ("encoder.widths=[16, 32, 64]", "precision=float32", "epochs=8", "data.per_class=1000")
LOSSES = ("sup-con", "eps-sup-con", "eps-sup-infonce")
TEMPERATURE, EPSILON = 0.1, 0.25
PUBLISHED = (0.9564, np.nan, 0.9614)  # ResNet-50, batch 1024; eps-SupCon is printed for ImageNet-100 only
PUBLISHED_DIFFERENCE, MOST_SEEDS, REPLICATES = 0.005, 1000, 400


def with_loss(loss: str) -> Preset:
    """The preset without undersampling, trained with labels by `loss`."""
    base = with_settings(load_preset(PRESET), SETTINGS)
    epsilon = EPSILON if loss.startswith("eps") else 0.0
    method = {"name": loss, "temperature": TEMPERATURE, "epsilon": epsilon}
    return base.model_copy(
        update={
            "data": base.data.model_copy(update={"undersample": None}),
            "method": base.method.model_copy(update=method),
        }
    )


def order_of_losses(run: Run) -> Evidence:
    """A19: differences in test accuracy between encoders of the three losses, with a linear probe on the training features.

    Each with its 97.5 % interval over paired SEEDS and test points, as this is the second look; seeds_for_...: how many
    seeds would leave zero out of it, at the spread seen now, for the difference seen and for the published one (1001: more
    than a thousand, or none, since the test points stay the same). Control: the encoder that should win
    has seen an eighth of the epochs.
    """
    presets = [with_loss(loss) for loss in LOSSES]
    if run.control:
        presets[-1] = presets[-1].model_copy(update={"epochs": max(1, presets[-1].epochs // 8)})
    cells = [[Model(preset, seed, seed) for seed in SEEDS] for preset in presets]
    found = measured([model for cell in cells for model in cell], probed, run)
    truth = found[cells[0][0]]["truth"].astype(int)
    hits = np.array([[found[model]["predictions"] == truth for model in cell] for cell in cells], np.float64)
    whole = hierarchical_bootstrap(
        lambda s, weights: weights @ hits[:, s].T / len(truth), truth, len(SEEDS), np.random.default_rng(0), REPLICATES
    )
    parts = [Resampled(whole.estimates[:, k], whole.replicates[..., k]) for k in range(len(LOSSES))]
    numbers = {
        name.replace("-", "_"): over_seeds(part, "accuracy", SECOND_LOOK)
        for name, part in zip(LOSSES, parts, strict=True)
    }
    for a, b in ((1, 2), (0, 2)) if run.control else ((0, 1), (1, 2), (0, 2)):  # the control touches the last alone
        part = minus(parts[b], parts[a])
        shared = float(point_variance(part))
        name = f"{LOSSES[b]}_minus_{LOSSES[a]}".replace("-", "_")
        numbers[name] = over_seeds(part, "accuracy", SECOND_LOOK)
        numbers[f"p_value_of_{name}"] = Quantity.exact(float(p_values(part)))
        for kind, difference in (("seen", None), ("published", PUBLISHED_DIFFERENCE)):
            needed = seeds_to_decide(part.estimates, shared, difference, SECOND_LOOK, MOST_SEEDS)
            numbers[f"seeds_for_{kind}_{name}"] = Quantity.exact(needed, "seeds")
    return Evidence(
        numbers,
        arrays={
            "losses": np.array(LOSSES),
            "accuracy": np.array([part.estimates for part in parts]),
            "interval": np.array([limits(part, SECOND_LOOK) for part in parts]),
            "published": np.array(PUBLISHED),
        },
        seeds=SEEDS,
        models=tuple(record_name(model, probed) for cell in cells for model in cell),
    )
