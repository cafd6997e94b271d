"""What a person sees while claims run."""

import io
import threading

from rich.console import Console

from contrastive_claims.experiments.verify.display import Display, number


def record(claim_id, **more):
    numbers = {"x": {"value": 0.5, "low": 0.25, "high": 1.0, "unit": "nats"}}
    return {
        "id": claim_id, "verdict": "HOLDS", "numbers": numbers, "reason": "", "control": {"rejected": True},
        "provenance": {"wall_seconds": 1.25}, **more,
    }  # fmt: skip


def lines(stream):
    return [" ".join(line.split()) for line in stream.getvalue().splitlines()]


def shown(terminal=False):
    stream = io.StringIO()
    return stream, Console(file=stream, width=200, force_terminal=terminal, highlight=False, markup=False)


def test_plain_lines_when_not_a_terminal():
    stream, console = shown()
    with Display(console, 3) as display:
        display.progress("A1", 0, 0, "starting")
        display.progress("A1", 1, 2, "half of it")
        display.done(record("A1"))
        display.done(record("A2", control={"rejected": False}), reused=True)
        display.done(record("A3", verdict="ERROR", numbers={}, reason="KeyError: 'x'"))
    assert lines(stream) == [
        "A1 started",
        "[ 1/3] A1 HOLDS 1.2 s control rejected; x = 0.5 [0.25, 1]",
        "[ 2/3] A2 HOLDS reused CONTROL NOT REJECTED; x = 0.5 [0.25, 1]",
        "[ 3/3] A3 ERROR 1.2 s KeyError: 'x'",
    ]
    assert number({"value": 2.0, "low": 2.0, "high": 2.0}) == "2"


def test_events_after_the_result_are_dropped():
    stream, console = shown()
    with Display(console, 1) as display:
        display.done(record("A1"))
        display.progress("A1", 3, 4, "late")
        assert not display.lines
    assert len(lines(stream)) == 1


def test_a_line_for_each_running_claim_on_a_terminal():
    stream, console = shown(terminal=True)
    with Display(console, 2) as display:
        display.progress("A1", 1, 4, "a quarter")
        display.bars.refresh()
        assert "a quarter" in stream.getvalue() and "1/4" in stream.getvalue()
        display.done(record("A1"))
    assert "started" not in stream.getvalue()


def test_events_and_results_from_two_threads_do_not_collide():
    """A listener that died of a collision would leave the workers' queue full, and the run would hang."""
    _, console = shown()
    with Display(console, 400) as display:
        failed = []

        def listen(k):
            try:
                for _ in range(5):
                    display.progress(f"F{k}", 1, 2, "part")
            except BaseException as error:  # noqa: BLE001 - reported below
                failed.append(error)

        for k in range(400):
            thread = threading.Thread(target=listen, args=(k,))
            thread.start()
            display.done(record(f"F{k}"))
            thread.join()
    assert not failed and not display.lines
