"""Arrays in, matplotlib figures out; drawn from recorded evidence only."""
