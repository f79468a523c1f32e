from collections.abc import Iterator

import pytest

from expdb.store.store import Store
from tests.store.conftest import BACK_ENDS


@pytest.fixture(scope="module", params=BACK_ENDS)
def shared_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that a module fills once and only reads then, on each back end in turn."""
    folder = tmp_path_factory.mktemp("shared")
    url = f"sqlite:///{folder}/runs.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")()
    with Store.open(url, artifact_root=folder / "artifacts") as store:
        yield store
