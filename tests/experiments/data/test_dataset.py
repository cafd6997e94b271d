"""`dataset(...)` from Python: what would train worse in silence is refused in one sentence."""

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.data.sources import dataset

N = 12
BYTES = np.random.default_rng(0).integers(0, 256, (N, 3, 8, 8), np.uint8)
LABELS = np.arange(N) % 3


def test_the_same_set_from_arrays_tensors_and_lists():
    known = dataset("x", BYTES, LABELS)
    names = [("ant", "bee", "cow")[k] for k in LABELS]
    for images, labels in (
        (torch.from_numpy(BYTES), torch.from_numpy(LABELS)),
        (BYTES.astype(np.int64), LABELS.astype(np.int32)),
        (list(BYTES), LABELS.tolist()),
        ([torch.from_numpy(image) for image in BYTES], LABELS.astype(float)),
        (BYTES, names),
        (BYTES, np.array(names, object)),
    ):
        assert dataset("x", images, labels).checksum == known.checksum
    assert dataset("x", BYTES, names).classes == ("ant", "bee", "cow")
    floats = (BYTES / 255).astype(np.float32)
    assert dataset("x", floats.astype(np.float64), LABELS).checksum == dataset("x", floats, LABELS).checksum
    assert dataset("x", BYTES, LABELS, ["m", "f"] * 6).bias.tolist() == [1, 0] * 6


MEAN, STD = (np.array(v).reshape(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
WRONG = {
    "float 0 to 255": (BYTES.astype(np.float32), LABELS, r"floats must lie in \[0, 1\], got .*divide by 255"),
    "normalised": ((BYTES / 255 - MEAN) / STD, LABELS, r"got -2.*undo their normalisation"),
    "HWC": (BYTES.transpose(0, 2, 3, 1), LABELS, r"which looks like \[N, H, W, C\]; numpy: images\.transpose"),
    "RGBA": (np.zeros((N, 8, 8, 4), np.uint8), LABELS, r"looks like \[N, H, W, C\]"),
    "no channel": (BYTES[:, 0], LABELS, r"must be \[N, C, H, W\].*images\[:, None\]"),
    "flat": (BYTES.reshape(N, -1), LABELS, r"must be \[N, C, H, W\]"),
    "16 bits": (BYTES.astype(np.uint16) * 257, LABELS, "whole numbers must lie between 0 and 255, got 0 to 65535|got"),
    "0 and 1": ((BYTES > 100).astype(np.int64), LABELS, "0 and 1 of 255 are all black"),
    "NaN": (np.full((N, 1, 4, 4), np.nan), LABELS, "not finite"),
    "text": (np.full((N, 1, 4, 4), "a"), LABELS, "must be whole numbers 0 to 255 or floats"),
    "none": (np.zeros((0, 1, 4, 4)), [], "holds no pixel"),
    "ragged": ([np.zeros((1, 4, 4)), np.zeros((1, 5, 4))], [0, 1], "a list needs images of one shape"),
    "fewer labels": (BYTES, LABELS[:-1], r"labels: one for each of the 12 images is needed, got \[11\]"),
    "more labels": (BYTES, np.arange(13), r"labels: one for each of the 12 images"),
    "one-hot": (BYTES, np.eye(3)[LABELS], r"labels: one for each of the 12 images is needed, got \[12, 3\]"),
    "half labels": (BYTES, LABELS + 0.5, "labels: must be whole numbers from 0 on, or names, got float64"),
    "NaN labels": (BYTES, np.full(N, np.nan), "labels: must be whole numbers"),
    "negative": (BYTES, LABELS - 1, "labels: must be whole numbers from 0 on, got -1"),
    "identifiers": (BYTES, LABELS + 10**12, "is no number of a class among 12 images"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_would_train_worse_in_silence_is_refused(what):
    images, labels, message = WRONG[what]
    with pytest.raises(ValueError, match=message) as caught:
        dataset("x", images, labels)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="bias: one for each"):
        dataset("x", BYTES, LABELS, [0, 1])
