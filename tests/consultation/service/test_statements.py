"""Statements that are written out say what the schema says, and refuse a column that is none."""

from pathlib import Path

import pytest

from consultation.service import schema
from consultation.service.statements import insert, update
from consultation.service.store import Changes, Store

OPINION = {
    name: b"x" if name in schema.SEALED else name
    for name in (
        "id",
        "consultation",
        "handle",
        "provision",
        "stance",
        "draft",
        *schema.SEALED,
        "leaf",
        "status",
    )
}


def test_a_row_that_leaves_columns_out_gets_their_defaults(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    changes = Changes({})
    changes.insert(schema.OPINIONS, OPINION)
    changes.update(
        schema.OPINIONS, {"id": "id", "status": "status"}, {"status": "gone", "ended_by": "leaf-2"}
    )
    changes.update(schema.OPINIONS, {"id": "another"}, {"status": "untouched"})
    with store.engine.begin() as connection:
        changes.write(connection)
    assert store.row(schema.OPINIONS) == {**OPINION, "status": "gone", "ended_by": "leaf-2", "erased": ""}
    store.close()


def test_a_column_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    with store.engine.begin() as connection, pytest.raises(KeyError, match="no such column: stanse"):
        insert(schema.OPINIONS).run(connection, [OPINION, {**OPINION, "stanse": "agree"}])
    with pytest.raises(KeyError, match="no such column: stanse"):
        update(schema.OPINIONS, ("status",), ("stanse",))
    assert store.row(schema.OPINIONS) is None
    store.close()
