"""A small consultation from draft to certificates, and what honest parties keep of it."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from consultation.core.bundle import Anchor, Bundle, Pins
from consultation.core.canonical import Json
from consultation.core.drafts import Draft, DraftVersion, Opinion, Outcome, Provision, Stance
from consultation.core.ledger import Head, Ledger, Proof
from consultation.service.desk import Answer, Submission, Withdrawal
from consultation.service.service import Service
from consultation.service.table import Response

CONSULTATION = "attacked"
WAIT_S = 60.0
_PROVISIONS = (
    Provision("dieu-1", "Điều 1", "Quyết định này quy định việc tiếp nhận hồ sơ tại bộ phận một cửa."),
    Provision("dieu-2", "Điều 2", "Hồ sơ được trả kết quả trong 05 ngày làm việc."),
    Provision("dieu-3", "Điều 3", "Quyết định này có hiệu lực từ ngày 01 tháng 01 năm 2027."),
)
DRAFT = Draft("Quyết định về tiếp nhận hồ sơ", "Ủy ban nhân dân Thành phố", _PROVISIONS)
VERSION = DraftVersion(1, DRAFT).digest()
_RESPONSES = tuple(
    Response(Outcome.EXPLAINED, f"{part.label}: giữ như dự thảo.", part.id) for part in _PROVISIONS
)
_STANCES = (Stance.AGREE, Stance.AGREE_WITH_COMMENTS, Stance.DISAGREE)


@dataclass(frozen=True, slots=True)
class Given:
    """One participant gives an opinion, or another in place of theirs, and maybe takes it back afterwards."""

    opinion: Opinion
    amends: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An opinion for which the service gave a receipt."""

    given: Given
    opinion: str
    """The service's id of it."""
    receipt: dict[str, Json]
    withdrawal: dict[str, Json] | None = None
    """The receipt of its withdrawal."""

    @property
    def leaf(self) -> str:
        return str(self.receipt["leaf"])

    @property
    def leaves(self) -> list[str]:
        """Leaf hashes (hex) of all entries that were promised."""
        return [self.leaf] if self.withdrawal is None else [self.leaf, str(self.withdrawal["leaf"])]


@dataclass(frozen=True, slots=True)
class Holder:
    """What a participant keeps: own words, receipt, entry with its proof, and the certificate."""

    acknowledged: Acknowledged
    service_key: str
    """Hex; who signs receipts, as announced at the opening."""
    entry: bytes
    index: int
    proof: Proof
    head: Head
    bundle: Bundle

    @property
    def anchor(self) -> Anchor:
        return Anchor.parse(self.bundle.anchor)


@dataclass(frozen=True, slots=True)
class Kept:
    """What everybody honest holds before any attack. `holder` is the one whose opinion is attacked."""

    pins: Pins
    holder: Holder
    bystander: Holder
    """Their entry stands before the victim's, where a chain of signatures shows least."""
    head: Head
    """What an auditor kept after the close."""
    acknowledged: tuple[Acknowledged, ...]
    entries: tuple[bytes, ...]
    """The whole true history. No defender is given it."""


def plan(opinions: int) -> list[Given]:
    """That many acts of giving: one opinion each, but one amended and one withdrawn."""
    acts = [Given(_opinion(number)) for number in range(opinions - 1)]
    amended = acts[0].opinion
    words = (Stance.DISAGREE, "Nên ghi rõ thời hạn tối đa.", amended.proposal, amended.reason)
    acts[1] = Given(acts[1].opinion, withdrawn=True)
    given = Opinion(amended.participant, amended.provision, *words, draft=amended.draft)
    return [*acts, Given(given, amends=True)]


def _opinion(number: int) -> Opinion:
    provision = _PROVISIONS[number % len(_PROVISIONS)]
    text = f"Ý kiến thứ {number + 1} về {provision.label}."
    person = str(uuid5(NAMESPACE_URL, f"https://pilot.example/nguoi/{number}"))
    return Opinion(person, provision.id, _STANCES[number % len(_STANCES)], text, draft=VERSION)


def conduct(service: Service, acts: Sequence[Given]) -> list[Acknowledged]:
    """From the draft to the close. Raises Problem."""
    service.office.draft(CONSULTATION, DRAFT)
    service.office.approve(CONSULTATION)
    service.office.open(CONSULTATION)
    fresh = {act.opinion: _submitted(service, act, "") for act in acts if not act.amends}
    done = {act.opinion.participant: _acknowledged(act, fresh[act.opinion]) for act in acts if not act.amends}
    earlier = {name: known.opinion for name, known in done.items()}
    amended = [
        (act, _submitted(service, act, earlier[act.opinion.participant])) for act in acts if act.amends
    ]
    taken_back = {
        name: service.desk.withdraw(Withdrawal(CONSULTATION, name, known.opinion, f"back-{name}"))
        for name, known in done.items()
        if known.given.withdrawn
    }
    for name, future in taken_back.items():
        done[name] = replace(done[name], withdrawal=future.result(WAIT_S).receipt)
    found = [*done.values(), *(_acknowledged(act, future) for act, future in amended)]
    service.office.close(CONSULTATION)
    return found


def publish(service: Service) -> None:
    """From the close to the certificates. Raises Problem."""
    service.office.reconcile(CONSULTATION, {})
    service.office.summarise(CONSULTATION)
    service.office.respond(CONSULTATION, _RESPONSES)
    service.office.publish(CONSULTATION)


def hold(service: Service, ledger: Ledger, pins: Pins, opinions: int) -> Kept:
    """Run the consultation over a ledger, and keep what each party is given at the time it is given."""
    answered = conduct(service, plan(opinions))
    head = ledger.head()
    victim, bystander = _victim(service, answered)
    proofs = {
        known.leaf: ledger.prove_inclusion(_index(service, known), head) for known in (victim, bystander)
    }
    publish(service)
    entries = tuple(ledger.scan(0, ledger.head().size))

    def holder(known: Acknowledged) -> Holder:
        index = _index(service, known)
        bundle = service.office.certificate(CONSULTATION, known.given.opinion.participant)
        key = bytes(service.keys.service.verify_key).hex()
        return Holder(known, key, entries[index], index, proofs[known.leaf], head, bundle)

    return Kept(pins, holder(victim), holder(bystander), head, tuple(answered), entries)


def _victim(service: Service, answered: Sequence[Acknowledged]) -> tuple[Acknowledged, Acknowledged]:
    """The standing opinion in the middle of the ledger, and the first one."""
    amended = {known.given.opinion.participant for known in answered if known.given.amends}
    plain = [
        known
        for known in answered
        if not known.given.withdrawn and known.given.opinion.participant not in amended
    ]
    in_order = sorted(plain, key=lambda known: _index(service, known))
    return in_order[len(in_order) // 2], in_order[0]


def _index(service: Service, known: Acknowledged) -> int:
    found = service.operation(CONSULTATION, known.leaf) or {}
    return int(str(found["position"]))


def _submitted(service: Service, act: Given, supersedes: str) -> "Future[Answer]":
    key = f"{'amend' if act.amends else 'give'}-{act.opinion.participant}"
    return service.desk.submit(Submission(CONSULTATION, act.opinion, supersedes, key))


def _acknowledged(act: Given, future: "Future[Answer]") -> Acknowledged:
    answer = future.result(WAIT_S)
    return Acknowledged(act, answer.opinion, answer.receipt)
