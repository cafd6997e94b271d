"""`claims simulate MODEL.toml`: block models of the user's own, their certified optima, graphs drawn from them, sweeps."""
