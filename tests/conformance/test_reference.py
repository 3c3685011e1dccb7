"""The reference page of the port does not lie: its laws, tests and mutants are those of the code."""

import re
from pathlib import Path

from tests.conformance.laws import LAWS
from tests.conformance.mutants import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "ledger-port.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| .+ \| `test_(\w+)` \| (.+) \|$", PAGE, re.MULTILINE)
SUITE = "".join(
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("test_laws.py", "test_laws_when_broken.py")
)


def test_every_law_of_the_page_has_a_test_and_a_mutant() -> None:
    for number, law, mutant in ROWS:
        assert law in LAWS
        assert law.startswith(f"law_{number}_"), f"{law} is listed under law {number}"
        assert law in MUTANTS[mutant].caught_by, f"the mutant {mutant!r} is not said to be caught by {law}"
        assert f"def test_{law}(" in SUITE, f"{law} is not run over the registered ledgers"


def test_every_law_of_the_suite_is_on_the_page() -> None:
    assert {law for _, law, _ in ROWS} == set(LAWS)
    assert {number for number, _, _ in ROWS} == {str(number) for number in range(1, 11)}


def test_the_example_of_the_page_prints_what_the_page_says() -> None:
    [program] = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
    printed: list[str] = []
    exec(program, {"print": lambda *values: printed.append(" ".join(map(str, values)))})
    assert f"`{printed[0]}`" in PAGE
