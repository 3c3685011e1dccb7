"""What can go wrong with a node, before it runs (NodeUnavailable) and while it runs (NodeFailed)."""


class NodeUnavailable(Exception):
    """A node's binary cannot be had on this machine.

    `reason` is one sentence, fit for 'not measured: reason'; `log_tail` the last lines of the build's log.
    """

    def __init__(self, name: str, reason: str, log_tail: str = "") -> None:
        super().__init__(f"{name}: {reason}" + (f"\n{log_tail}" if log_tail else ""))
        self.name = name
        self.reason = reason
        self.log_tail = log_tail


class NodeFailed(Exception):
    """A node's process ended before it was ready, was not ready in time, or does not end.

    `reason` is one sentence; `log_tail` the last lines that the process wrote.
    """

    def __init__(self, name: str, reason: str, log_tail: str = "") -> None:
        super().__init__(f"{name}: {reason}" + (f"; its log ends:\n{log_tail}" if log_tail else ""))
        self.name = name
        self.reason = reason
        self.log_tail = log_tail
