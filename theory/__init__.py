"""Mathematics: arrays in, results out; no files, no network, no printing, no plots."""
