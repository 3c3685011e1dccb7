"""What is computed from a bench directory alone: its summary, its figures, its pages, and comparisons."""
