"""Paper B's text half: corpora, a vocabulary, an encoder trained from scratch, SimCSE, and records of trained encoders."""
