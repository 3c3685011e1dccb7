"""Heads that a time-stamp authority has stamped: good, forged, and while the authority is away."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from backends.merkle_log import BACKEND, time_stamp
from backends.merkle_log import policy as policies
from backends.merkle_log.authority_client import AuthorityClient
from backends.merkle_log.time_stamp import PinnedAuthority
from backends.ports import Option, Setting
from consultation.core import note
from consultation.core.canonical import Json
from consultation.core.checkpoint import Checkpoint, Policy, sign
from consultation.core.errors import Rejected, Unavailable, VerificationError
from consultation.core.ledger import Head, Root
from consultation.core.merkle import Tree, leaf_hash
from consultation.core.note import Note
from tests.backends.appender import settle
from tests.backends.merkle_log.authorities import Switch, options
from tests.backends.merkle_log.conftest import LATE_S, OPERATOR, ORIGIN, Deploy, entries_named, grow
from tests.backends.merkle_log.witnesses import OPERATOR_KEY
from tests.consultation.pdf.authority import STAMPED, Authority, listening

TREE = Tree(map(leaf_hash, entries_named("opinion", 7)))
LATER = datetime(2040, 1, 1, tzinfo=UTC)
"""When the test authorities' certificates are valid no more."""


@pytest.fixture(scope="module")
def keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(65537, 2048) for _ in range(2)]


@pytest.fixture(scope="module")
def authority(keys: list[rsa.RSAPrivateKey]) -> Iterator[Authority]:
    with listening(keys[0]) as one:
        yield one


def checkpoint(size: int) -> Note:
    return sign(Checkpoint(ORIGIN, size, TREE.root(size)), OPERATOR)


def token_of(authority: Authority, size: int) -> bytes:
    client = AuthorityClient(authority.url, LATE_S)
    try:
        return client.stamp(checkpoint(size).text.encode())
    finally:
        client.close()


def head(*tokens: bytes, size: int = 7) -> Head:
    stamped = checkpoint(size).adding(map(time_stamp.line, tokens))
    return Head(size, Root(TREE.root(size)), stamped.encode())


def pinned(authority: Authority) -> Mapping[str, Json]:
    certificate = x509.load_der_x509_certificate(authority.certificate)
    return policies.to_pins(Policy(OPERATOR_KEY), None, PinnedAuthority((certificate,)).pins())


def refused(check: Callable[[], object], says: str) -> None:
    with pytest.raises(VerificationError, match=says) as caught:
        check()
    assert caught.value.link == "timestamp"


# Verifying


def test_a_good_time_stamp_is_accepted_each_time_and_says_when(authority: Authority) -> None:
    verifier = BACKEND.verifier(pinned(authority))
    for size in (0, 7, 7):
        verifier.check_head(head(token_of(authority, size), size=size))
    stamped = note.parse(head(token_of(authority, 7)).attestation)
    assert PinnedAuthority.parse(pinned(authority)["tsa"]).check(stamped) == STAMPED


def test_a_time_stamp_that_is_missing_doubled_or_over_another_checkpoint_is_refused(
    authority: Authority,
) -> None:
    verifier = BACKEND.verifier(pinned(authority))
    good, other = token_of(authority, 7), token_of(authority, 6)
    verifier.check_head(head(good))  # what has held once must not make the next pass
    refused(lambda: verifier.check_head(head()), "found 0")
    refused(lambda: verifier.check_head(head(good, other)), "found 2")
    refused(lambda: verifier.check_head(head(good, good)), "found 2")
    refused(lambda: verifier.check_head(head(other)), "over another checkpoint")
    refused(lambda: verifier.check_replay(entries_named("opinion", 7), head(other)), "another checkpoint")


def said_by(believed: PinnedAuthority, token: bytes) -> datetime | str:
    """The time, or the link that broke."""
    try:
        return believed.check(note.parse(head(token).attestation))
    except VerificationError as error:
        return error.link


def test_a_token_with_any_part_changed_is_refused_or_still_says_the_same(authority: Authority) -> None:
    """Bytes that no signature covers, of the wrapping, may change; what is read from it may not."""
    good = token_of(authority, 7)
    believed = PinnedAuthority.parse(pinned(authority)["tsa"])
    places = range(0, len(good), 23)
    said = [said_by(believed, good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]) for at in places]
    assert set(said) <= {STAMPED, "timestamp"}
    assert said.count("timestamp") > 0.9 * len(places)
    for cut in (good[:-1], good[: len(good) // 2], good + b"\0", b"\0", b"nothing of the kind"):
        refused(lambda cut=cut: believed.check(note.parse(head(cut).attestation)), "cannot be read")  # type: ignore[misc]


def test_a_time_stamp_by_another_authority_is_refused_though_it_has_the_same_name(
    authority: Authority, keys: list[rsa.RSAPrivateKey]
) -> None:
    verifier = BACKEND.verifier(pinned(authority))
    with listening(keys[1]) as stranger:
        forged = head(token_of(stranger, 7))
    refused(lambda: verifier.check_head(forged), "not pinned as a time-stamp authority|does not hold")
    BACKEND.verifier(pinned(stranger)).check_head(forged)


def test_a_certificate_for_other_uses_or_past_its_time_stamps_nothing(keys: list[rsa.RSAPrivateKey]) -> None:
    with listening(keys[0], stamps=False) as useless:
        unfit = head(token_of(useless, 7))
    refused(lambda: BACKEND.verifier(pinned(useless)).check_head(unfit), "not pinned as a time-stamp")
    with listening(keys[0], at=LATER) as expired:
        late = head(token_of(expired, 7))
    refused(lambda: BACKEND.verifier(pinned(expired)).check_head(late), "not pinned|was not valid")


def test_who_pins_no_authority_is_not_kept_from_reading_by_a_time_stamp(authority: Authority) -> None:
    verifier = BACKEND.verifier(policies.to_pins(Policy(OPERATOR_KEY)))
    for each in (head(), head(token_of(authority, 7)), head(token_of(authority, 6)), head(b"nothing")):
        verifier.check_head(each)


@pytest.mark.parametrize("tsa", [None, "x", [], [7], ["*"], ["QUJD"]])
def test_pins_of_an_authority_that_are_no_certificates_are_refused(tsa: Json) -> None:
    with pytest.raises(ValueError, match=r"."):
        BACKEND.verifier({**policies.to_pins(Policy(OPERATOR_KEY)), "tsa": tsa})


OPENSSL_TSA = """
[tsa]
default_tsa = one
[one]
serial = {0}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=LATE_S)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="not measured: openssl is not installed")
def test_a_token_by_openssl_holds_where_the_authority_above_its_own_is_pinned(tmp_path: Path) -> None:
    """Of P-256, and with SHA-512 over the text."""
    (tmp_path / "text").write_bytes(checkpoint(7).text.encode())
    (tmp_path / "tsa.cnf").write_text(OPENSSL_TSA.format(tmp_path))
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-x509", "-days", "30")
    openssl(tmp_path, "req", *curve, "-subj", "/CN=Root", "-keyout", "root.key", "-out", "root.pem")
    issued = ("-CA", "root.pem", "-CAkey", "root.key", "-addext", "extendedKeyUsage=critical,timeStamping")
    plain = ("-addext", "basicConstraints=critical,CA:FALSE")
    openssl(
        tmp_path, "req", *curve, *issued, *plain, "-subj", "/CN=TSA", "-keyout", "tsa.key", "-out", "tsa.pem"
    )
    openssl(tmp_path, "ts", "-query", "-data", "text", "-sha512", "-cert", "-out", "asked")
    signing = ("-signer", "tsa.pem", "-inkey", "tsa.key", "-config", "tsa.cnf")
    openssl(tmp_path, "ts", "-reply", "-queryfile", "asked", *signing, "-token_out", "-out", "token")

    token = (tmp_path / "token").read_bytes()
    for root in ("root.pem", "tsa.pem"):
        tsa = PinnedAuthority.read(tmp_path / root).pins()
        verifier = BACKEND.verifier(policies.to_pins(Policy(OPERATOR_KEY), None, tsa))
        verifier.check_head(head(token))
        refused(lambda verifier=verifier: verifier.check_head(head(token, size=6)), "another checkpoint")  # type: ignore[misc]


# The log


def test_a_new_log_has_a_time_stamped_head_from_the_start(
    deploy: Deploy, authority: Authority, tmp_path: Path
) -> None:
    deployment = deploy(**options(authority, tmp_path / "root.pem"))
    ledger = deployment.connect()
    pins: Mapping[str, Json] = json.loads(json.dumps(deployment.pins()))
    assert pins["tsa"] == PinnedAuthority.read(tmp_path / "root.pem").pins()
    assert ledger.traits.voucher == "the operator alone, time-stamped by an outside authority"
    assert ledger.traits.parties == 1
    verifier = BACKEND.verifier(pins)
    verifier.check_head(ledger.head())
    for n in (2, 5):
        newest = grow(ledger, f"opinion {n}", n)
        verifier.check_head(newest)
        assert (deployment.served / "timestamped").read_bytes() == newest.attestation
    assert newest.size == 7
    verifier.check_replay([*entries_named("opinion 2", 2), *entries_named("opinion 5", 5)], newest)
    served = (deployment.served / "checkpoint").read_bytes()
    refused(lambda: verifier.check_head(replace(newest, attestation=served)), "found 0")
    assert (deployment.use().network_bytes or 0) > 3 * len(
        time_stamp.tokens(note.parse(newest.attestation))[0]
    )


def test_while_the_authority_is_away_entries_settle_and_no_newer_head_is_given(
    deploy: Deploy, keys: list[rsa.RSAPrivateKey], tmp_path: Path
) -> None:
    away = Switch()
    with listening(keys[0], fault=away) as authority:
        deployment = deploy(**options(authority, tmp_path / "root.pem"))
        ledger = deployment.connect()
        stamped = grow(ledger, "before", 3)
        away.on = True
        settle(ledger, entries_named("meanwhile", 2))
        with pytest.raises(Unavailable, match=rf"5 entries is time-stamped.*{authority.url}"):
            ledger.head()
        assert list(ledger.scan(3, 9)) == entries_named("meanwhile", 2)
        health = ledger.health()
        assert health.ok
        assert authority.url in health.detail
        away.on = False
        newest = until_stamped(ledger.head)
        assert newest.size == 5
        assert authority.url not in ledger.health().detail
        verifier = BACKEND.verifier(deployment.pins())
        verifier.check_consistency(stamped, newest, ledger.prove_consistency(stamped, newest))


def until_stamped(ask: Callable[[], Head]) -> Head:
    """Ask again after a refusal, as clients do: a request that began before may still fail."""
    for _ in range(20):
        try:
            return ask()
        except Unavailable:
            continue
    return ask()


def test_after_a_restart_the_last_time_stamp_is_still_there_without_the_authority(
    deploy: Deploy, keys: list[rsa.RSAPrivateKey], tmp_path: Path
) -> None:
    with listening(keys[0]) as authority:
        deployment = deploy(**options(authority, tmp_path / "root.pem"))
        before = grow(deployment.connect(), "before", 3)
    deployment.kill()
    deployment.restart()
    ledger = deployment.connect()
    assert ledger.head() == before
    settle(ledger, entries_named("after", 1))
    with pytest.raises(Unavailable, match="does not answer"):
        ledger.head()

    (deployment.served / "timestamped").write_bytes(b"damaged")
    deployment.restart()
    with pytest.raises(Unavailable, match="does not answer"):
        deployment.connect().head()


def test_a_token_on_the_disk_that_is_no_good_any_more_is_not_given_out(
    deploy: Deploy, keys: list[rsa.RSAPrivateKey], tmp_path: Path
) -> None:
    with listening(keys[0]) as former, listening(keys[1]) as other:
        grow(deploy(**options(former, tmp_path / "root.pem")).connect(), "opinion", 3)
        deployment = deploy(**options(other, tmp_path / "root.pem"))
        BACKEND.verifier(deployment.pins()).check_head(deployment.connect().head())


def test_a_log_begins_only_with_an_authority_that_answers_and_is_pinned(
    deploy: Deploy, keys: list[rsa.RSAPrivateKey], tmp_path: Path
) -> None:
    with listening(keys[0]) as gone, listening(keys[1]) as other:
        own = options(gone, tmp_path / "root.pem")
        with pytest.raises(Unavailable, match=r"not pinned|does not hold"):
            deploy(**{**own, "timestamps": other.url})
    with pytest.raises(Unavailable, match=rf"{gone.url} does not answer"):
        deploy(**own)


def test_an_address_may_have_a_query(deploy: Deploy, authority: Authority, tmp_path: Path) -> None:
    own = {**options(authority, tmp_path / "root.pem"), "timestamps": authority.url.rstrip("/") + "?x"}
    assert grow(deploy(**own).connect(), "opinion", 1).size == 1


@pytest.mark.parametrize("bad", ["replay", "garbage"])
def test_a_bad_answer_is_said_and_never_becomes_a_head(
    deploy: Deploy, keys: list[rsa.RSAPrivateKey], tmp_path: Path, bad: str
) -> None:
    heard: list[bytes] = []

    def fault(answer: bytes) -> bytes:
        heard.append(answer)
        return answer if len(heard) == 1 else {"replay": heard[0], "garbage": b"<html>" + answer}[bad]

    with listening(keys[0], fault=fault) as authority:
        ledger = deploy(**options(authority, tmp_path / "root.pem")).connect()
        settle(ledger, entries_named("opinion", 1))
        with pytest.raises(Unavailable, match="gave no token for this request"):
            ledger.head()


def test_one_request_serves_all_publications_of_its_time_and_a_waiting_client_ends_with_the_log(
    deploy: Deploy, keys: list[rsa.RSAPrivateKey], tmp_path: Path
) -> None:
    counted = Switch()
    with listening(keys[0], fault=counted) as authority:
        deployment = deploy(**options(authority, tmp_path / "root.pem", age_s=60.0))
        ledger = deployment.connect()
        for step in range(5):
            settle(ledger, entries_named(f"step {step}", 1))
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ledger.head)
            deployment.stop()
            with pytest.raises(Unavailable, match="stopped"):
                asked.result(timeout=LATE_S)
        assert counted.answers == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"timestamps": 7}, "http:// address"),
        ({"timestamps": "https://tsa.example/"}, "http:// address"),
        ({"timestamps": "tsa.example"}, "http:// address"),
        ({"timestamps": "http://"}, "http:// address"),
        ({"timestamps": "http://tsa.example:port/"}, "http:// address"),
        ({"timestamps": "http://tsa.example/a b"}, "http:// address"),
        ({"timestamp_age_s": -1.0}, "timestamp_age_s is a number of seconds"),
        ({"timestamp_age_s": True}, "timestamp_age_s is a number of seconds"),
        ({"timestamp_root": ""}, "given together"),
        ({"timestamps": ""}, "given together"),
        ({"timestamp_root": 7}, "given together"),
        ({"timestamp_root": "/nowhere/root.pem"}, "PEM file"),
        ({"timestamp_root": __file__}, "PEM file"),
    ],
)
def test_options_that_name_no_authority_are_refused(
    authority: Authority, tmp_path: Path, change: dict[str, Option], says: str
) -> None:
    own = {**options(authority, tmp_path / "root.pem"), **change}
    with pytest.raises(Rejected, match=says):
        BACKEND.deploy(Setting(tmp_path / "log", OPERATOR, ORIGIN, "all", own))
    assert not (tmp_path / "log").exists()


def test_an_authority_s_certificates_come_back_from_the_pins(authority: Authority) -> None:
    certificate = x509.load_der_x509_certificate(authority.certificate)
    assert PinnedAuthority.parse(pinned(authority)["tsa"]).certificates == (certificate,)
    assert certificate.public_bytes(Encoding.DER) == authority.certificate
