"""`claims report`: every claim with its evidence on one HTML page, which needs no network."""
