"""What commands print fits terminals of 80 and of 60 columns, is a line each for a pipe, and has no colour under NO_COLOR."""

import fcntl
import functools
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.main import get_command
from typer.testing import CliRunner

from contrastive_claims.experiments import cli

WIDTHS = (60, 80)
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def commands(group=None, words=()):
    """Every command by its words."""
    group = group or get_command(cli.app)
    yield words
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*words, name))


def widest(text):
    return max(cell_len(line) for line in SEQUENCE.sub("", text).splitlines())


@pytest.mark.parametrize("width", WIDTHS)
def test_help_fits(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    every = list(commands())
    assert len(every) > 15
    for words in every:
        shown = CliRunner().invoke(cli.app, [*words, "--help"]).stdout
        assert width - 5 < widest(shown) <= width, words
        cut = [line for line in shown.splitlines() if "…" in line and "--install-completi" not in line]  # typer's own
        assert not cut, (words, cut)


def in_a_terminal(width, *words, **environment):
    """What a command prints to a terminal so wide, and nothing else says how wide it is."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    command = [sys.executable, "-m", "contrastive_claims", *words]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**inherited, "TERM": "xterm-256color", **environment}
    ) as begun:
        os.close(theirs)
        told = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            told += part
        assert begun.wait() == 0, told
    os.close(ours)
    return told.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_fits_the_terminal_that_it_is_in(width, tmp_path):
    told = in_a_terminal(width, "list", "A", "--out", str(tmp_path))
    assert width - 6 <= widest(told) <= width


def test_no_color_is_minded():
    plain = in_a_terminal(60, "verify", "--help", NO_COLOR="1")
    assert not COLOUR.search(plain) and widest(plain) <= 60
    assert COLOUR.search(in_a_terminal(60, "verify", "--help"))  # control


CHECKS = """
    def wordy(run):
        number = Quantity.exact(2.0 if run.control else 0.0)
        names = [f"a_number_with_a_long_name_{k}" for k in range(9)]
        return Evidence({"x": number, **{name: Quantity(0.1234, 0.1, 0.2) for name in names}})

    def fails(run):
        raise RuntimeError("a finding that takes many words to say, " * 5)
"""


def verified(laboratory, monkeypatch, **how):
    """What `claims verify` prints on a console of that kind."""
    laboratory.write(CHECKS)
    laboratory.use(laboratory.claim("A", "wordy"), laboratory.claim("B", "fails"))
    stream = io.StringIO()
    monkeypatch.setattr(cli, "Console", functools.partial(Console, file=stream, **how))
    done = CliRunner().invoke(cli.app, ["verify", "--device", "cpu", "--out", "r"])
    assert done.exit_code == 1 and not done.stdout
    return stream.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colour", [True, False])
def test_verify_fits(width, colour, laboratory, monkeypatch):
    monkeypatch.chdir(laboratory.root)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    told = verified(laboratory, monkeypatch, force_terminal=True, width=width, _environ=os.environ)
    assert width - 25 < widest(told) <= width and "a_number_with_a_long_name_8 = 0.1234 [0.1, 0.2]" in " ".join(
        told.split()
    )
    assert bool(COLOUR.search(told)) == colour


def test_verify_for_a_pipe_is_a_line_for_each_claim(laboratory, monkeypatch):
    monkeypatch.chdir(laboratory.root)
    told = verified(laboratory, monkeypatch, width=60)
    lines = told.splitlines()
    assert "\x1b" not in told and widest(told) > 300
    assert sum(line.startswith("[") for line in lines) == 2 and sum("long_name_8" in line for line in lines) == 1
