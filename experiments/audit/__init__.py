"""`claims audit`: what embeddings of labelled rows show of leaning groups, margins, collapse and bias. From Python: `audit`."""

from contrastive_claims.experiments.audit.report import audit

__all__ = ["audit"]
