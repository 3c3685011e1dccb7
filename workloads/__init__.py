"""What the ledgers are put through: consultations, arrivals, traces, drivers, benchmarks, attacks."""
