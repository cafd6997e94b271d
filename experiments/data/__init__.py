"""Data sets, and what is done to them on purpose."""
