"""A SimPy model of the pilot: arrivals, the service's group commit, the batcher and the ledger.

Its service times come from a run's observations at one offered rate; it then predicts the other rates of the
same run, and `simulation.json` holds each prediction beside what was measured. It reads a run directory and
imports no backend.
"""
