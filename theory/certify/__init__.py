"""Re-checks proofs that others found: exact identities, rational witnesses, interval boxes, duality certificates."""

from theory.certify.recheck import recheck

__all__ = ["recheck"]
