"""Drafts drawn at random, and the text that an official would have written of one."""

from hypothesis import strategies as st

from consultation.core.drafts import Draft, Provision, ProvisionKind
from consultation.core.provisions import ORDINALS, WORDS, cite, expected_id, roman

LETTERS = "abcdđeghiklmnopqrstuvxy"
WORD = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệốồổỗộứừửữự", min_size=1, max_size=7)
SENTENCE = st.lists(WORD, min_size=2, max_size=9).map(lambda words: f"Nay {' '.join(words)}.")
TITLE = SENTENCE.map(lambda text: text.upper().rstrip("."))
BODY = st.lists(SENTENCE, min_size=1, max_size=2).map("\n".join)
HEADED = (ProvisionKind.PART, ProvisionKind.CHAPTER, ProvisionKind.SECTION, ProvisionKind.SUBSECTION)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A tree of all kinds; articles are numbered through, everything else within what it stands in."""
    parts: list[Provision] = []
    articles = 0

    def add(kind: ProvisionKind, number: str, parent: str, text: str) -> str:
        name = expected_id(kind, number, parent)
        parts.append(Provision(name, cite(name), text, kind, parent))
        return name

    def few(most: int, least: int = 0) -> range:
        return range(1, 1 + draw(st.integers(least, most)))

    def article(parent: str) -> None:
        nonlocal articles
        articles += 1
        name = add(ProvisionKind.ARTICLE, str(articles), parent, draw(BODY))
        for clause in few(2):
            under = add(ProvisionKind.CLAUSE, str(clause), name, draw(BODY))
            points(under)
        if parts[-1].id == name:
            points(name)

    def points(parent: str) -> None:
        for place in few(6):
            letter = LETTERS[place - 1].replace("đ", "dd")
            add(ProvisionKind.POINT, letter, parent, draw(BODY))

    def fill(parent: str, depth: int, least: int) -> None:
        """Articles, and after them headings: an article after a heading would stand in it."""
        for _ in few(2, least):
            article(parent)
        if depth < len(HEADED) and draw(st.booleans()):
            for number in few(2, least=1):
                fill(add(HEADED[depth], str(number), parent, draw(TITLE)), depth + 1, 0)

    fill("", draw(st.integers(0, 1)), 1)
    for number in few(1):
        add(ProvisionKind.ANNEX, str(number), "", draw(BODY))
    return Draft("Quyết định thử", "Ủy ban nhân dân", tuple(parts))


def written(draft: Draft, *, on_one_line: bool = True) -> str:
    """As plain text; headings have their title on their line, or on the next."""
    lines = [
        f"Tiêu đề: {draft.title}",
        f"Cơ quan ban hành: {draft.issuer}",
        "",
        "Căn cứ Luật số 64/2025/QH15;",
        "",
    ]
    for part in draft.provisions:
        assert part.kind is not None
        number = part.id.rpartition("-")[2]
        match part.kind:
            case ProvisionKind.CLAUSE:
                lines.append(f"{number}. {part.text}")
            case ProvisionKind.POINT:
                lines.append(f"{number.replace('dd', 'đ')}) {part.text}")
            case ProvisionKind.ARTICLE:
                lines.append(f"Điều {number}. {part.text}")
            case kind:
                head = f"{WORDS[kind].upper()} {_as_written(kind, number)}"
                lines += ["", f"{head}. {part.text}"] if on_one_line else ["", head, "", part.text]
    return "\n".join(lines) + "\n"


def _as_written(kind: ProvisionKind, number: str) -> str:
    if kind is ProvisionKind.PART:
        return f"THỨ {ORDINALS[int(number) - 1].upper()}"
    if kind in (ProvisionKind.CHAPTER, ProvisionKind.ANNEX):
        return roman(int(number))
    return number
