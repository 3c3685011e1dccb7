"""Documentation that fails the build when it lies: links, tables, commands and programs against the code.

The pages on the ledger port and on the run directory have tests of their own, beside what they describe; that
no page names a registry or a path of somebody's machine is in `test_packaging`.
"""

import ast
import contextlib
import inspect
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.core import TyperGroup

from backends import registry
from consultation.core import errors
from consultation.core.events import EVENTS, Kind
from consultation.web.access import Role
from pilot import scenario
from pilot.cli import app
from pilot.commands.words import LINKS
from pilot.errors import Exit
from tests.consultation.web.test_access import ROUTES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("workloads/**/*.md")])
OURS = {"backends", "consultation", "pilot", "reports", "simulations", "tests", "workloads"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def rows(text: str, columns: int) -> Iterator[list[str]]:
    """The cells of every table row with so many columns, heads and rules of tables left out."""
    lines = text.splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        if line.startswith("| ") and len(cells) == columns and not after.startswith("|--"):
            yield cells


def ticked(cell: str) -> str:
    """What a cell has in backticks, else nothing."""
    found = re.fullmatch(r"`([^`]+)`", cell)
    return found[1] if found else ""


def section(text: str, heading: str) -> str:
    """From a heading of the second level to the next."""
    [found] = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return str(found)


# Links


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@every_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        where = (page.parent / path).resolve() if path else page
        if not where.exists() or (anchor and anchor not in anchors(where)):
            broken.append(target)
    assert broken == []


def test_the_index_lists_every_page_once() -> None:
    listed = [(DOCS / target).resolve() for target in LINK.findall(read("docs/index.md"))]
    pages = [page for page in DOCS.rglob("*.md") if page.name != "index.md"]
    assert sorted(path for path in listed if DOCS in path.parents) == sorted(pages)


def test_decisions_are_numbered_without_a_gap_and_say_the_same_in_their_titles() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    titles = [page.read_text(encoding="utf-8").splitlines()[0] for page in pages]
    assert [int(re.sub(r"# (\d+)\. .*", r"\1", title)) for title in titles] == list(range(1, len(pages) + 1))


# The scenario


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every key below a table with its default; `tokens` and `ledgers` are told apart by the caller."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if name in ("tokens", "ledgers"):
            continue
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys_of(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.default


def scenario_keys() -> dict[str, object]:
    keys = dict(keys_of(scenario.Scenario))
    keys |= {f"tokens.{role.value}": PydanticUndefined for role in Role}
    keys |= {"ledgers.NAME.backend": None, "ledgers.NAME.window_s": None}
    for name in registry.BUILT_IN:
        keys |= {f"ledgers.{name}.{key}": value for key, value in registry.backend(name).options.items()}
    return keys


def shown_default(cell: str) -> object:
    """What a default's cell says: nothing, required, or a value as TOML writes it."""
    if cell in ("–", "required"):
        return None if cell == "–" else PydanticUndefined
    value = tomllib.loads(f"x = {ticked(cell)}")["x"]
    return tuple(value) if isinstance(value, list) else value


def test_every_scenario_key_is_on_its_page_with_its_default() -> None:
    table = list(rows(read("docs/reference/scenario.md"), 3))
    assert {ticked(key): shown_default(default) for key, default, _ in table} == scenario_keys()


@pytest.mark.parametrize("page", sorted((DOCS / "how-to").glob("*.md")), ids=name_of)
def test_scenario_fragments_fit_into_the_narrow_scenario(page: Path) -> None:
    for block in blocks(page, "toml"):
        fragment = tomllib.loads(block)
        if "project" in fragment or "reports" in fragment:  # the latter: tests/pilot/test_aggregate.py
            continue
        whole = tomllib.loads(read("scenarios/narrow.toml"))
        for table, values in fragment.items():
            whole[table] = {**whole.get(table, {}), **values}
        scenario.parse(whole, name_of(page))


# The command line


def commands() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def test_every_command_and_option_is_on_its_page() -> None:
    page = read("docs/reference/command-line.md")
    assert re.findall(r"^## pilot (\w+)$", page, re.MULTILINE) == list(commands().commands)
    for name, command in commands().commands.items():
        said = [ticked(cell) for cell, _ in rows(section(page, f"pilot {name}"), 2)]
        has = [
            item.opts[0].upper() if item.param_type_name == "argument" else item.opts[0]
            for item in command.params
        ]
        assert said == has, name


def test_exit_statuses_are_the_same_everywhere() -> None:
    table = rows(section(read("docs/reference/command-line.md"), "Exit status"), 3)
    named = {"verification": "VERIFICATION", "not measured": "NOT_MEASURED"}
    said = {named.get(name, name.upper()): int(status) for status, name, _ in table}
    assert said == {item.name: item.value for item in Exit}
    [line] = re.findall(r"\*\*Exit status\*\*: (.+?)\.", read("README.md"), re.DOTALL)
    assert [int(number) for number in re.findall(r"\d+", line)] == [item.value for item in Exit]
    assert " ".join(line.split()) in str(commands().epilog)


def lines_of_shell(page: Path) -> Iterator[list[str]]:
    """Every command in a page's `sh` blocks as words; comments left out, continued lines joined."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            with contextlib.suppress(ValueError):  # a quotation that spans lines is no command of ours
                yield shlex.split(line, comments=True)


def check_pilot(words: Sequence[str]) -> None:
    """The program would take these arguments; nothing is run."""
    name, *arguments = words
    commands().commands[name].make_context(name, arguments)


@every_page
def test_every_command_in_a_page_can_be_typed(page: Path) -> None:
    targets = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    for words in lines_of_shell(page):
        match words:
            case [".venv/bin/pilot" | "pilot", *rest]:
                check_pilot(rest)
            case ["make", target, *settings]:
                assert target in targets, words
                for setting in settings:
                    variable, _, value = setting.partition("=")
                    assert variable in ("ARGS", "PYTHON", "LOCK_ARGS"), words
                    if (target, variable) == ("pilot", "ARGS"):
                        check_pilot(["run", "scenarios/narrow.toml", *shlex.split(value)])
            case [".tox/test/bin/locust" | ".tox/test/bin/pytest", *rest]:
                files = [word for word in rest if re.match(r"(tests|workloads)/", word)]
                assert files
                assert all((ROOT / file).exists() for file in files), words
                offered = read("workloads/locustfile.py") if "locust" in words[0] else ""
                theirs = "--host --config --web-host --master --master-bind-host --worker --master-host"
                own = {*theirs.split(), *re.findall(r'add\("(--[\w-]+)"', offered)}
                assert {word for word in rest if word.startswith("--")} <= own, words


# HTTP, errors, certificates, entries


def test_every_route_is_on_its_page_with_its_roles() -> None:
    page = read("docs/reference/http-api.md")
    table = [cells for cells in rows(page, 6) if ticked(cells[0])]
    said = {
        tuple(ticked(route).split(" ")): {
            role for role, mark in zip(Role, marks, strict=True) if mark == "yes"
        }
        for route, *marks, _ in table
    }
    assert "| route | citizen | officer | operator | auditor | does |" in page
    assert said == dict(ROUTES)


def test_every_problem_is_on_its_page_with_its_status() -> None:
    paths = (path for package in ("consultation", "pilot") for path in (ROOT / package).rglob("*.py"))
    sources = "".join(path.read_text(encoding="utf-8") for path in paths)
    raised = {slug: status for status, slug in re.findall(r'Problem\(\s*(\d{3}),\s*"([\w-]+)"', sources)}
    table = list(rows(section(read("docs/reference/errors.md"), "Over HTTP"), 4))
    said = {ticked(slug): status for slug, status, _, _ in table}
    assert {slug: status for slug, status in said.items() if slug != "http"} == raised


def test_every_error_of_a_ledger_is_on_its_page() -> None:
    table = rows(section(read("docs/reference/errors.md"), "Of a ledger"), 3)
    classes = {name for name, kind in vars(errors).items() if inspect.isclass(kind)} - {"LedgerError"}
    assert {ticked(cell) for cell, _, _ in table} == classes


def test_every_link_of_a_certificate_is_on_its_page_in_order() -> None:
    page = section(read("docs/reference/certificate.md"), "The links")
    said = [ticked(name) for name, _, _ in rows(page, 3)]
    assert said == list(LINKS["en"]) == list(LINKS["vi"])


def test_the_decision_on_entries_names_every_event_and_its_fields() -> None:
    page = read("docs/decisions/0005-what-is-on-the-ledger.md")
    said = {ticked(kind): set(re.findall(r"`([\w-]+)`", holds)) for kind, holds in rows(page, 2)}
    assert said["kind"] == set(Kind)
    for kind, event in EVENTS.items():
        assert said[kind] == {part.name for part in fields(event)}, kind


# Ledgers and packages


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_every_ledger_is_where_a_reader_looks_for_it(name: str) -> None:
    for page in ("README.md", "docs/explanation/what-final-means.md", "docs/reference/certificate.md"):
        assert re.search(rf"^\| `{name}` ", read(page), re.MULTILINE), page


def test_the_figures_have_a_place_of_their_own_to_be_filled_from_a_run() -> None:
    [figures] = re.findall(r"<!-- figures -->\n(.*?)<!-- /figures -->", read("README.md"), re.DOTALL)
    tables = [
        [line.count("|") for line in lines] for lines in map(str.splitlines, re.split(r"\n(?!\|)", figures))
    ]
    of_rows = [[count for count in counts if count] for counts in tables]
    assert [len(counts) > 4 for counts in of_rows if counts] == [True, True]
    assert all(len(set(counts)) == 1 for counts in of_rows if counts), (
        "every row has the columns of its heading"
    )


def imported() -> set[str]:
    """Top-level modules that the code of the pilot imports and that are neither ours nor Python's."""
    found: set[str] = set()
    for package in OURS - {"tests"}:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {name.name.partition(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found - OURS - set(sys.stdlib_module_names)


def test_every_package_that_the_code_imports_has_its_reason_written_down() -> None:
    page = read("docs/decisions/0012-dependencies.md")
    reasoned = {name for cells in rows(page, 4) for name in cells[0].split(", ")}
    extras = {"locust", "vyper", "grpcio-tools", "psycopg"}
    # What comes with another and has no choice of its own.
    brought = {"starlette": "fastapi", "pydantic-core": "pydantic", "markupsafe": "jinja2"}
    brought |= {"asn1crypto": "pyhanko"}
    homes: Mapping[str, list[str]] = packages_distributions()
    needed = {homes[module][0].lower().replace("_", "-") for module in imported()} - extras
    assert {brought.get(name, name) for name in needed} - reasoned == set()


def test_no_package_of_the_pilot_has_a_licence_that_binds() -> None:
    binding = []
    for name in re.findall(r"^([\w.-]+)==", read("requirements/pilot.txt"), re.MULTILINE):
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue  # for another platform or Python
        said = [item for item in about.get_all("Classifier") or [] if item.startswith("License")]
        for field in ("License-Expression", "License"):
            said += [text[:80] for text in about.get_all(field) or []]
        if re.search(r"GPL|General Public License", " ".join(said)):
            binding.append(name)
    assert binding == []


# Programs


@contextlib.contextmanager
def a_run_as_named(text: str, run: Path, folder: Path) -> Iterator[None]:
    """The folder as the working directory; in it, a whole run under each name that the text has."""
    for name in set(re.findall(r"runs/[\w-]+", text)):
        shutil.copytree(run, folder / name)
    with contextlib.chdir(folder):
        yield


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run of invented numbers."""
    import reports
    from simulations import predict
    from tests.reports import synthetic

    run = synthetic.write(tmp_path_factory.mktemp("docs") / "invented")
    predict.write(run)
    reports.build(run)
    return run


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_every_program_in_a_page_runs(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    program = "\n".join(blocks(page, "python"))
    namespace: dict[str, object] = {"__name__": "page", "print": lambda *_: None}
    with contextlib.ExitStack() as stack:
        if "runs/" in program:
            run: Path = request.getfixturevalue("invented")
            stack.enter_context(a_run_as_named(program, run, tmp_path))
        exec(compile(program, name_of(page), "exec"), namespace)
