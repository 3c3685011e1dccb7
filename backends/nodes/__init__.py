"""The real processes under the ledgers: `toolchain` builds their pinned binaries, `process` supervises them.

What a node says on the wire, how it is configured and when it is ready is left to its ledger's own folder.
"""
