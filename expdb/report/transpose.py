"""Columns as rows."""

from dataclasses import replace

from expdb.report.table import Cell, Row, Table, TableColumn, joined_heading


def transposed(table: Table) -> Table:
    """Return the table with its columns as rows; the first column's texts become the headings."""
    first = TableColumn(key="quantity", heading=table.columns[0].heading, format="text", decimals=None, align="left")
    columns = [
        TableColumn(
            key=f"row{index}",
            heading=row.cells[0].text,
            marks=row.cells[0].marks,
            under=row.section,
            format="text",
            decimals=None,
            align="right",
        )
        for index, row in enumerate(table.rows)
    ]
    rows = [
        Row(
            run_ids=tuple(sorted({run_id for row in table.rows for run_id in row.run_ids})),
            cells=(
                Cell(value=joined_heading(column), text=joined_heading(column)),
                *(row.cells[index] for row in table.rows),
            ),
            column=column,
        )
        for index, column in enumerate(table.columns)
        if index > 0
    ]
    return replace(table, columns=(first, *columns), rows=tuple(rows), upright=table)
