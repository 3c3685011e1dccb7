"""The figures of a bench as SVG, one file for each figure and language: same bench, same bytes."""

from reports.bench.figures.draw import ALL, write

__all__ = ["ALL", "write"]
