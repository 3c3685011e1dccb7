"""Make `verify.html` from its sources."""

from pathlib import Path

from consultation.web.verifier import read_source
from consultation.web.verifier.build import assemble

if __name__ == "__main__":
    Path(__file__).with_name("verify.html").write_text(assemble(read_source), encoding="utf-8", newline="\n")
