"""How the signed database is deployed and pinned: a store in the calling process over where its rows are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backends.nodes.errors import NodeUnavailable
from backends.ports import Level, Option, Options, ProcessUse, Reached, Setting, Tampered, Tampering
from backends.signed_db import tampering as tampers
from backends.signed_db.chain import operator_key
from backends.signed_db.heads import ChainHeads, Heads, TreeHeads
from backends.signed_db.ledger import SignedDbLedger
from backends.signed_db.options import DbOptions
from backends.signed_db.places import Place, SqliteFile
from backends.signed_db.statements import SQLITE
from backends.signed_db.store import Store
from backends.signed_db.verifier import SignedDbVerifier, TreeHeadCheck
from consultation.core.canonical import Json
from consultation.core.errors import Rejected, Unavailable
from consultation.core.ledger import Ledger, Verifier
from consultation.core.note import NoteKey, valid_name
from consultation.core.tree_head import TreeVerifier


class SignedDbDeployment:
    """The place of the rows, and the store that this process has open over it."""

    def __init__(self, setting: Setting, options: DbOptions, place: Place) -> None:
        self._setting, self._options, self.place = setting, options, place
        self._past_cpu_s = 0.0
        place.start()
        try:
            self._store, self._heads = self._open()
        except BaseException:
            place.stop()
            raise

    def connect(self) -> Ledger:
        return SignedDbLedger(self._store, self._heads)

    def pins(self) -> Mapping[str, Json]:
        key = operator_key(self._setting.origin, self._setting.operator)
        head: Mapping[str, Json] = {"head": "tree"} if self._options.tree_head else {}
        return {"backend": "signed-db", "vkey": key.vkey, **head}

    def kill(self) -> None:
        """Kill what runs and drop every connection; an open transaction is lost."""
        self.place.kill()
        self._store.close()

    def restart(self) -> None:
        self._store.close()
        self.place.start()
        opened = self._open()
        self._past_cpu_s += self._store.cpu_s
        self._store, self._heads = opened

    def tamper(self, tampering: Tampering) -> Tampered:
        """Change the rows past the store, and let the store forget what it knew of the former ones."""
        insider = self.place.open()
        try:
            done = tampers.tamper(insider, self._setting.origin, self._setting.operator, tampering)
        finally:
            insider.close()
        self._store.forget()
        self._heads.forget()
        return done

    def pause(self) -> None:
        self.place.pause()

    def resume(self) -> None:
        self.place.resume()

    def use(self) -> ProcessUse:
        """What the place has used, and the CPU of appends inside the calling process."""
        used = self.place.use()
        return replace(used, cpu_s=used.cpu_s + self._past_cpu_s + self._store.cpu_s)

    def assurance(self) -> Mapping[Level, Reached]:
        return self.place.assurance()

    def stop(self) -> None:
        self._store.close()
        self.place.stop()

    def _open(self) -> tuple[Store, Heads]:
        setting = self._setting
        database = self.place.open()
        try:
            store = Store(
                database, setting.origin, setting.operator, setting.admission, self._options.busy_timeout_s
            )
        except BaseException:
            database.close()
            raise
        return store, TreeHeads(store) if self._options.tree_head else ChainHeads(store)


class SignedDbBackend:
    """The signed database in the registry."""

    name = "signed-db"
    options: Mapping[str, Option] = DbOptions().as_options()

    def nodes(self, options: Options) -> Sequence[str]:
        """None: SQLite is a library, and PostgreSQL comes as a package."""
        del options
        return ()

    def deploy(self, setting: Setting) -> SignedDbDeployment:
        if not valid_name(setting.origin):
            raise Rejected(f"an origin has neither spaces nor plus signs, found {setting.origin!r}")
        options = DbOptions.parse(setting.options)
        try:
            return SignedDbDeployment(setting, options, _place(setting, options))
        except NodeUnavailable as error:
            raise Unavailable(str(error)) from error
        except OSError as error:
            raise Unavailable(f"the folder {setting.folder} cannot be used: {error}") from error

    def verifier(self, pins: Mapping[str, Json]) -> Verifier:
        if pins.get("backend") != "signed-db":
            raise ValueError(f"these pins are for {pins.get('backend')!r}, not for 'signed-db'")
        vkey, head = pins.get("vkey"), pins.get("head", "chain")
        if not isinstance(vkey, str) or head not in ("chain", "tree"):
            raise ValueError(
                "the pins of signed-db hold the operator's 'vkey', and 'head' where it is 'tree'"
            )
        operator = NoteKey.parse(vkey)
        if head == "tree":
            return TreeVerifier(TreeHeadCheck(operator).check_head)
        return SignedDbVerifier(operator)


def _place(setting: Setting, options: DbOptions) -> Place:
    """Raises Unavailable where PostgreSQL is asked for and its client is not installed."""
    if options.database == SQLITE:
        return SqliteFile(setting.folder, options.busy_timeout_s)
    try:
        from backends.signed_db.servers import OthersServer, OwnServers
    except ImportError as error:
        reason = f"its client {error.name!r} is not installed here: install the extra 'postgresql'"
        raise NodeUnavailable("postgresql", reason) from error
    if options.dsn:
        return OthersServer(setting, options.dsn, options.busy_timeout_s)
    return OwnServers(setting, options.busy_timeout_s, standby=options.standby)


BACKEND = SignedDbBackend()
