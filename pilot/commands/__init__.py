"""One module per command: reads what was given, does it, prints, returns the exit status."""
