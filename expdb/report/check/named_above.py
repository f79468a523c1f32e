"""What is said above a table that a mark names, where the table's own runs are of another dataset."""

from collections.abc import Iterator

from expdb.report.check.expected import ExpectedTable
from expdb.report.check.findings import Finding
from expdb.report.check.same_words import same_words
from expdb.report.written.reading.said_around import read_surroundings
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.written_table import WrittenTable


def named_above(written: WrittenTable, expected: ExpectedTable, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield what is wrong of the dataset that is named above a table; nothing where the table says its own.

    It is wrong where none of its runs are of it, or of two that are named there.
    """
    known = [slot.known.key for slot in expected.slots]
    plan = expected.plan
    about = [*plan.across, *(() if plan.section is None else (plan.section,))]
    if "dataset" in (*known, *(key.key for key in about)):
        return
    around = read_surroundings(written.surroundings, vocabulary)
    said = {same_words(name) for name in around.datasets}
    names = sorted({name for row in expected.rows for name in row.datasets})
    if not said or not names or said & set(map(same_words, names)):
        return
    run_ids = sorted({run_id for row in expected.rows for run_id in row.run_ids})
    yield Finding(
        line=written.first_line,
        column=around.where_dataset,
        part="text",
        row=f"table {plan.name}",
        printed=" and ".join(around.datasets),
        recorded=" and ".join(names),
        status="contradicted",
        run_ids=tuple(run_ids),
    )
