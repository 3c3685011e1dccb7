"""Compile `ledger.vy` into `ledger.json`: `python -m backends.evm.contract.build`, with extra `contract`."""

import json
from pathlib import Path

from vyper import __version__ as vyper_version
from vyper.compiler import compile_code
from vyper.compiler.settings import Settings

FOLDER = Path(__file__).parent
EVM_VERSION = "london"
"""The oldest rules that every chain in question has: no PUSH0, no transient storage."""


def compiled() -> str:
    """The artifact as JSON text: compiler, rules, ABI, storage layout, bytecode."""
    source = (FOLDER / "ledger.vy").read_text(encoding="utf-8")
    found = compile_code(
        source, output_formats=["abi", "bytecode", "layout"], settings=Settings(evm_version=EVM_VERSION)
    )
    layout = {name: place["slot"] for name, place in found["layout"]["storage_layout"].items()}
    artifact = {
        "compiler": f"vyper {vyper_version}",
        "evm_version": EVM_VERSION,
        "abi": found["abi"],
        "storage_layout": layout,
        "bytecode": found["bytecode"].removeprefix("0x"),
    }
    return json.dumps(artifact, indent=1, sort_keys=True) + "\n"


def main() -> None:
    (FOLDER / "ledger.json").write_text(compiled(), encoding="utf-8")


if __name__ == "__main__":
    main()
