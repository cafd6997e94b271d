"""Runs the mathematics on data: claims, training, data, ledger, command line."""
