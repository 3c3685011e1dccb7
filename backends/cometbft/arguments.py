"""The file that an application takes its arguments from, as its node takes its own from `config.toml`."""

from pathlib import Path

NAME = "app.args"


def write_arguments(home: Path, admission: str, answered: Path | None = None) -> None:
    """What the application in `home` is started with from now on; `answered` as in `app`."""
    lines = [f"--admission={admission}"]
    if answered is not None:
        lines.append(f"--answer-from={answered}")
    (home / NAME).write_text("\n".join(lines) + "\n")
