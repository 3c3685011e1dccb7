"""The figures of a report as SVG, one file for each figure and language: same run, same bytes."""

from reports.figures.draw import ALL, write

__all__ = ["ALL", "write"]
