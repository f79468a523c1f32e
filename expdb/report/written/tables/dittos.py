"""Cells that say that the cell above is meant: `"`, `〃`, `ditto`, `상동`."""

from dataclasses import replace

from expdb.report.written.reading.cell_words import cell_words
from expdb.report.written.written_table import WrittenCell, WrittenRow, WrittenTable


def without_dittos(table: WrittenTable) -> WrittenTable:
    """Return a table in which a cell that repeats the one above says what that says."""
    if not any(_is_ditto(cell) for row in table.rows for cell in row.cells):
        return table
    rows: list[WrittenRow] = []
    for row in table.rows:
        above = rows[-1].cells if rows and rows[-1].section == row.section else ()
        cells = [
            replace(cell, text=above[place].text) if place < len(above) and _is_ditto(cell) else cell
            for place, cell in enumerate(row.cells)
        ]
        rows.append(replace(row, cells=tuple(cells)))
    return replace(table, rows=tuple(rows))


def _is_ditto(cell: WrittenCell) -> bool:
    dittos = cell_words().kinds["ditto"]
    return cell.text.strip("–—-. ").casefold() in dittos or cell.text.strip().casefold() in dittos
