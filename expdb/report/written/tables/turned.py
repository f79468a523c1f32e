"""Tables that lie on their side: models as columns, results as rows."""

from collections.abc import Callable

from expdb.domain.task import FREE
from expdb.report.written.reading.heading import Heading
from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.tables.columns import RESULTS, read_printed
from expdb.report.written.tables.roles import role_by_heading
from expdb.report.written.written_table import WrittenTable

_FEWEST_COLUMNS = 2


def lies_on_its_side(table: WrittenTable, read: Callable[[str], Heading]) -> bool:
    """Tell whether a table's first column heads its rows as results, and no heading above names a column.

    Args:
        table: what is written.
        read: reads a heading.
    """
    if len(table.headings) < _FEWEST_COLUMNS or any(_is_known(read(text)) for text in table.headings[1:]):
        return False
    named = [(read(row.cells[0].text), [cell.text for cell in row.cells[1:]]) for row in table.rows]
    results = [(heading, texts) for heading, texts in named if _is_result(heading)]
    if not results or 2 * sum(_is_known(heading) for heading, _ in named) < len(named):
        return False
    return all(_are_numbers(heading, texts) for heading, texts in results[:1])


def _is_known(heading: Heading) -> bool:
    return bool(heading.keys or heading.parts) and not heading.left


def _is_result(heading: Heading) -> bool:
    return role_by_heading(heading) in RESULTS or (heading.key or "").startswith(FREE)


def _are_numbers(heading: Heading, texts: list[str]) -> bool:
    written = [text for text in texts if not is_blank(text)]
    form = RESULTS.get(role_by_heading(heading) or "", "number")
    units = (heading.unit,) if heading.unit else ()
    return bool(written) and all(read_printed(text, form, units) is not None for text in written)
