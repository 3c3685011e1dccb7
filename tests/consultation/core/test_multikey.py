"""Keys: their Multikey form, the RFC's own signatures, and one accepted form of everything."""

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import multikey
from consultation.core.multikey import Ed25519Key, Ed25519Method, P256Key, P256Method, SigningMethod, Suite
from tests.consultation.core.samples import UNIT

# RFC 6979 A.2.5: the key, and r and s of two messages under SHA-256.
_SECRET = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
_X = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
_SIGNED = [
    (
        b"sample",
        0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
        0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
    ),
    (
        b"test",
        0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
        0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
    ),
]
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P256 = P256Method.of_number("did:web:x#key-p256", _SECRET)
_ED25519 = Ed25519Method("did:web:x#key-1", UNIT)
METHODS: list[SigningMethod] = [_P256, _ED25519]


def test_p256_keys_are_those_of_the_rfc() -> None:
    assert _P256.public.data[1:].hex().upper() == _X
    assert _P256.public.multikey.startswith("zDn")
    assert _P256.public.suite is Suite.ECDSA


@pytest.mark.parametrize(("message", "r", "s"), _SIGNED)
def test_p256_signatures_are_those_of_the_rfc_with_the_smaller_s(message: bytes, r: int, s: int) -> None:
    signature = _P256.sign(message)
    assert signature == r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")
    _P256.public.verify(message, signature)
    other = signature[:32] + (_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    with pytest.raises(ValueError, match="at most half"):
        _P256.public.verify(message, other)


@pytest.mark.parametrize("method", METHODS, ids=["p256", "ed25519"])
def test_a_signature_fits_one_message_and_one_key_in_one_form(method: SigningMethod) -> None:
    signature = method.sign(b"message")
    assert signature == method.sign(b"message")
    method.public.verify(b"message", signature)
    for forged in (signature[:-1], signature + b"\0", b"\0" + signature, bytes(64), b"", signature[::-1]):
        with pytest.raises(ValueError, match=r"."):
            method.public.verify(b"message", forged)
    with pytest.raises(ValueError, match="does not hold"):
        method.public.verify(b"massage", signature)


@given(st.integers(0, 511))
def test_a_flipped_bit_of_a_p256_signature_is_noticed(bit: int) -> None:
    flipped = (int.from_bytes(_P256.sign(b"m"), "big") ^ 1 << bit).to_bytes(64, "big")
    with pytest.raises(ValueError, match=r"."):
        _P256.public.verify(b"m", flipped)


@given(st.integers(1, _ORDER - 1), st.binary(max_size=100))
def test_whatever_the_key_and_message_what_is_signed_verifies(secret: int, message: bytes) -> None:
    method = P256Method.of_number("did:web:x#k", secret)
    key = multikey.parse(method.public.multikey)
    assert key == method.public
    key.verify(message, method.sign(message))


@given(st.binary(min_size=32, max_size=32))
def test_an_ed25519_multikey_is_read_back(public: bytes) -> None:
    text = Ed25519Key(public).multikey
    assert text.startswith("z6Mk")
    assert multikey.parse(text) == Ed25519Key(public)


@given(st.text(max_size=60) | st.binary(max_size=40).map(multikey.multibase))
def test_any_text_gives_a_key_that_is_written_alike_or_a_value_error(text: str) -> None:
    try:
        key = multikey.parse(text)
    except ValueError:
        return
    assert key.multikey == text


@given(st.binary(min_size=33, max_size=33))
def test_any_point_is_on_the_curve_or_refused(point: bytes) -> None:
    try:
        key = multikey.parse(P256Key(point).multikey)
    except ValueError:
        return
    assert key == P256Key(point)


def test_a_key_of_another_kind_length_or_encoding_is_refused() -> None:
    compressed = _P256.public.data
    wrong = [
        b"\xe7\x01" + bytes(32),  # secp256k1
        b"\xed\x01" + bytes(31),
        b"\xed\x01" + bytes(33),
        b"\x80\x24" + compressed[:-1],
        b"\x80\x24" + compressed + b"\0",
        b"\x80\x24\x04" + compressed[1:],
        b"\x80\x24\x02" + b"\xff" * 32,
        b"",
    ]
    for data in wrong:
        with pytest.raises(ValueError, match=r"."):
            multikey.parse("z" + base58.b58encode(data).decode())
    text = _P256.public.multikey
    for other in (text.replace("z", "m", 1), text + " ", " " + text, "z1" + text[1:], text[1:], text + "l"):
        with pytest.raises(ValueError, match=r"."):
            multikey.parse(other)


def test_a_key_that_is_none_verifies_nothing() -> None:
    for key in (
        Ed25519Key(bytes(32)),
        Ed25519Key(b"short"),
        P256Key(bytes(33)),
        P256Key(b"\x04" + bytes(64)),
    ):
        with pytest.raises(ValueError, match=r"."):
            key.verify(b"message", _P256.sign(b"message"))
