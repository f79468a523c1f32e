"""Where a database is: a URL, checked, and printable without its password."""

from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from expdb.domain.masking.mask import MASK, mask_address, mask_values
from expdb.domain.masking.names import kind_of_name
from expdb.errors import StoreError

_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_EXAMPLES = "use sqlite:///runs.db or postgresql://user@host/database"


@dataclass(frozen=True, kw_only=True)
class Address:
    """A database's URL.

    Attributes:
        url: with the driver that is used.
        path: the SQLite file, absolute; None for a server.
        label: how messages name it: the file, or the URL with its password masked.
        masked_url: the URL as given, its password masked.
    """

    url: sa.URL
    path: Path | None
    label: str
    masked_url: str

    def redact(self, text: str) -> str:
        """Return the text with all secrets masked, the URL's own wherever they stand."""
        given = [value for key, value in self.url.query.items() if kind_of_name(key, in_address=True) != "never"]
        words = [
            str(self.url.password or ""),
            *(value if isinstance(value, str) else " ".join(value) for value in given),
        ]
        return mask_values(text, words)


def parse_address(url: str) -> Address:
    """Check a database URL.

    Raises:
        StoreError: it is no URL, or of a database that is not supported. No password is in the message.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(f"not a database URL: {_shown(url)!r}: {_EXAMPLES}") from error
    if parsed.drivername not in _DRIVERS:
        raise StoreError(f"database {parsed.drivername!r} is not supported: {_EXAMPLES}")
    masked = mask_address(url)
    address = Address(
        url=parsed.set(drivername=_DRIVERS[parsed.drivername]), path=None, label=masked, masked_url=masked
    )
    if parsed.get_backend_name() != "sqlite":
        if parsed.host and "@" in parsed.host:
            # Its part after the "@" would be taken for the host, and printed as one.
            raise StoreError("the database URL's password holds an '@': write it as %40")
        return address
    return _with_file(address)


def _with_file(address: Address) -> Address:
    name = address.url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise StoreError(f"{address.masked_url!r} names no file: {_EXAMPLES}")
    if any((address.url.host, address.url.username, address.url.password, address.url.query)):
        raise StoreError(f"{address.masked_url!r} holds more than a file's path: {_EXAMPLES}")
    if "\0" in name:
        raise StoreError(f"{name!r} is no file name")
    try:
        path = Path(name).expanduser().absolute()
    except FileNotFoundError as error:
        raise StoreError(f"{name!r}: the working folder was removed: go to one that is there") from error
    except RuntimeError as error:  # `~` and nobody's name
        raise StoreError(f"{name!r}: there is no such user's folder: {_EXAMPLES}") from error
    if ".." in path.parts:  # which leads nowhere once the folder before it is removed
        path = path.parent.resolve() / path.name
    return replace(address, path=path, label=name)


def _shown(url: str) -> str:
    """Return of an unreadable URL what cannot hold a password."""
    scheme = url.partition("://")[0]
    masked = mask_address(url)
    if "@" not in masked.replace(f"{MASK}@", ""):
        return masked[:80]
    return f"{scheme if scheme.replace('+', '').isalnum() else ''}://{MASK}"
