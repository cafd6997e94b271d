"""Lines of progress fit 80 columns, and what rank and spread are is said once."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.experiments.training.display import TrainingDisplay
from contrastive_claims.experiments.training.trainer import Progress

ROW = {"epoch": 1, "loss": 1234.5678, "learning_rate": 0.1, "effective_rank": 123.4, "feature_spread": 0.123}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progress(step=3, metrics=None, loss=4.5678, speed=12345.6, left=754.0, epochs=1000):
    return Progress(step, 4_000_000, loss, speed, left, 1, epochs, 5.0, metrics)


@given(
    st.integers(1, 999_999), st.floats(-1e12, 1e12) | st.just(float("nan")), st.floats(0, 99_999), st.floats(0, 3e5),
    st.booleans(), st.integers(1, 1000),
)  # fmt: skip
def test_no_line_is_wider_than_80_columns(step, loss, speed, left, end, epochs):
    stream = io.StringIO()
    shown = TrainingDisplay(stream)
    row = {**ROW, "loss": loss, "skipped_batches": 12} if end else None
    shown.show(Progress(step, 999_999, loss, speed, left, 1, epochs, 5.0, row))
    assert stream.getvalue() and all(len(line) < 80 for line in stream.getvalue().splitlines())


@pytest.mark.parametrize("terminal", [False, True])
def test_what_is_said(terminal):
    stream = Terminal() if terminal else io.StringIO()
    shown = TrainingDisplay(stream)
    shown.say("loading digits")
    shown.show(progress())
    shown.show(progress(metrics=ROW))
    shown.show(progress(metrics=ROW))
    text = stream.getvalue()
    assert text.startswith("loading digits\n") and "loss 4.568" in text and "12:34 left" in text
    assert text.count("rank: directions in use") == 1 and text.count("rank 123.4") == 2
    assert ("\r" in text) == terminal


def test_the_first_step_is_shown_at_once_and_others_every_ten_seconds():
    stream = io.StringIO()
    shown = TrainingDisplay(stream)
    for step in range(1, 50):
        shown.show(progress(step))
    assert stream.getvalue().count("step ") == 1
