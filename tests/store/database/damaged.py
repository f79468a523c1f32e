"""Databases as damage leaves them, each from a whole one, the same with every run of the tests."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from expdb.domain.events import Logged
from expdb.domain.table import TableDefinition
from expdb.store.store import Store
from tests.analysis_results import analysis_result
from tests.factories import make_spec
from tests.store.events import epoch, running
from tests.store_runs import add_finished, add_seeds

Damage = Callable[[Path], None]


def make_whole(path: Path) -> None:
    """Write a database with runs in several states, hundreds of epochs, tags, notes, tables, analyses; in one file."""
    with Store.open(f"sqlite:///{path}") as store:
        add_finished(store, top1=0.75, name="first", tags=("a", "b"), correct=np.arange(40) % 3 > 0)
        add_seeds(store, [0.5, 0.625, 0.75], group="seeds", model__name="resnet_mini")
        store.edits.set_note(1, "what this was for: " + "a long note " * 700)  # goes on on other pages
        run_id = running(store, epochs=1000)
        for number in range(1, 151):
            store.record(run_id, epoch(number, top1=number / 1000))
        store.points.add(run_id, [Logged(None, step, {"loss": 1 / (step + 1), "norm": step}) for step in range(150)])
        for name in ("shift", "calibration"):
            store.analyses.save(1, analysis_result(name), epoch=1)
        add_finished(store, status="failed", seed=7)
        store.add_run(make_spec(seed=8), tags=["queued"])
        for name in ("main", "second"):
            store.saved_tables.save(TableDefinition(name=name, columns=("dataset", "model", "top1")))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def damages() -> Iterator[tuple[str, Damage]]:
    """Yield ways to damage such a file, with their names."""
    for seed in range(20):
        yield f"bits-{seed}", partial(_flip_bits, seed=seed)
    for seed in range(12):
        yield f"garbage-page-{seed}", partial(_overwrite_pages, seed=seed, is_zero=False)
    for seed in range(4):
        yield f"zeroed-page-{seed}", partial(_overwrite_pages, seed=seed, is_zero=True)
    for part in (0.0, 0.001, 0.1, 0.35, 0.6, 0.9, 0.999):
        yield f"cut-at-{part}", partial(_cut, part=part)
    for name, (offset, content) in _HEADER_FIELDS.items():
        yield f"header-{name}", partial(_overwrite, offset=offset, content=content)
    yield "log-of-another", partial(_add_log, part=1.0, is_own=False)
    for part in (0.3, 0.7):
        yield f"log-cut-at-{part}", partial(_add_log, part=part, is_own=True)
    yield "log-of-garbage", _add_garbage_log
    for name, statement in _STATEMENTS.items():
        yield name, partial(_execute, statement=statement)


# Source: https://sqlite.org/fileformat2.html, "The Database Header"
_HEADER_FIELDS = {
    "magic": (0, b"SQLite format 4\0"),
    "page-size": (16, (8192).to_bytes(2, "big")),
    "page-size-of-no-kind": (16, (1000).to_bytes(2, "big")),
    "write-version": (18, b"\x09\x09"),
    "reserved-space": (20, b"\xf0"),
    "fractions": (21, b"\x01\x02\x03"),
    "page-count": (28, (7).to_bytes(4, "big")),
    "freelist": (32, (2**31).to_bytes(4, "big") + (9999).to_bytes(4, "big")),
    "schema-format": (44, (77).to_bytes(4, "big")),
    "text-encoding": (56, (2).to_bytes(4, "big")),
    "text-encoding-of-no-kind": (56, (9).to_bytes(4, "big")),
    "first-page": (100, b"\x00" * 8),
}

_UNCHECKED = "PRAGMA ignore_check_constraints=ON;"
_STATEMENTS = {
    "json-invalid": "UPDATE runs SET quote = '{\"a\": ' WHERE id = 2",
    "json-empty": "UPDATE runs SET packages = '' WHERE id = 1",
    "json-of-another-kind": "UPDATE runs SET settings = '[1, 2]' WHERE id = 3",
    "json-number": "UPDATE runs SET unparsed = '7' WHERE id = 3",
    "json-nested": f"UPDATE runs SET quote = '{'[' * 100_000}' WHERE id = 4",
    "json-blob": "UPDATE runs SET quote = x'ff00fe' WHERE id = 1",
    "spec-invalid": "UPDATE runs SET spec_json = 'no spec' WHERE id = 1",
    "spec-list": "UPDATE runs SET spec_json = '[]' WHERE id = 5",
    "spec-nested": f"UPDATE runs SET spec_json = '{'[' * 100_000}' WHERE id = 1",
    "spec-version-list": "UPDATE runs SET spec_json = '{\"version\": [1]}' WHERE id = 1",
    "spec-blob": "UPDATE runs SET spec_json = x'ff' WHERE id = 2",
    "text-not-utf8": "UPDATE runs SET note = CAST(x'61ff62' AS TEXT) WHERE id = 1",
    "name-not-utf8": "UPDATE runs SET name = CAST(x'c328' AS TEXT) WHERE id = 2",
    "tag-not-utf8": "UPDATE run_tags SET tag = CAST(x'80' AS TEXT) WHERE tag = 'a'",
    "tag-blob": "UPDATE run_tags SET tag = x'80' WHERE tag = 'a'",
    "name-blob": "UPDATE runs SET name = x'80' WHERE id = 1",
    "number-text": f"{_UNCHECKED} UPDATE runs SET top1 = 'good' WHERE id = 1",
    "number-blob": "UPDATE runs SET lr = x'00' WHERE id = 1",
    "number-infinite": "UPDATE runs SET test_loss = 9e999 WHERE id = 1",
    "number-huge": f"{_UNCHECKED} UPDATE runs SET epochs_done = 9223372036854775807, seed = -5 WHERE id = 1",
    "number-fraction": "UPDATE runs SET epochs = 1.5, batch_size = 0.5 WHERE id = 1",
    "fraction-beyond-1": f"{_UNCHECKED} UPDATE runs SET top1 = 99.0 WHERE id = 1",
    "time-text": "UPDATE runs SET created_at = 'yesterday' WHERE id = 1",
    "time-number": "UPDATE runs SET heartbeat_at = 5 WHERE id = 5",
    "time-of-no-calendar": "UPDATE runs SET created_at = '2026-13-45 99:99:99.000000' WHERE id = 2",
    "boolean": "UPDATE runs SET git_dirty = 'perhaps' WHERE id = 1",
    "status": f"{_UNCHECKED} UPDATE runs SET status = 'dead' WHERE id = 1",
    "status-number": f"{_UNCHECKED} UPDATE runs SET status = 5, kind = x'00' WHERE id = 1",
    "epoch-text": f"{_UNCHECKED} UPDATE epochs SET top1 = 'x', lr = 'y' WHERE epoch = 100",
    "epoch-number-text": f"{_UNCHECKED} UPDATE epochs SET epoch = 'x' WHERE epoch = 100",
    "definition-invalid": "UPDATE tables SET definition_json = '{' WHERE name = 'main'",
    "definition-of-another-kind": "UPDATE tables SET definition_json = '{\"name\": 7}' WHERE name = 'main'",
    "definition-not-utf8": "UPDATE tables SET definition_json = CAST(x'ff' AS TEXT) WHERE name = 'main'",
    "attempt-time": "UPDATE attempts SET started_at = 'x'",
    "no-tags": "DROP TABLE run_tags",
    "no-epochs": "DROP TABLE epochs",
    "no-attempts": "DROP TABLE attempts",
    "no-runs": "PRAGMA foreign_keys=OFF; DROP TABLE runs",
    "no-tables": "DROP TABLE table_revisions; DROP TABLE tables",
    "no-version": "DROP TABLE expdb_version",
    "two-versions": "INSERT INTO expdb_version VALUES ('0001')",
    "version-blob": "UPDATE expdb_version SET version_num = x'ff'",
    "orphans": "PRAGMA foreign_keys=OFF; DELETE FROM runs WHERE id = 5",
    "column-missing": "DROP VIEW v_groups; DROP VIEW v_runs; ALTER TABLE runs DROP COLUMN note",
    "index-out-of-order": "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, 'status', 'model') "
    "WHERE name = 'ix_runs_status'",
    "schema-broken": "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = 'CREATE TABLE run_tags (' "
    "WHERE name = 'run_tags'",
    "root-page-of-another": "PRAGMA writable_schema=ON; UPDATE sqlite_master SET rootpage = 3 WHERE name = 'epochs'",
    "root-page-nowhere": "PRAGMA writable_schema=ON; UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'run_tags'",
}


def _flip_bits(path: Path, *, seed: int) -> None:
    chosen, content = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(40):
        content[chosen.randrange(100, len(content))] ^= 1 << chosen.randrange(8)
    path.write_bytes(content)


def _overwrite_pages(path: Path, *, seed: int, is_zero: bool) -> None:
    chosen, content = random.Random(seed), bytearray(path.read_bytes())
    for page in chosen.sample(range(1, len(content) // 4096), 1 if is_zero else 4):
        content[page * 4096 : (page + 1) * 4096] = bytes(4096) if is_zero else chosen.randbytes(4096)
    path.write_bytes(content)


def _cut(path: Path, *, part: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])


def _overwrite(path: Path, *, offset: int, content: bytes) -> None:
    whole = bytearray(path.read_bytes())
    whole[offset : offset + len(content)] = content
    path.write_bytes(whole)


def _log_of(path: Path) -> bytes:
    """Return the write-ahead log that changes to a database make, and leave the database as it was."""
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    for number in range(30):
        connection.execute(f"UPDATE epochs SET lr = {number} WHERE epoch % 30 = {number}")
    log = copy.with_name("copy.db-wal").read_bytes()
    connection.close()
    for left in path.parent.glob("copy.db*"):
        left.unlink()
    return log


def _add_log(path: Path, *, part: float, is_own: bool) -> None:
    if is_own:
        log = _log_of(path)
    else:
        other = path.with_name("other.db")
        connection = sqlite3.connect(other)
        connection.execute("CREATE TABLE epochs (epoch INTEGER, lr REAL)")
        connection.executemany("INSERT INTO epochs VALUES (?, 0.5)", [(number,) for number in range(3000)])
        connection.commit()
        connection.close()
        log = _log_of(other)
        other.unlink()
    path.with_name(path.name + "-wal").write_bytes(log[: int(len(log) * part)])


def _add_garbage_log(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(random.Random(1).randbytes(100_000))


def _execute(path: Path, *, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
