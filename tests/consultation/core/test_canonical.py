"""Canonical JSON: RFC 8785's own examples, what is refused, and that reading and writing are inverse."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import canonical
from consultation.core.canonical import Json

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)

ROOT = Path(__file__).resolve().parents[3]


def test_the_rfcs_string_example_comes_out() -> None:
    """RFC 8785 3.2.2 and 3.2.3: escapes, and sorting by UTF-16 code units."""
    assert canonical.encode('\u20ac$\u000f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical.encode(dict.fromkeys(names, 0)).decode()
    assert list(json.loads(written)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({}, b"{}"),
        ([], b"[]"),
        ((1, 2), b"[1,2]"),
        ({"b": [True, False, None], "a": -1}, b'{"a":-1,"b":[true,false,null]}'),
        (2**53 - 1, b"9007199254740991"),
        ("\x00\x1f\x7f", b'"\\u0000\\u001f\x7f"'),
        ("\t\b\f", b'"\\t\\b\\f"'),
        ("Thống nhất", '"Thống nhất"'.encode()),
    ],
)
def test_a_value_has_one_form(value: Json, written: bytes) -> None:
    assert canonical.encode(value) == written
    assert canonical.encode(canonical.decode_canonical(written)) == written


@given(values)
def test_what_is_written_is_read_back(value: Json) -> None:
    written = canonical.encode(value)
    assert canonical.decode_canonical(written) == value
    assert canonical.encode(canonical.decode(json.dumps(value, indent=1).encode())) == written


@pytest.mark.parametrize(
    "value",
    [1.5, 1.0, float("nan"), float("inf"), 2**53, -(2**53), "\ud800", {"\ud800": 1}, {"a": [0.5]}, b"bytes"],
)
def test_what_has_no_form_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical.encode(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" 1",
        b"1 ",
        b"1.0",
        b"1e3",
        b"-0",
        b"01",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b"9" * 5000,
        b"\xff",
        b"\xef\xbb\xbf1",
        b'"\\ud800"',
        b'"\\u0041"',
        b'"\\/"',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b"[1,]",
        b"{'a':1}",
        b'{"a":1}{"a":1}',
    ],
)
def test_bytes_that_are_not_their_own_canonical_form_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical.decode_canonical(data)


def test_a_name_that_stands_twice_is_refused_even_where_any_form_is_allowed() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        canonical.decode(b'{"a": 1, "b": {"c": 2, "c": 3}}')


def test_deep_nesting_is_refused_before_a_parser_with_a_raised_limit_overflows_its_stack() -> None:
    program = (
        "import sys; sys.setrecursionlimit(10**6)\n"
        "from consultation.core import canonical\n"
        "try: canonical.decode(b'[' * 500_000 + b']' * 500_000)\n"
        "except ValueError: print('refused')"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n", done.stderr


def test_brackets_within_strings_are_no_nesting() -> None:
    text = "[{" * 100 + '"' + "\\"
    assert canonical.decode(canonical.encode({"text": text})) == {"text": text}


@pytest.mark.parametrize("depth", [canonical.MAX_DEPTH + 1, 200, 600, 990, 2_000, 100_000])
def test_deep_nesting_is_refused_wherever_the_caller_stands(depth: int) -> None:
    """By a bound of its own: Python's depends on the caller, so validators could disagree about an entry."""
    deep = b"[" * depth + b"]" * depth
    for read in (canonical.decode, canonical.decode_canonical):
        with pytest.raises(ValueError, match=r"."):
            read(deep)
    shallow = b"[" * canonical.MAX_DEPTH + b"]" * canonical.MAX_DEPTH
    assert canonical.encode(canonical.decode_canonical(shallow)) == shallow


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_read_or_refused_with_a_value_error(data: bytes) -> None:
    try:
        value = canonical.decode_canonical(data)
    except ValueError:
        return
    assert canonical.encode(value) == data


def test_text_is_kept_composed() -> None:
    assert canonical.nfc("Thô\u0301ng nhâ\u0301t") == "Thống nhất"


@given(values)
def test_the_fast_encoder_writes_the_bytes_of_the_slow_one(value: Json) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(st.lists(st.text()))
def test_a_list_of_texts_is_encoded_as_any_value_is(texts: list[str]) -> None:
    assert canonical.encode_texts(*texts) == canonical.encode(texts)
