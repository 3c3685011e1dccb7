"""Law 10: counters only grow, the gauge is a gauge, and health never raises."""

from itertools import pairwise

from consultation.core.ledger import Health, Ledger, Usage
from tests.conformance.harness import Harness


def law_10_counters_only_grow(harness: Harness) -> None:
    """Every appended entry and byte is counted; refused and repeated ones take nothing back."""
    readings = [harness.ledger.usage()]
    entries = harness.entries(6)
    harness.settle_all(entries)
    readings.append(harness.ledger.usage())
    assert readings[1].entries >= readings[0].entries + 6, f"6 entries more, counted {readings}"
    handed_over = sum(map(len, entries))
    assert readings[1].handed_over_bytes >= readings[0].handed_over_bytes + handed_over, (
        f"{handed_over} bytes more were handed over, counted {readings}"
    )
    harness.decide([b"\x00" * (harness.traits.max_entry_bytes + 1)])
    readings.append(harness.ledger.usage())
    harness.settle_all(entries)
    readings.append(harness.ledger.usage())
    other = harness.deployment.connect()
    readings.append(other.usage())
    other.close()
    grows(readings)
    assert readings[-1].entries == harness.ledger.head().size, "entries counted and entries there differ"


def law_10_health_never_raises(harness: Harness) -> None:
    """Not while it is well, and not after the client was closed, twice."""
    assert healthy(harness.ledger).ok, f"a running ledger says {harness.ledger.health()}"
    other = harness.deployment.connect()
    other.close()
    other.close()
    healthy(other)
    assert healthy(harness.ledger).ok, "closing one client made another one ill"


def grows(readings: list[Usage]) -> None:
    """No counter falls from one reading to the next."""
    for before, after in pairwise(readings):
        for counter in ("entries", "handed_over_bytes", "gas"):
            old, new = getattr(before, counter), getattr(after, counter)
            assert new >= old, f"the counter {counter} fell from {old} to {new}"
    assert min(reading.stored_bytes for reading in readings) >= 0


def healthy(ledger: Ledger) -> Health:
    """What the ledger says of itself, which must never raise and always say something."""
    try:
        found = ledger.health()
    except Exception as error:
        raise AssertionError(f"health raised {error!r}") from error
    assert found.detail, "health says nothing"
    return found
