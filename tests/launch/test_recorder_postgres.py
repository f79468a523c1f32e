"""A server is in trouble while a run trains."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from expdb.errors import NotRecordedError
from expdb.launch.sync import sync_pending
from expdb.store.store import Store
from tests.conftest import running_postgres
from tests.launch.recorded import EVENTS, contents, queue, record_attempt, undisturbed, wait_until

BREAK, MEND = 2, 4  # before these events


pytestmark = pytest.mark.usefixtures("impatient")


KILL_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@contextmanager
def as_superuser(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    """URL of a server that is these tests' own: trouble that one of them leaves behind is nobody else's."""
    with running_postgres() as server:
        yield server.url


@pytest.fixture
def own_url(own_server: str) -> str:
    """URL of an empty place in it."""
    schema = f"test_{uuid4().hex}"
    with as_superuser(own_server) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER ROLE postgres RESET default_transaction_read_only")
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{own_server}?options=-csearch_path%3D{schema}"


@pytest.mark.postgres
def test_a_killed_connection_costs_nothing(own_server: str, own_url: str, tmp_path: Path):
    with Store.open(own_url, artifact_root=tmp_path) as store:
        expected = undisturbed(store)
        run_id, uuid = queue(store)

        def kill() -> None:
            with as_superuser(own_server) as connection:
                connection.execute(KILL_ALL)

        record_attempt(store, run_id, [], before=dict.fromkeys(range(1, len(EVENTS)), kill))

        assert contents(store, uuid) == expected


@pytest.mark.postgres
@pytest.mark.parametrize("is_mended", [True, False])
@pytest.mark.parametrize("kind", ["read-only", "renamed"])
def test_a_server_in_trouble_gets_all_in_the_end(
    own_server: str,
    own_url: str,
    tmp_path: Path,
    kind: str,
    is_mended: bool,
):
    schema = own_url.rpartition("%3D")[2]
    begin, end, reason = {
        "read-only": (
            "ALTER ROLE postgres SET default_transaction_read_only = on",
            "ALTER ROLE postgres RESET default_transaction_read_only",
            "is read-only",
        ),
        "renamed": (
            f"ALTER SCHEMA {schema} RENAME TO {schema}_away",
            f"ALTER SCHEMA {schema}_away RENAME TO {schema}",
            "does not exist",
        ),
    }[kind]

    def change(statement: str) -> None:
        with as_superuser(own_server) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(statement)
            connection.execute(KILL_ALL)

    warned: list[str] = []
    with Store.open(own_url, artifact_root=tmp_path) as store:
        expected = undisturbed(store)
        run_id, uuid = queue(store)
        before = {BREAK: lambda: change(begin)}
        if is_mended:

            def mend() -> None:
                wait_until(lambda: bool(warned))
                change(end)

            record_attempt(store, run_id, warned, before={**before, MEND: mend})
        else:
            with pytest.raises(NotRecordedError, match=reason):
                record_attempt(store, run_id, warned, before=before, last_wait_seconds=0.01)
            change(end)
            list(sync_pending(store))

        assert reason in warned[0]
        assert contents(store, uuid) == expected


@pytest.mark.postgres
@pytest.mark.parametrize("is_mended", [True, False])
def test_a_server_that_stops_in_mid_run_stops_no_training(tmp_path: Path, is_mended: bool):
    warned: list[str] = []
    with running_postgres() as server, Store.open(server.url, artifact_root=tmp_path) as store:
        expected = undisturbed(store)
        run_id, uuid = queue(store)
        before = {BREAK: server.stop, **({MEND: server.start} if is_mended else {})}

        if is_mended:
            record_attempt(store, run_id, warned, before=before)
        else:
            with pytest.raises(NotRecordedError, match="expdb db sync brings them in"):
                record_attempt(store, run_id, warned, before=before, last_wait_seconds=0.5)
            server.start()
            (synced,) = sync_pending(store)
            assert (synced.run_id, synced.problem) == (run_id, "")

        assert contents(store, uuid) == expected
        assert "connection" in warned[0]
        assert list(sync_pending(store)) == []
