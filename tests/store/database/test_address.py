import pytest

from expdb.errors import StoreError
from expdb.store.database.address import parse_address

SECRET = "hunter2canary"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("runs.db", "not a database URL: 'runs.db': use sqlite:///runs.db"),
        ("", "not a database URL"),
        ("mysql://host/db", "database 'mysql' is not supported"),
        ("postgresql+asyncpg://host/db", "not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:x?mode=ro&uri=true", "names no file"),
        ("sqlite:///runs.db?timeout=5", "more than a file's path"),
        ("sqlite://host/runs.db", "more than a file's path"),
        ("postgresql://me@host:port/db", "not a database URL"),
    ],
)
def test_unusable_url_is_named(url, message):
    with pytest.raises(StoreError, match=message):
        parse_address(url)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@host:port/db",
        f"mysql://me:{SECRET}@host/db",
        f"postgresql://me:x@{SECRET}@host/db",
        f"sqlite://me:{SECRET}@/x.db",
        f"me:{SECRET}@host/db",
        f"://{SECRET}@",
        f"postgresql://host:port/db?password={SECRET}",
    ],
)
def test_password_is_in_no_message(url):
    with pytest.raises(StoreError) as caught:
        parse_address(url)
    assert SECRET not in str(caught.value)


def test_password_is_masked_wherever_it_stands():
    address = parse_address(f"postgresql://me:{SECRET}@host/db?sslpassword={SECRET}")

    assert address.masked_url == address.label == "postgresql://me:***@host/db?sslpassword=***"
    assert address.redact(f"no, {SECRET}!") == "no, ***!"
    assert address.url.password == SECRET


def test_sqlite_file_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    address = parse_address("sqlite:///runs.db")

    assert (address.path, address.label, address.masked_url) == (tmp_path / "runs.db", "runs.db", "sqlite:///runs.db")
