"""How people type: without diacritics, in capitals, in chat spelling, with mistakes, in Unicode form NFD."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from random import Random

from workloads.narrow.bank import Habits

WORD = re.compile(r"\w+")
STOP = re.compile(r"\.(?=\s|$)")
CHAT_PERCENT = 70  # of the words that have a short form
MISSPELT_PERCENT = 45  # of the words that are often misspelt
SLIPS = 40  # per cent of texts by people who misspell that also have two letters swapped or a space lost

SHORT = 20  # characters; so few are typed right


def typed(text: str, habit: str, habits: Habits, rng: Random) -> str:
    """`text` as somebody with this habit types it. Raises ValueError for a habit unknown here."""
    match habit:
        case "plain":
            return text
        case "lower_case":
            return STOP.sub("", text.lower()) if rng.random() < 0.5 else text.lower()
        case "no_diacritics":
            return bare(text)
        case "capitals":
            return text.upper()
        case "chat":
            short = _replaced(text.lower(), habits.chat, CHAT_PERCENT, rng)
            return STOP.sub(rng.choice([".", "..", ""]), short)
        case "misspelling":
            misspelt = _replaced(text, habits.misspelling, MISSPELT_PERCENT, rng)
            return _slipped(misspelt, rng) if rng.random() * 100 < SLIPS else misspelt
    raise ValueError(f"there is no habit {habit!r}; known are those of habits.toml")


def bare(text: str) -> str:
    """Without diacritics, as on a telephone without a Vietnamese keyboard."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def decomposed(text: str) -> str:
    """The same text in Unicode form NFD: it looks alike and has other bytes."""
    return unicodedata.normalize("NFD", text)


def _replaced(text: str, words: Mapping[str, Sequence[str]], percent: int, rng: Random) -> str:
    def one(match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() not in words or rng.random() * 100 >= percent:
            return word
        other = rng.choice(words[word.lower()])
        return other[0].upper() + other[1:] if word[0].isupper() else other

    return WORD.sub(one, text)


def _slipped(text: str, rng: Random) -> str:
    if len(text) < SHORT:
        return text
    if rng.random() < 0.4:
        return text.replace(", ", rng.choice([",", " , "])).replace("?", "??")
    place = rng.randrange(1, len(text) - 1)
    if text[place].isalpha() and text[place - 1].isalpha():
        return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]
    return text[:place] + text[place + 1 :]
