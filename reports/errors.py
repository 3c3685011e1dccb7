"""The one error that reading a run directory raises."""


class RunError(Exception):
    """A run directory is not what the contract says.

    The message names the file, the key or column, what was found, what is allowed, and the remedy.
    """
