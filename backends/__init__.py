"""The ledgers that are compared, one folder each; `nodes` builds and supervises their real processes."""
