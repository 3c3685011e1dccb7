"""Writes `bench.vi.html` and `bench.en.html`: each one file that loads nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from markupsafe import Markup

from reports.bench import choose, rows
from reports.bench.figures.growth import grown
from reports.bench.figures.looks import looks
from reports.bench.figures.resources import group_name
from reports.bench.rows import Group, LoadRow, Place
from reports.bench.shapes import BenchSummary, Level
from reports.bench.words import words
from reports.derived import Interval
from reports.files import digest, write_text
from reports.page import Page, css, flat, template
from reports.pointer import ref, resolve
from reports.run import Run
from reports.texts import LANGUAGES, Language

_HERE = Path(__file__).parent / "templates"
_WAITS = (
    ("accepted", "p50"),
    ("accepted", "p95"),
    ("final", "p50"),
    ("final", "p95"),
    ("final", "p99"),
    ("provable", "p50"),
    ("provable", "p95"),
)


@dataclass(frozen=True, slots=True)
class Titled:
    """Rows under one load, and its name."""

    title: str
    rows: Sequence[LoadRow]


def _titled(page: Page, groups: Sequence[Group], *, kinds: bool = False) -> list[Titled]:
    found = []
    for group in groups:
        if group.rate is None:
            title = _load_name(page, "callers").format(callers=page.plain(group.callers or 0, "integer"))
        else:
            key = "rate" if group.kind == "entry" else "times"
            title = _load_name(page, key).format(rate=page.plain(group.rate, "decimal"))
        if group.http:
            title = _load_name(page, "http").format(load=title)
        if kinds:
            kind = page.texts.text("bench", "kinds", group.kind)
            title = _load_name(page, "kind").format(kind=kind.capitalize(), load=title)
        found.append(Titled(title, group.rows))
    return found


def _load_name(page: Page, key: str) -> str:
    return page.texts.text("bench", "rate_group", key)


def _under(page: Page, drive: str, rate: float | None) -> str:
    """The sentence that says under which load a figure was seen."""
    said = page.texts
    return said.text("bench", "page", "under").format(
        drive=said.text("bench", "drives", drive),
        rate="–" if rate is None else page.plain(rate, "decimal"),
        loop=said.text("bench", "loops", "open"),
    )


def _alternatives(page: Page, summary: BenchSummary) -> dict[str, str]:
    """What each picture shows, for who cannot see it."""
    said, rate = page.texts, choose.common_rate(summary)
    values: dict[str, list[str]] = {key: [] for key in ("latency", "headroom", "throughput", "growth")}
    values |= {"cpu": [], "bytes": [], "gas": []}

    def add(key: str, name: str, interval: Interval | None, kind: str) -> None:
        if interval is not None:
            values[key].append(f"{name} {page.plain(interval.value, kind)}")

    for name, ledger in summary.ledgers.items():
        load = choose.load(summary, name)
        add("latency", name, load.latency.get("final", {}).get("p50") if load else None, "seconds")
        for search in ledger.saturation[:1]:
            add("headroom", name, search.headroom, "decimal")
            add("throughput", name, search.highest, "decimal")
        for _, held in grown(ledger)[-1:]:
            add("growth", name, held.latency.get("final", {}).get("p95"), "seconds")
        used = choose.resources(summary, name)
        if used is not None:
            add("cpu", name, used.cpu_s, "seconds")
            add("bytes", name, used.stored_bytes, "size")
            add("gas", name, used.gas, "integer")
    shown = {key: "; ".join(items) for key, items in values.items()}
    at = "–" if rate is None else page.plain(rate, "decimal")
    return {
        "latency": said.text("bench", "latency", "alt").format(rate=at, medians=shown["latency"]),
        "headroom": said.text("bench", "headroom", "alt").format(values=shown["headroom"]),
        "throughput": said.text("bench", "headroom", "throughput_alt").format(values=shown["throughput"]),
        "growth": said.text("bench", "growth", "alt").format(values=shown["growth"]),
        "cpu": said.text("bench", "resources", "cpu_alt").format(values=shown["cpu"]),
        "bytes": said.text("bench", "resources", "bytes_alt").format(values=shown["bytes"]),
        "gas": said.text("bench", "resources", "gas_alt").format(values=shown["gas"]),
    }


def _term_name(page: Page, term: str) -> str | Markup:
    said = page.texts
    if said.has("bench", "terms", term):
        return said.text("bench", "terms", term)
    return Markup("<code>{}</code>").format(term)


def _term_value(page: Page, term: str, at: Place) -> str | Markup:
    """A term as people read it, by the unit in its name."""
    value = resolve(page.run, ref("summary.json", *at))
    if isinstance(value, int | float) and not isinstance(value, bool):
        kind = "seconds" if term.endswith("_s") else "size" if term.endswith("_bytes") else "decimal"
        return page.number("summary.json", kind, at)
    if term == "durability" and isinstance(value, str) and page.texts.has("durability", value or "unknown"):
        return page.texts.text("durability", value or "unknown")
    if isinstance(value, str):
        return page.recorded("summary.json", at)
    return page.shown(value) if isinstance(value, bool) else page.nothing()


def _assured_under(page: Page, summary: BenchSummary) -> str:
    """The one load of the leading table; empty where its rows differ."""
    loads = {
        (ledger.assurance.drive, ledger.assurance.rate)
        for ledger in summary.ledgers.values()
        if ledger.assurance is not None
    }
    return _under(page, *loads.pop()) if len(loads) == 1 else ""


def _sections(shown: Mapping[str, object]) -> list[str]:
    """The page's sections in order; one without anything to show is left out."""
    order = "assurance", "reading", "terms", "latency", "headroom", "growth", "ingress", "distance"
    gone = {"growth": "sizes", "ingress": "ingress", "distance": "distant"}
    return [
        name for name in (*order, "resources", "validity", "method") if name not in gone or shown[gone[name]]
    ]


def _tables(page: Page, summary: BenchSummary) -> dict[str, object]:
    """What the templates walk through."""

    def group(keep: Callable[..., bool], *, kinds: bool = False) -> list[Titled]:
        return _titled(page, rows.groups(summary, keep), kinds=kinds)

    distant = rows.distant(summary)
    growth, used, by_nodes = rows.growth(summary), rows.used(summary), rows.by_nodes(summary)
    return {
        "direct": group(rows.direct),
        "http": group(rows.http),
        "closed": group(rows.closed),
        "reading": group(rows.reading, kinds=True),
        "by_nodes": by_nodes,
        "most_nodes": max((len(row.at) for row in by_nodes), default=0),
        "growth": growth,
        "sizes": sorted({size for row in growth for size in row.at}),
        "ingress": rows.ingress(summary),
        "distant": distant,
        "claimed": rows.claimed(summary, distant),
        "used": used,
        "energy": any(row.one.energy_j is not None for row in used),
        "remarks": {
            "invalid": rows.remarks(summary, "invalid"),
            "disturbed": rows.remarks(summary, "disturbed"),
        },
        "terms": rows.terms(summary),
    }


def render(run: Run, summary: BenchSummary, language: Language) -> str:
    """The page in one language. Needs the figures."""
    page = Page(run, words(language))
    tables = _tables(page, summary)
    paint = looks(summary.ledgers)
    computed = [("summary.json", digest(run.folder / "summary.json"))]
    return template("bench.html.j2", _HERE).render(
        tables,
        page=page,
        other=next(other for other in LANGUAGES if other != language),
        t=page.texts.markup,
        b=lambda *path: page.texts.markup("bench", *path),
        items=page.texts.items,
        has=page.texts.has,
        css=css() + Markup((_HERE / "bench.css").read_text(encoding="utf-8")),
        manifest=run.manifest,
        summary=summary,
        sections=_sections(tables),
        figures={path.name.split(".")[0] for path in (run.folder / "figures").glob(f"*.{language}.svg")},
        levels=get_args(Level),
        measured=[name for name, ledger in summary.ledgers.items() if ledger.status == "measured"],
        rate=choose.common_rate(summary),
        waits=_WAITS,
        at_least=choose.at_least,
        colour=lambda name: paint[name].colour,
        alt=_alternatives(page, summary),
        assured_under=_assured_under(page, summary),
        under=lambda name: _under_of(page, summary, name),
        group_name=lambda group: group_name(page.texts, group),
        term_name=lambda term: _term_name(page, term),
        term_value=lambda term, at: _term_value(page, term, at),
        scenario=flat(run.scenario),
        files=[*sorted(run.manifest.files.items()), *computed],
    )


def _under_of(page: Page, summary: BenchSummary, name: str) -> str:
    assurance = summary.ledgers[name].assurance
    return "" if assurance is None else _under(page, assurance.drive, assurance.rate)


def write(run_dir: Path, summary: BenchSummary) -> None:
    """Write both pages into the bench directory. Needs `summary.json` and the figures."""
    run = Run(run_dir)
    for language in LANGUAGES:
        write_text(run_dir / f"bench.{language}.html", render(run, summary, language))
