"""The pure core: the ledger port, records, admission, tally, tree, checkpoints, certificates.

Nothing here opens a file or a socket, reads a clock, or draws a random number: callers inject them.
"""
