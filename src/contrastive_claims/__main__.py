"""`python -m contrastive_claims` is the `claims` command."""

import sys


def main() -> None:
    try:
        from contrastive_claims.experiments.cli import app
    except KeyboardInterrupt:  # Ctrl-C before there is a command that could say what it kept
        sys.exit(130)
    app()


if __name__ == "__main__":
    main()
