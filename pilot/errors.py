"""What ends a command, and with which exit status."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses of every command."""

    GOOD = 0
    USAGE = 2
    INPUT = 3
    NOT_MEASURED = 4
    VERIFICATION = 5
    REGRESSION = 6
    INTERRUPTED = 130


class InputError(Exception):
    """Something given to the program is wrong: a file, a key, a folder. Nothing was written."""
