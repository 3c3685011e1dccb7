"""The command line and the experiment: a scenario becomes a run directory, a run directory a report."""
