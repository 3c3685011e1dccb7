"""Generate `types_pb2.py` and its stub from `types.proto`; run by hand after a change, compared by a test.

python -m backends.cometbft.abci.generate
"""

from pathlib import Path

from grpc_tools import protoc

ABCI = Path(__file__).parent
OUTPUTS = ("types_pb2.py", "types_pb2.pyi")


def generate(folder: Path) -> None:
    """Write OUTPUTS into `folder`. Raises RuntimeError where the compiler refuses."""
    well_known = Path(protoc.__file__).parent / "_proto"
    arguments = [
        f"-I{ABCI}",
        f"-I{well_known}",
        f"--python_out={folder}",
        f"--pyi_out={folder}",
        "types.proto",
    ]
    if protoc.main(["protoc", *arguments]) != 0:
        raise RuntimeError(f"protoc refused {ABCI.name}/types.proto")


if __name__ == "__main__":
    generate(ABCI)
