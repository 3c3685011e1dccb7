"""A citizen: reads the draft, gives, amends and withdraws opinions, checks receipts and a certificate."""

from functools import partial
from typing import ClassVar

from locust import FastHttpUser, task

from workloads.load.caller import Answer, Caller
from workloads.load.process import Process, Schedule

STANCES = ("agree", "agree_with_comments", "disagree", "no_opinion")
TEXT = "Đề nghị quy định rõ thời hạn và cơ quan chịu trách nhiệm trong nội dung này."


class Citizen(FastHttpUser):
    """One participant; Locust asks for inheritance, and makes an instance for each."""

    weight = 9
    process: ClassVar[Process]

    def on_start(self) -> None:
        options, number = self.process.options, self.process.number()
        self._participant = f"locust-{self.process.worker}-{number}"
        self._rng = self.process.rng(f"citizen {number}")
        self._schedule = Schedule(options.user_rate, self._rng)
        self._call = Caller(self.client, self.process, self._participant, options.citizen_token)
        self._path = f"/consultations/{options.consultation}"
        self._sent = 0
        self._standing: dict[str, str] = {}
        self._receipts: dict[str, bytes] = {}
        draft = self._call.get("draft", f"{self._path}/draft", self._schedule.due)
        self._provisions = ["", *draft.texts("id", of="provisions")]

    def wait_time(self) -> float:
        return self._schedule.wait_s()

    @task(6)
    def give(self) -> None:
        """Give an opinion on a provision, or amend the one that stands there."""
        provision = self._rng.choice(self._provisions)
        earlier = self._standing.get(provision, "")
        body = {
            "participant": self._participant,
            "provision": provision,
            "stance": self._rng.choice(STANCES),
            "text": TEXT,
            "supersedes": earlier,
        }
        answer = self._write("amend" if earlier else "submit", f"{self._path}/opinions", body)
        if answer.good:
            self._standing[provision] = answer.text("opinion")

    @task(1)
    def withdraw(self) -> None:
        """Take an opinion back where one stands; else give one."""
        if not self._standing:
            self.give()
            return
        provision = self._rng.choice(sorted(self._standing))
        path = f"{self._path}/opinions/{self._standing[provision]}/withdrawal"
        if self._write("withdraw", path, {"participant": self._participant}).good:
            del self._standing[provision]

    @task(2)
    def check(self) -> None:
        """Ask where a receipt's entry is by now; once it has settled, fetch its proof and verify it."""
        if not self._receipts:
            self.give()
            return
        leaf = self._rng.choice(list(self._receipts))
        path = f"{self._path}/receipts/{leaf}"
        answer = self._call.get("receipt", path, self._schedule.due)
        checker = self.process.checker
        if checker and answer.text("state") == "settled":
            proof = self._call.get("proof", f"{path}/proof", self._call.done)
            if proof.good:
                check = partial(checker.entry, self._receipts[leaf])
                self._call.check("verify entry", proof.data, check)

    @task(1)
    def read(self) -> None:
        """Read the draft."""
        self._call.get("draft", f"{self._path}/draft", self._schedule.due)

    @task(2)
    def certificate(self) -> None:
        """Download somebody's certificate of a published consultation and verify it; else read the draft.

        A Locust citizen of today has none yet, so it stands for one of those who took part then.
        """
        published, holders = self.process.options.published, self.process.holders
        if not published or not holders:
            self.read()
            return
        path = f"/consultations/{published}/certificates/{self._rng.choice(holders)}"
        answer = self._call.get("certificate", path, self._schedule.due)
        checker = self.process.checker
        if checker and answer.good:
            self._call.check("verify certificate", answer.data, checker.certificate)

    def _write(self, kind: str, path: str, body: dict[str, str]) -> Answer:
        """An answer that got lost is asked for once more with the same key: the person still waits."""
        self._sent += 1
        key, due = f"{self._participant}-{self._sent}", self._schedule.due
        answer = self._call.post(kind, path, due, body, key)
        if not answer.status or answer.status >= 500:
            answer = self._call.post(kind, path, due, body, key, attempt=2)
        if answer.good:
            self._receipts[answer.text("leaf")] = answer.data
        return answer
