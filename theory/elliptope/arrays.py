"""Numpy arrays and torch tensors by one set of names: the searches run on either, and torch is never imported here."""

import sys
from typing import Any

import numpy as np

Array = Any  # numpy.ndarray or torch.Tensor


def namespace(array: Array) -> Any:
    """The module that owns ``array``: numpy, or torch, which is then already imported."""
    return np if isinstance(array, np.ndarray | np.generic | float) else sys.modules["torch"]


def to_numpy(array: Array) -> np.ndarray:
    """As a numpy array; the array itself if it is one."""
    return array if isinstance(array, np.ndarray) else array.detach().cpu().numpy()


def inner(left: Array, right: Array) -> float:
    """Sum of the products of the entries of two arrays of one shape."""
    return float(np.vdot(left, right)) if isinstance(left, np.ndarray) else float((left * right).sum())


def row_sums(array: Array) -> Array:
    """Sums over the last axis; without numpy's wrapper, which costs more than the sums of a few blocks."""
    return np.add.reduce(array, -1) if isinstance(array, np.ndarray) else array.sum(-1)


def row_maxima(array: Array) -> Array:
    """Maxima over the last axis, likewise."""
    return np.maximum.reduce(array, -1) if isinstance(array, np.ndarray) else array.amax(-1)


def like(array: np.ndarray, template: Array) -> Array:
    """A numpy array as the kind of array, of the type and on the device, of ``template``."""
    return array if isinstance(template, np.ndarray) else template.new_tensor(array)


def empty_like(template: Array, *shape: int) -> Array:
    """Room for an array of this shape, of the kind, type and device of ``template``."""
    return np.empty(shape, template.dtype) if isinstance(template, np.ndarray) else template.new_empty(shape)
