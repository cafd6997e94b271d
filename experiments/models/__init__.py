"""Trained models as claims use them: what is kept of each, and under which name."""
