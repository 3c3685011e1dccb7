"""The sentences under the verdict: its grounds and what would turn it, with their numbers tied to the run."""

from markupsafe import Markup

from reports.assurance import beyond, seen_otherwise
from reports.derived import Answer, LedgerCost, Verdict
from reports.page import Page
from reports.pointer import ref
from reports.rules import Rules


def _met(page: Page, verdict: Verdict, rules: Rules, ledger: str) -> Markup | None:
    found: list[Answer] = [
        ruling.answer
        for ruling in verdict.rulings
        if ruling.ledger == ledger and ruling.rule in rules.requirements.rules
    ]
    if not found:
        return None
    yes, every = found.count("yes"), len(rules.requirements.rules)
    place = "verdict.json#/rulings"
    return page.texts.markup("answer", "because_meets").format(
        ledger=Markup("<strong>{}</strong>").format(ledger),
        yes=page.data(place, str(yes), str(yes)),
        all=page.data(place, str(every), str(every)),
    )


def _detected(page: Page, ledger: str) -> Markup | None:
    tried = [cell for cell in page.run.risk if cell.ledger == ledger and cell.outcome != "not applicable"]
    if not tried:
        return None
    detected = sum(cell.outcome == "detected" for cell in tried)
    return page.texts.markup("attacks", "count").format(
        ledger=Markup("<strong>{}</strong>").format(ledger),
        detected=page.data("risk.json#", str(detected), str(detected)),
        tried=page.data("risk.json#", str(len(tried)), str(len(tried))),
    ) + Markup(".")


def _place(cost: LedgerCost, volume: int) -> int | None:
    return next((place for place, year in enumerate(cost.years) if year.volume == volume), None)


def _costs(page: Page, best: str, chain: str) -> Markup | None:
    cost = page.run.cost
    ours = _place(cost.ledgers[best], cost.likely_volume)
    theirs = _place(cost.ledgers[chain], cost.likely_volume)
    if ours is None or theirs is None:
        return None
    return page.texts.markup("answer", "because_cost").format(
        best=best,
        chain=chain,
        best_cost=page.number("cost.json", "dong", "ledgers", best, "years", ours, "year", "p50"),
        chain_cost=page.number("cost.json", "dong", "ledgers", chain, "years", theirs, "year", "p50"),
        share=page.number("cost.json", "percent", "ledgers", best, "years", ours, "measured_share"),
    )


def _added(page: Page, verdict: Verdict, chain: str) -> list[Markup]:
    """What the chain assures and each other ledger does not."""
    lines: list[Markup] = []
    for pair, references in verdict.adds.items():
        ours, _, other = pair.partition(" / ")
        if ours != chain or not references:
            continue
        phrases = Markup("; ").join(
            Markup('<span data-ref="{}">{}</span>').format(item.place, item.text)
            for item in beyond(page.run, page.texts, references)
        )
        line = page.texts.markup("answer", "because_adds").format(chain=chain, other=other, list=phrases)
        who = seen_otherwise(page.run, page.texts, references, other)
        if who:
            line += " " + page.texts.markup("answer", "because_otherwise").format(other=other, who=who)
        lines.append(line)
    return lines


def grounds(page: Page, verdict: Verdict, rules: Rules) -> list[Markup]:
    """Why the verdict is what it is, a sentence each."""
    best, chain = verdict.subjects.get("best"), verdict.subjects.get("chain")
    lines: list[Markup | None] = []
    named = [name for name in (best, chain) if name is not None]
    judged = [name for name in page.run.measured() if name not in verdict.not_judged]
    for ledger in named or judged:
        lines += [_met(page, verdict, rules, ledger), _detected(page, ledger)]
    for ledger, why in verdict.not_judged.items():
        if not named and why != "floor":
            lines.append(
                Markup('<span data-ref="{}"><strong>{}</strong>: {}</span>').format(
                    ref("verdict.json", "not_judged", ledger), ledger, page.texts.text("not_judged", why)
                )
            )
    if best is not None and chain is not None:
        lines.append(
            page.texts.markup("answer", "because_parties").format(
                best=best,
                chain=chain,
                best_parties=page.number("summary.json", "integer", "ledgers", best, "parties"),
                chain_parties=page.number("summary.json", "integer", "ledgers", chain, "parties"),
            )
        )
        lines.extend(_added(page, verdict, chain))
        lines.append(_costs(page, best, chain))
    for place, scheme in enumerate(verdict.schemes):
        result = page.texts.text("advice", scheme.result)
        tied = Markup('<span data-ref="{}">{}</span>').format(
            ref("verdict.json", "schemes", place, "result"), result
        )
        lines.append(page.texts.markup("answer", "because_scheme").format(result=tied))
    return [line for line in lines if line is not None]


def conditions(page: Page, verdict: Verdict) -> list[Markup]:
    """What would turn the verdict; changes that lead to the same other verdict stay apart."""
    lines: list[Markup] = []
    for place, condition in enumerate(verdict.conditions):
        change = page.texts.markup("conditions", condition.change).format(ledger=condition.ledger)
        line = page.texts.markup("answer", "condition").format(
            change=change, verdict=page.texts.text("overall", condition.verdict)
        )
        lines.append(
            Markup('<span data-ref="{}">{}</span>').format(ref("verdict.json", "conditions", place), line)
        )
    return lines
