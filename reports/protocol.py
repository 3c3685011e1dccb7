"""What a protocol says beforehand about the rules: their text, their thresholds and the files' digests."""

from reports.assumptions import OPERATIONS, PRICES
from reports.files import digest
from reports.rules import read_rules, rules_digest


def protocol_text() -> str:
    """Markdown for `protocol.md`, in Vietnamese and English; the pilot writes it before the run."""
    rules = read_rules()
    lines = ["## Quy tắc đánh giá / Rules of judgement", ""]
    for rule in rules.rules:
        mark = " *" if rule.id in rules.requirements.rules else ""
        lines.append(f"- `{rule.id}`{mark}: {rule.vi} / {rule.en}")
    lines.extend(f"- `{item.id}`: {item.vi} / {item.en}" for item in rules.run_rules)
    lines += [
        "",
        "\\* yêu cầu bắt buộc / a requirement",
        "",
        f"- `reports/rules.toml` SHA-256 `{rules_digest()}`",
        f"- `reports/prices.toml` SHA-256 `{digest(PRICES)}`",
        f"- `reports/operations.toml` SHA-256 `{digest(OPERATIONS)}`",
        "",
    ]
    return "\n".join(lines)
