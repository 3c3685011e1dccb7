"""Commitments and pseudonyms: one field opens, nothing else does, and what is hidden stays hidden."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import commitment
from consultation.core.errors import VerificationError

_FIELDS = {"participant": "dân-1", "provision": "dieu-1", "stance": "agree", "text": "Tôi thống nhất."}
_SALT = bytes(range(32))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
fields_ = st.dictionaries(texts, texts, min_size=1, max_size=9)
salts = st.binary(min_size=32, max_size=32)


@given(fields_, salts)
def test_every_field_opens_under_the_commitment(fields: dict[str, str], salt: bytes) -> None:
    root = commitment.commit(fields, salt)
    for name, value in fields.items():
        opening = commitment.open_field(fields, salt, name)
        assert (opening.name, opening.value) == (name, value)
        commitment.check_opening(opening, root)


@given(fields_, salts, salts)
def test_the_commitment_depends_on_salt_and_fields_and_not_on_their_order(
    fields: dict[str, str], salt: bytes, other: bytes
) -> None:
    root = commitment.commit(fields, salt)
    assert commitment.commit(dict(reversed(fields.items())), salt) == root
    assert (commitment.commit(fields, other) == root) == (salt == other)
    name = next(iter(fields))
    assert commitment.commit({**fields, name: fields[name] + "."}, salt) != root


@pytest.mark.parametrize("name", sorted(_FIELDS))
def test_an_opening_with_anything_changed_is_refused(name: str) -> None:
    root = commitment.commit(_FIELDS, _SALT)
    true = commitment.open_field(_FIELDS, _SALT, name)
    forged = [
        replace(true, name="unit"),
        replace(true, value="Tôi không thống nhất."),
        replace(true, salt="00" * 32),
        replace(true, salt="no hex"),
        replace(true, index=(true.index + 1) % true.size),
        replace(true, index=-1),
        replace(true, size=true.index),
        replace(true, path=true.path[:-1]),
        replace(true, path=(*true.path, "00" * 32)),
        replace(true, path=tuple("00" * 32 for _ in true.path)),
        replace(true, path=("zz",)),
        replace(true, path=("00",)),
    ]
    for opening in forged:
        with pytest.raises(VerificationError) as refused:
            commitment.check_opening(opening, root)
        assert refused.value.link == "opening"
    for other in ("00" * 32, "", "no hex"):
        with pytest.raises(VerificationError):
            commitment.check_opening(true, other)


def test_an_opening_shows_no_other_fields_salt() -> None:
    shown = {commitment.open_field(_FIELDS, _SALT, name).salt for name in _FIELDS}
    assert len(shown) == len(_FIELDS)
    assert _SALT.hex() not in shown


def test_what_cannot_be_committed_or_opened_is_said() -> None:
    with pytest.raises(ValueError, match="32 bytes, found 31"):
        commitment.commit(_FIELDS, bytes(31))
    with pytest.raises(KeyError):
        commitment.open_field(_FIELDS, _SALT, "unit")


@given(salts, texts, texts, texts, texts)
def test_a_pseudonym_joins_nothing_across_provisions_consultations_and_persons(
    key: bytes, consultation: str, provision: str, other_consultation: str, other_provision: str
) -> None:
    mine = commitment.pseudonym(key, consultation, provision)
    assert mine == commitment.pseudonym(key, consultation, provision)
    assert len(bytes.fromhex(mine)) == 32
    other = commitment.pseudonym(key, other_consultation, other_provision)
    assert (mine == other) == ((consultation, provision) == (other_consultation, other_provision))
    assert (
        commitment.pseudonym(bytes(31) + b"\x01", consultation, provision) != mine
        or key == bytes(31) + b"\x01"
    )
