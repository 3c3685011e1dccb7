"""Who vouches for a ledger's heads, told from what a verifier pins of it."""

from collections.abc import Mapping

from consultation.core.canonical import Json
from pilot.commands.words import VOUCHERS


def of_pins(pins: Mapping[str, Json], lang: str) -> str:
    """One phrase: the pinned parties, or the operator only where nobody else is pinned."""
    words = VOUCHERS[lang]
    inner = pins.get("inner")
    if isinstance(inner, Mapping):
        return words["anchored"].format(inner=of_pins(inner, lang))
    witnesses, validators = pins.get("witnesses"), pins.get("validators")
    if isinstance(witnesses, list) and witnesses:
        return words["witnesses"].format(quorum=pins.get("quorum"), count=len(witnesses))
    if isinstance(validators, list):
        return words["validators"].format(count=len(validators))
    backend = str(pins.get("backend"))
    return words.get(backend, words["operator"])
