"""The graph of lexical neighbours: documents joined to those whose words are most alike, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import kneighbors_graph
from threadpoolctl import threadpool_limits


def lexical_graph(texts: Sequence[str], neighbours: int) -> Any:
    """[N, N] sparse symmetric adjacency: each text is joined to the `neighbours` of largest cosine of tf-idf vectors (words,
    rare ones weigh more). Raises ValueError for fewer texts than neighbours, or texts without a word."""
    if len(texts) <= neighbours:
        raise ValueError(f"texts: {len(texts)} are too few for {neighbours} neighbours each")
    try:
        vectors = TfidfVectorizer(token_pattern=r"[^\s]+").fit_transform(texts)
    except ValueError as error:
        raise ValueError(f"texts: {error}") from None
    with threadpool_limits(1):
        graph = kneighbors_graph(vectors, neighbours)  # of unit rows the nearest are those of largest cosine
    return graph.maximum(graph.T)
