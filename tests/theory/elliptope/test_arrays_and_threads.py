"""One set of names for numpy and torch; threads limited within a block and given back; parts in order."""

import threading

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from contrastive_claims.theory.elliptope.arrays import empty_like, like, namespace, to_numpy
from contrastive_claims.theory.elliptope.threads import in_parts, threads_limited


def test_both_kinds_of_array():
    array, tensor = np.arange(3.0), torch.arange(3, dtype=torch.float64)
    assert namespace(array) is np and namespace(tensor) is torch
    assert to_numpy(array) is array
    np.testing.assert_array_equal(to_numpy(tensor), array)
    assert like(array, array) is array
    assert isinstance(like(array, tensor), torch.Tensor) and like(array, tensor).dtype == torch.float64
    assert empty_like(array, 2, 5).shape == empty_like(tensor, 2, 5).shape == (2, 5)
    assert empty_like(tensor, 1).dtype == torch.float64


def blas():
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def test_threads_are_limited_and_given_back():
    before = blas()
    with threads_limited(2) as allowed:
        assert allowed == before
        with threads_limited(1) as inner:
            assert blas() == 1
            assert inner in (1, 2)
        with threads_limited(None) as unlimited:
            assert blas() == unlimited
    assert blas() == before


@pytest.mark.parametrize("workers", [1, 3])
def test_parts_come_back_in_order(workers):
    names = set()

    def task(part):
        names.add(threading.current_thread().name)
        return part**2

    assert in_parts(task, range(50), workers) == [part**2 for part in range(50)]
    assert (threading.current_thread().name in names) == (workers == 1)


def test_an_error_in_a_part_is_raised():
    with pytest.raises(ZeroDivisionError):
        in_parts(lambda part: 1 / part, [1, 0], 2)
