"""A graph on a torch device, in double precision."""

import warnings
from typing import Any

import numpy as np

from contrastive_claims.theory.blockmodel.neighbours import Neighbours
from contrastive_claims.theory.blockmodel.sampling import Graph


def on_device(graph: Graph, degrees: np.ndarray, device: str, dense: bool) -> tuple[Any, Any]:
    """The adjacency as a float64 tensor on a torch device, dense or in compressed rows, and the degrees [n].

    Raises ValueError for a device that torch does not have here, or that has no double precision.
    """
    import torch

    if device.partition(":")[0] == "mps":
        raise ValueError(f"device = {device!r} has no double precision, which the certificate needs")
    try:
        there = torch.from_numpy(degrees).to(device)
        there.sum().item()
    except (RuntimeError, AssertionError) as error:  # what torch raises for a device that it does not know or has not
        raise ValueError(f"device = {device!r} is not available: {str(error).splitlines()[0]}") from None
    adjacency = graph.adjacency
    if dense:
        full = adjacency if isinstance(adjacency, np.ndarray) else adjacency.toarray()
        return torch.from_numpy(np.asarray(full, dtype=float)).to(there), there
    if isinstance(adjacency, Neighbours):
        starts, indices, values = adjacency.starts, adjacency.indices, np.ones(len(adjacency.indices))
    else:
        from scipy.sparse import csr_array

        rows = csr_array(adjacency, dtype=float)
        starts, indices, values = rows.indptr, rows.indices, rows.data
    starts, indices = (torch.from_numpy(np.asarray(part, dtype=np.int64)) for part in (starts, indices))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta", category=UserWarning)
        # torch 2.11 says so of check_invariants=False on a GPU; the rows come from a graph that was checked
        warnings.filterwarnings(
            "ignore", message="Sparse invariant checks are implicitly disabled", category=UserWarning
        )
        return torch.sparse_csr_tensor(
            starts, indices, torch.from_numpy(values), adjacency.shape, device=there.device, check_invariants=False
        ), there
