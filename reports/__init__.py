"""From a run directory to what people read: statistics, cost, verdict, figures, and HTML in two languages.

It reads nothing but the run directory and its own price, operations and rule files, and imports no backend.
`simulations.predict.write(run_dir)` comes before `build(run_dir)`, which shows what it wrote.
"""

from reports.build import build
from reports.errors import RunError
from reports.protocol import protocol_text
from reports.terminal import table, verdict_line

__all__ = ["RunError", "build", "protocol_text", "table", "verdict_line"]
