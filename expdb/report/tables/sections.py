"""The headings that rows stand under."""

from collections.abc import Sequence
from dataclasses import replace

from expdb.domain.table import TableDefinition
from expdb.report.columns import column
from expdb.report.tables.table_row import TableRow
from expdb.report.value_text import format_value


def with_section(line: TableRow, definition: TableDefinition) -> TableRow:
    """Return a row under the heading that all of its runs say."""
    if definition.section is None:
        return line
    known = column(definition.section)
    said = (format_value(value, known.format, known.decimals) for value in line.lead.values(known.value))
    return replace(line, section=", ".join(dict.fromkeys(said)))


def in_sections(lines: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows section by section, each where its first row stands."""
    order = {name: index for index, name in enumerate(dict.fromkeys(line.section for line in lines))}
    return sorted(lines, key=lambda line: order[line.section])
