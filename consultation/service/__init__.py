"""The service: takes opinions, keeps them, hands their entries to a ledger, issues certificates.

The way of an opinion, and what a crash does at each step:

1. `Desk.submit` queues it; nothing is promised, and a crash loses it unanswered.
2. The vault makes the person's key and name durable where they are new; then the writer commits the sealed
   opinion and salt, outbox row and receipt in one transaction, together with whatever else was queued. Only
   then is the receipt returned. From here a crash loses nothing.
3. `Batcher` appends outbox entries to the ledger. After a crash it appends the same bytes again, which
   law 1 of the ledger port makes harmless.
4. Once settled, index and time are stored; once a head that covers the entry has been fetched and checked,
   the time at which it became provable.
"""
