"""Strategies and small makers for counted opinions and summary tables."""

from collections.abc import Sequence

from hypothesis import strategies as st

from consultation.core import assembly
from consultation.core.assembly import Counted
from consultation.core.canonical import nfc
from consultation.core.drafts import Outcome, Stance
from consultation.core.people import ORGANISATIONS, Audience
from consultation.core.summary import Header, Moderation, Summary
from consultation.service.table import Response, answered

PROVISIONS = (("", ""), ("dieu-2", "Điều 2"), ("dieu-10", "Điều 10"), ("dieu-11", "Điều 11"))
RESPONSES = [
    Response(Outcome.ACCEPTED, "", ""),
    Response(Outcome.ACCEPTED_IN_PART, "Đã bổ sung tại khoản 2.", "dieu-2"),
    Response(Outcome.EXPLAINED, "Đã có quy định tại Điều 12.", "dieu-10"),
    Response(Outcome.OUT_OF_SCOPE, "Thuộc thẩm quyền của Chính phủ.", "dieu-11"),
]
ORGANISATION = "Hội Luật gia Thành phố"
words = st.text(max_size=12).map(nfc)


@st.composite
def opinions(draw: st.DrawFn, max_size: int = 6) -> list[Counted]:
    """Counted opinions, some of them in the same words."""
    phrases = ["", *draw(st.lists(words, max_size=3)), "=1+1", "Tôi thống nhất"]
    found = []
    for at in range(draw(st.integers(0, max_size))):
        audience = draw(st.sampled_from(Audience))
        found.append(
            Counted(
                f"{at:064x}",
                draw(st.sampled_from([name for name, _ in PROVISIONS])),
                audience,
                ORGANISATION if audience in ORGANISATIONS else "",
                draw(st.sampled_from(Stance)),
                draw(st.sampled_from(phrases)),
                draw(st.sampled_from(phrases)),
                draw(st.sampled_from(phrases)),
                draw(st.sampled_from([None, None, *Moderation])),
                draw(st.sampled_from([False, False, True])),
            )
        )
    return found


def header(counted: int, excluded: int = 0) -> Header:
    return Header(
        "quyet-dinh-ve-cho",
        "Quyết định về quản lý chợ",
        "Sở Công Thương",
        ("Sở Tài chính", "Sở Tư pháp"),
        ("Sở Tài chính",),
        counted + excluded,
        counted,
        {"spoken": excluded} if excluded else {},
    )


def table(found: Sequence[Counted], excluded: int = 0) -> Summary:
    """A table whose rows all have an answer."""
    assigned = [answered(one, RESPONSES) for one in assembly.assemble(found)]
    return assembly.tabulate(header(len(found), excluded), PROVISIONS, assigned, [one.id for one in found])
