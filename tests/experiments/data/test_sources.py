"""The data sets by name."""

import numpy as np
import pytest

from experiments.data.sources import checksum, load


def test_digits_are_whole_and_in_range():
    digits = load("digits")
    assert digits.images.shape == (1797, 1, 8, 8) and digits.images.dtype == np.float32
    assert digits.images.min() == 0 and digits.images.max() == 1
    assert digits.labels.dtype == np.int64 and digits.bias is None and digits.n_classes == 10
    assert np.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert digits.checksum == load("digits").checksum == checksum(digits.images, digits.labels, None)


def test_checksum_sees_values_shape_type_and_absence_but_not_byte_order():
    values = np.arange(6, dtype=np.float32)
    sums = [checksum(a) for a in (values, values.reshape(2, 3), values.astype(np.float64), values[::-1], None)]
    assert len(set(sums)) == len(sums)
    assert checksum(values.astype(">f4")) == checksum(values)


def test_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(ValueError, match=r"unknown data set 'digit'; known sets: digits.*did you mean 'digits'"):
        load("digit")
