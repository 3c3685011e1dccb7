"""One signed database for each test, and how its file is looked at past our code."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.ports import Option, Setting
from backends.signed_db import BACKEND
from backends.signed_db.deployment import SignedDbDeployment
from backends.signed_db.places import SqliteFile

ORIGIN = "pilot.example/ledger"
OPERATOR = SigningKey(sha256(b"operator").digest())

Deploy = Callable[..., SignedDbDeployment]
Rows = list[tuple[int, bytes, bytes, bytes, bytes]]


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """Deploys over one folder, however often; everything is stopped at the end."""
    made: list[SignedDbDeployment] = []

    def make(admission: str = "all", **options: Option) -> SignedDbDeployment:
        deployment = BACKEND.deploy(Setting(tmp_path / "ledger", OPERATOR, ORIGIN, admission, options))
        made.append(deployment)
        return deployment

    yield make
    for deployment in made:
        deployment.stop()


def path_of(deployment: SignedDbDeployment) -> Path:
    """The SQLite file of a deployment that has one."""
    assert isinstance(deployment.place, SqliteFile)
    return deployment.place.path


def rows(path: Path) -> Rows:
    """The table, by SQL of the test's own."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT idx, leaf, entry, chain, signature FROM entry ORDER BY idx"
        found: Rows = connection.execute(query).fetchall()
    return found
