"""How the signed database is deployed and pinned. Nothing runs: the store is in the calling process."""

import sqlite3
from collections.abc import Mapping, Sequence

from backends.ports import Level, Option, ProcessUse, Reached, Setting, Tampered, Tampering
from backends.signed_db import tampering as tampers
from backends.signed_db.chain import operator_key
from backends.signed_db.database import connect, roll_back
from backends.signed_db.ledger import SignedDbLedger
from backends.signed_db.store import Store
from backends.signed_db.verifier import SignedDbVerifier
from consultation.core.canonical import Json
from consultation.core.errors import Overloaded, Rejected, Unavailable
from consultation.core.ledger import Ledger
from consultation.core.note import NoteKey, valid_name

FILE_NAME = "ledger.db"


class SignedDbDeployment:
    """The file, and the store that this process has open over it."""

    def __init__(self, setting: Setting, busy_timeout_s: float) -> None:
        self._setting, self._busy_timeout_s = setting, busy_timeout_s
        setting.folder.mkdir(parents=True, exist_ok=True)
        self.path = setting.folder / FILE_NAME
        """The SQLite file; `-wal` and `-shm` stand beside it while it is open."""
        self._pause: sqlite3.Connection | None = None
        self._past_cpu_s = 0.0
        self._store = self._open()

    def connect(self) -> Ledger:
        return SignedDbLedger(self._store)

    def pins(self) -> Mapping[str, Json]:
        key = operator_key(self._setting.origin, self._setting.operator)
        return {"backend": "signed-db", "vkey": key.vkey}

    def kill(self) -> None:
        """Drop every connection; an open transaction is lost.

        A `kill -9` of the process leaves the same file, and the tests do that to a child process.
        """
        self.resume()
        self._past_cpu_s += self._store.cpu_s
        self._store.close()

    def restart(self) -> None:
        if not self._store.closed:
            self.kill()
        self._store = self._open()

    def tamper(self, tampering: Tampering) -> Tampered:
        """Change the file past the store, and let the store forget what it knew of the former rows."""
        done = tampers.tamper(self.path, self._setting.origin, self._setting.operator, tampering)
        self._store.forget_admitted()
        return done

    def pause(self) -> None:
        """Hold the write lock: appends wait for `busy_timeout_s` and are then Overloaded; reads go on."""
        if self._pause is not None:
            return
        holding = connect(self.path, self._busy_timeout_s)
        try:
            holding.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            holding.close()
            raise Overloaded(f"another writer holds {self.path.name}: {error}") from error
        self._pause = holding

    def resume(self) -> None:
        holding, self._pause = self._pause, None
        if holding is not None:
            roll_back(holding)
            holding.close()

    def use(self) -> ProcessUse:
        """CPU of appends inside the calling process: the ledger has no process of its own."""
        here_s = 0.0 if self._store.closed else self._store.cpu_s
        return ProcessUse(self._past_cpu_s + here_s, 0, 0, 0)

    def assurance(self) -> Mapping[Level, Reached]:
        """One disk and one key: no second domain, and the operator alone can show two histories."""
        return {Level.ONE_DISK: Reached("final"), Level.HEAD_SIGNED: Reached("provable")}

    def stop(self) -> None:
        if not self._store.closed:
            self.kill()

    def _open(self) -> Store:
        setting = self._setting
        return Store(self.path, setting.origin, setting.operator, setting.admission, self._busy_timeout_s)


class SignedDbBackend:
    """The signed database in the registry."""

    name = "signed-db"
    nodes: Sequence[str] = ()
    options: Mapping[str, Option] = {"busy_timeout_s": 2.0}
    """Seconds that an append waits for another writer before it is Overloaded."""

    def deploy(self, setting: Setting) -> SignedDbDeployment:
        if not valid_name(setting.origin):
            raise Rejected(f"an origin has neither spaces nor plus signs, found {setting.origin!r}")
        busy = {**self.options, **setting.options}["busy_timeout_s"]
        if not isinstance(busy, int | float) or isinstance(busy, bool) or not 0 <= busy <= 3600:
            raise Rejected(f"busy_timeout_s is a number of seconds from 0 to 3600, found {busy!r}")
        try:
            return SignedDbDeployment(setting, float(busy))
        except OSError as error:
            raise Unavailable(f"the folder {setting.folder} cannot be used: {error}") from error

    def verifier(self, pins: Mapping[str, Json]) -> SignedDbVerifier:
        if pins.get("backend") != "signed-db":
            raise ValueError(f"these pins are for {pins.get('backend')!r}, not for 'signed-db'")
        vkey = pins.get("vkey")
        if not isinstance(vkey, str):
            raise ValueError("the pins of signed-db hold the operator's 'vkey'")
        return SignedDbVerifier(NoteKey.parse(vkey))


BACKEND = SignedDbBackend()
