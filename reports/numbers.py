"""Numbers and dates as people write them: 1.234,5 in Vietnamese, 1,234.5 in English."""

import math
from datetime import UTC, datetime

NOTHING = "–"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SIGNIFICANT = 3


def _marks(text: str, language: str) -> str:
    return text if language != "vi" else text.translate(str.maketrans(",.", ".,"))


def integer(value: float, language: str) -> str:
    """A whole number with its thousands set off."""
    return _marks(f"{round(value):,}", language).replace("-", "−")


def decimal(value: float, language: str, digits: int = _SIGNIFICANT) -> str:
    """Three significant digits, without an exponent; whole numbers from 100 on; an exact 60 stays 60."""
    if value == 0:
        return "0"
    places = min(9, max(0, digits - 1 - math.floor(math.log10(abs(value)))))
    while places > 0 and math.isclose(value, round(value, places - 1), rel_tol=1e-9):
        places -= 1
    return _marks(f"{value:,.{places}f}", language).replace("-", "−")


def percent(value: float, language: str) -> str:
    """A share as a percentage: one decimal, below 1 % two; what would round to nothing is 'less than'."""
    size = abs(100 * value)
    if 0 < size < 0.005:
        return f"<{_marks('0.01', language)}%"
    places = 0 if math.isclose(size, round(size), abs_tol=1e-9) else 1 if size >= 1 else 2
    return _marks(f"{100 * value:,.{places}f}", language).replace("-", "−") + "%"


def seconds(value: float, language: str) -> str:
    """Milliseconds below a second, else seconds."""
    if 0 < abs(value) < 1:
        return f"{decimal(value * 1000, language)} ms"
    return f"{decimal(value, language)} {'giây' if language == 'vi' else 's'}"


def size(value: float, language: str) -> str:
    """Bytes, in powers of a thousand."""
    units = ("byte", "kB", "MB", "GB", "TB") if language == "vi" else ("B", "kB", "MB", "GB", "TB")
    step = 0
    while abs(value) >= 1000 and step < len(units) - 1:
        value, step = value / 1000, step + 1
    return f"{integer(value, language) if step == 0 else decimal(value, language)} {units[step]}"


def dong(value: float, language: str) -> str:
    """Vietnamese dong: thousands, millions and billions in words."""
    steps = (
        (1e9, "tỷ đồng", "billion VND"),
        (1e6, "triệu đồng", "million VND"),
    )
    for step, vi, en in steps:
        if abs(value) >= step:
            return f"{decimal(value / step, language)} {vi if language == 'vi' else en}"
    return f"{decimal(value, language)} {'đồng' if language == 'vi' else 'VND'}"


def span(low: str, high: str) -> str:
    """Two formatted numbers as one range; a unit that both have is said once."""
    number, space, unit = low.partition(" ")
    if number == "0":
        return f"0–{high}"
    return f"{number}–{high}" if space and high.endswith(f" {unit}") else f"{low}–{high}"


def moment(iso: str, language: str) -> str:
    """A time of the manifest, in UTC."""
    at = datetime.fromisoformat(iso.replace("Z", "+00:00")).astimezone(UTC)
    if language == "vi":
        return f"{at:%H} giờ {at:%M} phút, ngày {at:%d/%m/%Y} (giờ UTC)"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"
