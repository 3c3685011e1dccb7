"""The page's own readers, each against what it is a second opinion of, on anything that can be drawn."""

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import canonical
from consultation.core.bundle import Pins
from consultation.core.canonical import Json
from consultation.core.merkle import Tree, leaf_hash
from tests.consultation.core.bundles import Published
from tests.consultation.web.verifier.page_script import PageScript, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def canonical_of(script: PageScript, text: bytes) -> str | None:
    """The page's canonical form of a JSON text; None where it refuses the text."""
    answer = script.ask("canonical", {"text": encode(text)})
    return None if "flaw" in answer else str(answer["canonical"])


def core_canonical_of(text: bytes) -> str | None:
    try:
        return canonical.encode(canonical.decode(text)).decode()
    except ValueError:
        return None


# JSON


@given(values, st.booleans())
def test_json_has_the_same_canonical_form_in_both(script: PageScript, value: Json, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=1).encode()
    assert canonical_of(script, text) == core_canonical_of(text)


@settings(max_examples=200)
@given(values, st.data())
def test_spoilt_json_is_read_alike_by_both(script: PageScript, value: Json, data: st.DataObject) -> None:
    text = bytearray(json.dumps(value).encode())
    at = data.draw(st.integers(0, len(text) - 1))
    spoils = [b"", b'"', b"\\", b"{", b"[", b",", b":", b"1", b"-", b".", b"e", b"\xff", b"\x00", b" "]
    text[at : at + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from(spoils))
    assert canonical_of(script, bytes(text)) == core_canonical_of(bytes(text))


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b"1.0",
        b"1e3",
        b"-0.0",
        b"01",
        b"+1",
        b"NaN",
        b"Infinity",
        b"[1,]",
        b'{"a":1,}',
        b"[1] 2",
        b"",
        b"\xef\xbb\xbf{}",
        b"\xff",
        b'"\t"',
        b'"\\x"',
        b'"\\ud800"',
        b"9007199254740992",
        b"[" * 33 + b"]" * 33,
        b"'a'",
        b"/**/1",
        b"\xc2\xa01",
    ],
)
def test_json_that_is_not_strict_is_refused_by_both(script: PageScript, text: bytes) -> None:
    assert core_canonical_of(text) is None
    assert canonical_of(script, text) is None


@pytest.mark.parametrize(
    "text",
    [
        b"-0",
        b"9007199254740991",
        b"[" * 32 + b"]" * 32,
        b'"\\ud83d\\ude00"',
        b'"\\u0000\\u001f\\u007f\\u2028\\/"',
        '{"\\ufb33":1,"\\ud83d\\ude00":2,"é":3,"__proto__":4}'.encode(),
        b'{"constructor":{"prototype":[]}}',
    ],
)
def test_json_at_the_edge_is_accepted_by_both(script: PageScript, text: bytes) -> None:
    assert canonical_of(script, text) == core_canonical_of(text)
    assert canonical_of(script, text) is not None


# Pins


def pins_are_read(script: PageScript, text: bytes) -> bool:
    return "flaw" not in script.ask("pins", {"text": encode(text)})


def core_reads(text: bytes) -> bool:
    try:
        Pins.parse(text)
    except ValueError:
        return False
    return True


def test_spoilt_pins_are_refused_by_both(script: PageScript, published: Published) -> None:
    whole = published.pins.to_json()
    issuers = whole["issuers"]
    assert isinstance(issuers, Mapping)
    [(method, multikey)] = issuers.items()
    assert isinstance(multikey, str)
    good: Mapping[str, Json] = {**whole}
    assert pins_are_read(script, canonical.encode(good))
    assert core_reads(canonical.encode(good))
    assert not pins_are_read(script, canonical.encode({**good, "v": True}))
    for bad in (
        [],
        {**good, "v": 2},
        {**good, "v": "1"},
        {**good, "more": 1},
        {name: value for name, value in good.items() if name != "ledgers"},
        {**good, "issuers": []},
        {**good, "ledgers": {"signed-db": "key"}},
        *({**good, "issuers": {method: key}} for key in (5, None, "", "z", "x" + multikey, multikey[:-1])),
        {**good, "issuers": {method: multikey + "1"}},
        {**good, "issuers": {method: "z1" + multikey[1:]}},
        {**good, "issuers": {method: multikey.replace("z6Mk", "z6Mk0", 1)}},
    ):
        text = json.dumps(bad).encode()
        assert not core_reads(text), text
        assert not pins_are_read(script, text), text


@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_for_pins_are_pins_or_refused(script: PageScript, text: bytes) -> None:
    assert pins_are_read(script, text) == core_reads(text)


# Keys and signatures


def p256_multikey(key: ec.EllipticCurvePrivateKey) -> str:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return "z" + base58.b58encode(b"\x80\x24" + point).decode()


def holds(script: PageScript, key: str, message: bytes, signature: bytes) -> bool:
    answer = script.ask("signed", {"key": key, "message": encode(message), "signature": encode(signature)})
    return answer["holds"] is True


@given(st.integers(1, P256_ORDER - 1), st.binary(max_size=40), st.integers(0, 511))
def test_p_256_signatures_hold_in_the_form_with_the_smaller_s_and_no_other(
    script: PageScript, secret: int, message: bytes, bit: int
) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    small, large = sorted((s, P256_ORDER - s))
    good = r.to_bytes(32, "big") + small.to_bytes(32, "big")
    multikey = p256_multikey(key)
    assert holds(script, multikey, message, good)
    assert not holds(script, multikey, message, r.to_bytes(32, "big") + large.to_bytes(32, "big"))
    assert not holds(script, multikey, message + b"x", good)
    turned = (int.from_bytes(good, "big") ^ (1 << bit)).to_bytes(64, "big")
    assert not holds(script, multikey, message, turned)
    assert not holds(script, multikey, message, good[:-1])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.integers(0, 511))
def test_ed25519_signatures_hold_and_a_bit_turned_in_one_does_not(
    script: PageScript, secret: bytes, message: bytes, bit: int
) -> None:
    key = SigningKey(secret)
    multikey = "z" + base58.b58encode(b"\xed\x01" + bytes(key.verify_key)).decode()
    good = key.sign(message).signature
    assert holds(script, multikey, message, good)
    turned = (int.from_bytes(good, "big") ^ (1 << bit)).to_bytes(64, "big")
    assert not holds(script, multikey, message, turned)


@pytest.mark.parametrize("point", [b"\2" + b"\xff" * 32, b"\2" + bytes(31) + b"\1", b"\4" + bytes(32)])
def test_a_p_256_key_that_is_no_point_is_refused(script: PageScript, point: bytes) -> None:
    """x past the field's prime; x = 1, for which the curve has no y; a form that is not compressed."""
    key = "z" + base58.b58encode(b"\x80\x24" + point).decode()
    question: dict[str, Json] = {"key": key, "message": "", "signature": encode(bytes(64))}
    assert script.ask("signed", question)["flaw"] == "point"


def test_the_w3cs_vector_holds_and_changed_it_does_not(script: PageScript, shared: Path) -> None:
    vectors = shared / "vectors" / "vc-di-eddsa-jcs-2022"
    if not vectors.is_dir():
        pytest.skip(f"the W3C's vectors are not in {vectors.name} beside this checkout")
    text = (vectors / "signedJCS.json").read_bytes()
    key = str(json.loads((vectors / "keyPair.json").read_text())["publicKeyMultibase"])
    assert script.ask("document", {"text": encode(text), "key": key}) == {"holds": True}
    forged = text.replace(b"School of Examples", b"School of Example5")
    assert script.ask("document", {"text": encode(forged), "key": key})["flaw"] == "credential-unsigned"


# Trees


def included(script: PageScript, leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    question: dict[str, Json] = {
        "leaf": encode(leaf),
        "index": str(index),
        "size": str(size),
        "path": [encode(node) for node in path],
        "root": encode(root),
    }
    return script.ask("inclusion", question) == {"holds": True}


@given(st.integers(1, 40), st.data())
def test_inclusion_holds_at_the_leafs_place_and_at_no_other(
    script: PageScript, size: int, data: st.DataObject
) -> None:
    tree = Tree(leaf_hash(b"entry %d" % number) for number in range(size))
    index = data.draw(st.integers(0, size - 1))
    path = tree.prove_inclusion(index)
    assert included(script, tree.leaf(index), index, size, path, tree.root())
    other = data.draw(st.integers(0, size + 2).filter(lambda found: found != index))
    assert not included(script, tree.leaf(index), other, size, path, tree.root())
    assert not included(script, tree.leaf(index), index, size, [*path, bytes(32)], tree.root())
    assert not included(script, bytes(32), index, size, path, tree.root())
    if path:
        assert not included(script, tree.leaf(index), index, size, path[:-1], tree.root())


def test_the_shared_vectors_of_rfc_6962_come_out_as_they_say(script: PageScript, shared: Path) -> None:
    files = sorted((shared / "vectors" / "rfc6962" / "inclusion").rglob("*.json"))
    if not files:
        pytest.skip("the folder ../shared/vectors/rfc6962 is not beside this checkout")
    for file in files:
        case = json.loads(file.read_text())
        leaf, root = (base64.b64decode(case[name] or "") for name in ("leafHash", "root"))
        path = [base64.b64decode(node) for node in case["proof"] or []]
        found = included(script, leaf, case["leafIdx"], case["treeSize"], path, root)
        assert found is not case["wantErr"], f"{file.parent.name}/{file.name}: {case['desc']}"


# Moments


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_read_to_the_microsecond(script: PageScript, time: datetime) -> None:
    text = time.isoformat().replace("+00:00", "Z")
    found = script.ask("moment", {"text": text})["microseconds"]
    assert isinstance(found, int | float)
    expected = (time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    assert abs(found / 1e6 - expected) < 1e-4


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00",
        "2026-01-01",
        "2026-01-01t00:00:00z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T00:00:00+24:00",
        "",
    ],
)
def test_what_is_no_moment_is_refused(script: PageScript, text: str) -> None:
    assert script.ask("moment", {"text": text})["flaw"] == "moment"


def test_an_offset_moves_the_moment(script: PageScript) -> None:
    here = script.ask("moment", {"text": "2026-11-23T17:11:12.5+07:00"})
    assert here == script.ask("moment", {"text": "2026-11-23T10:11:12.500000Z"})


# Zips

file_names = texts.filter(lambda name: "\0" not in name and "/" not in name)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.comment = comment
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def unzipped(script: PageScript, file: bytes) -> dict[str, bytes] | str:
    """The files, or the code of what is wrong."""
    answer = script.ask("unzip", {"file": encode(file)})
    files = answer.get("files")
    if not isinstance(files, dict):
        return str(answer["flaw"])
    return {name: bytes.fromhex(str(data)) for name, data in files.items()}


@given(
    st.dictionaries(file_names, st.binary(max_size=300), max_size=5),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=20),
)
def test_a_zip_comes_out_as_it_went_in(
    script: PageScript, files: dict[str, bytes], method: int, comment: bytes
) -> None:
    assert unzipped(script, zipped(files, method, comment)) == files


def test_a_zip_that_could_be_read_in_two_ways_or_is_damaged_is_refused(script: PageScript) -> None:
    good = zipped({"a": b"one" * 50, "b": b"two"})
    central = good.index(b"PK\x01\x02")
    assert unzipped(script, b"x" + good) == "zip-form", "something before it"
    assert unzipped(script, good + b"x") == "zip-form", "something after it"
    assert unzipped(script, good[:-1]) == "zip-form"
    assert unzipped(script, good[:central] + b"gap" + good[central:]) == "zip-form"
    assert unzipped(script, good.replace(b"a", b"c", 1)) == "zip-differs", "local and central names differ"
    crc = zlib.crc32(b"two").to_bytes(4, "little")
    assert unzipped(script, good.replace(crc, bytes(4))) == "zip-crc"
    assert unzipped(script, zipped({"a": b""}, zipfile.ZIP_BZIP2)) in ("zip-method", "zip-flags")
    twice = zipped({"a": b"x", "b": b"y"}).replace(b"b", b"a")
    assert unzipped(script, twice) == "zip-twice"
    assert unzipped(script, zipped({str(number): b"" for number in range(9)})) == "zip-many"


def test_a_file_that_unfolds_beyond_its_bound_is_not_unfolded(script: PageScript) -> None:
    assert unzipped(script, zipped({"a": bytes(1_000_001)})) == "too-large"
    bomb = bytearray(zipped({"a": bytes(1_000_001)}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = bomb.index(mark) + (22 if mark == b"PK\x03\x04" else 24)
        bomb[at : at + 4] = (10).to_bytes(4, "little")
    assert unzipped(script, bytes(bomb)) == "too-large", "it claims ten bytes"


@given(st.binary(max_size=200), st.data())
def test_any_bytes_for_a_zip_are_files_or_refused(
    script: PageScript, data: bytes, draw: st.DataObject
) -> None:
    whole = bytearray(zipped({"a": data, "b": b"second"}))
    for _ in range(draw.draw(st.integers(0, 4))):
        whole[draw.draw(st.integers(0, len(whole) - 1))] = draw.draw(st.integers(0, 255))
    found = unzipped(script, bytes(whole))
    if isinstance(found, dict):
        with zipfile.ZipFile(io.BytesIO(bytes(whole))) as archive:
            assert [archive.read(name) for name in archive.namelist()] == list(found.values())
