"""Documents of the corpus, read as the command line reads them."""

from expdb.interop.report_document import ReportChoices, ReportReading, read_report
from expdb.report.written.reading.vocabulary import default_vocabulary
from tests.report.written.answers import AnsweredDocument


def read(document: AnsweredDocument) -> ReportReading:
    return read_text(document.text, document, name=document.path.name)


def read_text(text: str, document: AnsweredDocument, *, name: str) -> ReportReading:
    """Read a text as the document's answers say that it is read."""
    vocabulary = default_vocabulary().with_additions(document.headings)
    return read_report(text, name=name, choices=ReportChoices(**document.options), vocabulary=vocabulary)
