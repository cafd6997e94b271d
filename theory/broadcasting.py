"""Shapes of arrays that are combined entry by entry."""

from typing import Any

import numpy as np


def check_fit(**arrays: Any) -> None:
    """Raises ValueError, naming the arrays and their shapes, where they do not broadcast against each other."""
    shapes = {name: tuple(np.shape(array)) for name, array in arrays.items()}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"{told} do not fit each other's shapes") from None
