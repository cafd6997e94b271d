"""Harms of a representation to a group (paper B)."""

from theory.harms.representation import class_cosines, effective_rank, nearest_class, representation_harm

__all__ = ["class_cosines", "effective_rank", "nearest_class", "representation_harm"]
