from tests.store.conftest import database_url, new_postgres_url, sqlite_url, store

__all__ = ["database_url", "new_postgres_url", "sqlite_url", "store"]
