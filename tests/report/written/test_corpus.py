"""Documents of many habits, and everything that is recorded of them held against answers made by hand."""

import pytest

from expdb.report.written.tables.told import told_cells, told_columns
from tests.report.written.answers import answered_documents, complaints
from tests.report.written.corpus_reader import read

DOCUMENTS = answered_documents()
of_each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


@of_each_document
def test_every_value_that_is_recorded_of_a_document_is_the_one_that_it_says(document):
    reading = read(document)
    told = [f"{told_columns(table)} {list(told_cells(table))}" for table in reading.readings]

    found = complaints(document, reading.tables, told)

    assert not found, "\n".join([document.name, *found])


@of_each_document
def test_the_reading_of_every_heading_is_told_of_a_table_that_is_entered(document):
    for table, reading in zip(read(document).tables, read(document).readings, strict=True):
        told = dict(told_columns(reading))
        assert all(told.values())
        assert not table.runs or {heading for run in table.runs for heading in run.quote} <= set(told)


def test_the_corpus_has_documents_of_every_format_and_language():
    assert len([document for document in DOCUMENTS if not document.name.startswith("hostile/")]) >= 44
    assert len([document for document in DOCUMENTS if document.name.startswith("hostile/")]) >= 10
    assert {document.path.suffix for document in DOCUMENTS} == {".md", ".html", ".tex", ".csv"}
    assert len([document for document in DOCUMENTS if document.name.startswith("korean/")]) >= 8
