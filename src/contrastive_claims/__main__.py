"""`python -m contrastive_claims` is the `claims` command."""

from contrastive_claims.experiments.cli import app

if __name__ == "__main__":
    app()
