"""The ledger: its words, its records on disk, and what a record's key depends on."""
