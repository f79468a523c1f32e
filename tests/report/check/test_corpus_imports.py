"""Documents of the corpus beside nothing but their own import: the same, until a number is altered."""

from collections.abc import Iterator

import pytest

from expdb.interop.reported.enter import enter
from expdb.report.check.check import check_text
from expdb.report.check.findings import CheckedTable
from expdb.report.written.row_identity import document_key
from expdb.store.store import Store
from tests.report.check.changed_documents import number_changes
from tests.report.written.answers import AnsweredDocument, answered_documents
from tests.report.written.corpus_reader import read

# Beside numbers that are compared these have columns of none: links, two settings in a cell.
PARTLY = ("readme/windows.md", "papers/two_in_a_cell.md")
LEFT_OUT = ("hostile", "refused", "csv")
IMPORTED = [
    document
    for document in answered_documents()
    if document.path.parent.name not in LEFT_OUT
    and not document.headings
    and any("rows" in answers[0] for answers in document.tables)
]
MEASURED = [document for document in IMPORTED if document.is_measured]
WHOLLY = [document for document in IMPORTED if document.name not in PARTLY]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Store]]:
    """A store for each document, with its own rows."""
    opened = {}
    for number, document in enumerate(IMPORTED):
        store = opened[document.name] = Store.open(f"sqlite:///{tmp_path_factory.mktemp(f'imports{number}')}/runs.db")
        tables = read(document).tables
        if any(table.runs for table in tables):
            enter(store, tables)
    yield opened
    for store in opened.values():
        store.close()


def check(text: str, document: AnsweredDocument, store: Store) -> list[CheckedTable]:
    return check_text(
        text,
        store,
        (),
        name=document.path.name,
        document=document_key(document.path.name),
        dataset=document.options.get("dataset"),
    )


@pytest.mark.parametrize("document", IMPORTED, ids=lambda document: document.name)
def test_a_document_beside_its_import_is_never_confirmed_nor_contradicted(document, stores):
    tables = check(document.text, document, stores[document.name])

    assert {one.status for table in tables for one in table.findings} <= {"same as its import", "unknown"}


@pytest.mark.parametrize("document", MEASURED, ids=lambda document: document.name)
def test_every_number_of_a_document_beside_its_import_is_the_same(document, stores):
    tables = check(document.text, document, stores[document.name])

    assert {one.status for table in tables for one in table.findings} == {"same as its import"}


@pytest.mark.parametrize("document", WHOLLY, ids=lambda document: document.name)
def test_each_number_of_an_imported_document_that_is_altered_is_found(document, stores):
    missed = []
    changes = list(number_changes(document))
    for change in changes if document.is_measured else changes[::3]:
        tables = check(change.text, document, stores[document.name])
        lines = {one.line for table in tables for one in table.findings if one.status in ("contradicted", "unknown")}
        if not lines & change.lines:
            missed.append(change.diff)

    assert not missed, "\n".join(missed)
