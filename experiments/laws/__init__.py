"""`claims laws MODULE:FUNCTION`: a loss of the user's own, found by name and held to theory.laws."""
