"""The bench: every ledger of a scenario under equal load, over separate starts, interleaved; raw times
kept.

`conduct` is the order of things, `place` one deployed ledger, `windows` the windows on it, `http` the
windows through the service, `look` what the machine did meanwhile, `book` what is kept and how it is
written, `live` what a person sees. The shape of what is left: docs/reference/bench-directory.md. What it
comes to is for `reports.bench`.
"""
