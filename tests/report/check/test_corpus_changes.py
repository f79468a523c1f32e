"""Documents of the corpus beside runs of exactly what they say: nothing is raised, and every change is found."""

from collections.abc import Iterator

import pytest

from expdb.report.check.check import check_text
from expdb.report.check.findings import CheckedTable
from expdb.store.store import Store
from tests.report.check.changed_documents import seeded_changes
from tests.report.check.measured_twins import add_twins
from tests.report.written.answers import AnsweredDocument, answered_documents

MEASURED = [document for document in answered_documents() if document.is_measured]
CHANGES = seeded_changes(MEASURED, 200)
WRONG = ("contradicted", "stale", "unknown")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Store]]:
    """A store for each document, with measured runs of what it says."""
    opened = {}
    for number, document in enumerate(MEASURED):
        opened[document.name] = Store.open(f"sqlite:///{tmp_path_factory.mktemp(f'twins{number}')}/runs.db")
        add_twins(opened[document.name], document)
    yield opened
    for store in opened.values():
        store.close()


def check(text: str, document: AnsweredDocument, store: Store) -> list[CheckedTable]:
    return check_text(text, store, (), name=document.path.name)


def raised(tables: list[CheckedTable]) -> set[tuple[int, str]]:
    """What is wrong or was not compared: line and words."""
    found = {
        (one.line, f"{one.status}: {one.message}") for table in tables for one in table.findings if one.status in WRONG
    }
    return found | {(one.line, f"{one.what}: {one.reason}") for table in tables for one in table.passed_over}


@pytest.mark.parametrize("document", MEASURED, ids=lambda document: document.name)
def test_a_document_of_measured_runs_raises_nothing_and_is_confirmed(document, stores):
    tables = check(document.text, document, stores[document.name])

    assert raised(tables) == set()
    assert {one.status for table in tables for one in table.findings} == {"confirmed"}
    assert all(table.findings for table in tables)


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_change_of_a_document_of_measured_runs_is_found_where_it_is(number, stores):
    change = CHANGES[number]
    found = raised(check(change.text, change.document, stores[change.document.name]))

    # What is passed over is told at the head of its table: it must quote the number.
    assert any(line in change.lines or any(number in words for number in change.numbers) for line, words in found), (
        f"{change.diff}\n{found}"
    )
