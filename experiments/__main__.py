"""`python -m experiments` is the `claims` command."""

from experiments.cli import app

if __name__ == "__main__":
    app()
