"""The store's own fixtures: an empty one on each back end in turn."""

from tests.store.conftest import database_url, new_postgres_url, sqlite_url, store

__all__ = ["database_url", "new_postgres_url", "sqlite_url", "store"]
