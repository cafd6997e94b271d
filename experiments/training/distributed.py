"""Training over several processes: the helper of `theory.margins.distributed`, where it lives now."""

from theory.margins.distributed import across_ranks, all_rows, anchor_losses, gather, mean_over_ranks, world

__all__ = ["across_ranks", "all_rows", "anchor_losses", "gather", "mean_over_ranks", "world"]
