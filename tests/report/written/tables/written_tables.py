"""Written tables for the tests of their readers, row by row with `|` between cells."""

from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.report.written.rows import stated_rows
from expdb.report.written.tables.columns import ReadColumn
from expdb.report.written.tables.read_table import ReadTable, read_table
from expdb.report.written.tables.told import told_columns
from expdb.report.written.written_table import Surroundings, WrittenCell, WrittenRow, WrittenTable


def written(*lines: str, headings=("CIFAR-100",), caption=None, sentence=None, links=()) -> WrittenTable:
    """Return a table whose first line are its headings; a cell `[text]` under a heading in `links` is a link."""
    head, *body = [line.split("|") for line in lines]
    rows = [
        WrittenRow(
            cells=tuple(
                WrittenCell(
                    text=text,
                    line=number,
                    links=(f"https://a.org/{text}{number}",) if head[place] in links and text else (),
                )
                for place, text in enumerate(cells)
            )
        )
        for number, cells in enumerate(body, start=5)
    ]
    return WrittenTable(
        first_line=3,
        last_line=4 + len(body),
        headings=tuple(head),
        rows=tuple(rows),
        surroundings=Surroundings(headings=headings, caption=caption, sentence=sentence),
    )


def read(*lines: str, dataset=None, words=(), **around) -> ReadTable:
    return read_table(written(*lines, **around), default_vocabulary().with_additions(words), dataset=dataset)


def column(table: ReadTable, heading: str) -> ReadColumn:
    [found] = [each for each in table.columns if each.quoted == heading]
    return found


def roles(table: ReadTable) -> dict[str, str]:
    return {each.quoted: each.role for each in table.columns}


def told(*lines: str, **options) -> dict[str, str]:
    return dict(told_columns(read(*lines, **options)))


def runs(*lines: str, **options):
    stated = stated_rows(read(*lines, **options))
    assert stated.skipped == ()
    return [row.run for row in stated.rows]
