"""The bench: load on the ledger port itself, without a service, so that the two can be told apart.

`entries` makes what is written, `direct` writes it in an open or a closed loop,
`reads` reads, proves, verifies and audits, `growth` fills a ledger, `floor` is the ledger that does
nothing. All give `observed.Observed`: raw times of every operation. What they come to is for `reports`.
"""
