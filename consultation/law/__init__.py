"""How long the steps of a consultation last: what the law says, as data, and the deadlines that follow from
it.

`durations.toml` and `holidays.toml` hold every number, each with its source, or marked as not verified;
`table` reads and checks them; `deadlines` counts, without file or clock. Which step a consultation is in is
left to others.
"""
