"""How one call's entries are shared out over transactions and posts."""

from collections.abc import Iterator

from backends.cometbft import framing


def test_a_post_takes_as_many_from_the_front_as_fit_and_at_least_one() -> None:
    half = bytes(framing.POST_BYTES // 2)
    assert framing.post([]) == []
    assert framing.post([half, half, b"1"]) == [half, half]
    assert framing.post([half, b"1", half, b"1"]) == [half, b"1"]
    assert framing.post([half + half + b"1", b"1"]) == [half + half + b"1"]


def test_no_more_than_one_transaction_is_made_in_vain() -> None:
    made: list[int] = []

    def transactions() -> Iterator[bytes]:
        for number in range(100):
            made.append(number)
            yield bytes(framing.MAX_TRANSACTION_BYTES)

    assert len(framing.post(transactions())) == 16
    assert made == list(range(17))
