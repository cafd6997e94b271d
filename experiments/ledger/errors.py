"""Errors that the command line answers with one line. No imports: it must know them before it loads anything."""


class RecordError(Exception):
    """A record that cannot be used; the message says which file and why."""


class FolderError(Exception):
    """A folder of results that cannot be worked in; the message says which and why."""
