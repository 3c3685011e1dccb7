"""`python -m pilot`, which is what the experiment starts its services with."""

from pilot.cli import main

if __name__ == "__main__":
    main()
