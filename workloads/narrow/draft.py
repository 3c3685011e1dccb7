"""Reads `draft.txt`, a draft decision as it is published, into provisions with stable ids.

Chương, Điều, Khoản and Điểm stand one a line. An article's id has no chapter in it, as people cite it without
('dieu-5.khoan-2.diem-a'); điểm đ, which comes after d in the Vietnamese alphabet, is 'diem-dd'.
"""

import re
from importlib.resources import files

from workloads.consultations import DraftText, Provision

CHAPTER = re.compile(r"Chương ([IVX]+)\. (.+)")
ARTICLE = re.compile(r"Điều (\d+)\. (.+)")
CLAUSE = re.compile(r"(\d+)\. (.+)")
POINT = re.compile(r"([a-zđ])\) (.+)")


def read() -> DraftText:
    """The draft that the consultation is about."""
    return parse(files(__package__).joinpath("draft.txt").read_text(encoding="utf-8"))


def parse(text: str) -> DraftText:
    """A draft from its text. Raises ValueError naming a line that is neither heading nor provision."""
    headings: dict[str, str] = {}
    grounds: list[str] = []
    provisions: list[Provision] = []
    chapters = article = clause = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line:
            continue
        if found := CHAPTER.fullmatch(line):
            chapters += 1
            provisions.append(Provision(f"chuong-{chapters}", f"Chương {found[1]}", found[2]))
        elif found := ARTICLE.fullmatch(line):
            article, clause = int(found[1]), 0
            provisions.append(Provision(f"dieu-{article}", f"Điều {article}", found[2]))
        elif article and (found := CLAUSE.fullmatch(line)):
            clause = int(found[1])
            label = f"Khoản {clause} Điều {article}"
            provisions.append(Provision(f"dieu-{article}.khoan-{clause}", label, found[2]))
        elif clause and (found := POINT.fullmatch(line)):
            id = f"dieu-{article}.khoan-{clause}.diem-{found[1].replace('đ', 'dd')}"
            label = f"Điểm {found[1]} khoản {clause} Điều {article}"
            provisions.append(Provision(id, label, found[2]))
        elif not article and line.startswith(("Căn cứ ", "Theo đề nghị ")):
            grounds.append(line)
        elif not article and ": " in line:
            name, _, value = line.partition(": ")
            headings[name] = value
        else:
            raise ValueError(
                f"draft line {number} is {line[:60]!r}; "
                "expected Chương, Điều, a clause '1. …' or a point 'a) …'"
            )
    return DraftText(
        headings["Tiêu đề"], headings["Cơ quan ban hành"], headings["Số"], tuple(provisions), tuple(grounds)
    )


def article_of(provision: str) -> str:
    """The article that a provision belongs to: 'dieu-5' for 'dieu-5.khoan-2'; '' for the whole draft."""
    return provision.partition(".")[0]
