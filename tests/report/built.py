"""Definitions in short, and what one reads off the tables built from them."""

from expdb.domain.table import TableDefinition

CIFAR = {"data__dataset": "cifar100", "epochs": 10}
NO_SPREAD = "One run each (n = 1): no spread is known."
SPREAD = "Mean ± sample standard deviation (n seeds)."


def define(*columns, **settings):
    return TableDefinition.model_validate({"name": "t", "columns": columns, **settings})


def texts(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def column_of(table, index):
    return [row.cells[index].text for row in table.rows]


def ranks(table, index):
    return [row.cells[index].rank for row in table.rows]


def general(table):
    return [note.text for note in table.notes if not note.mark]


def marked(table):
    return {note.mark: note.text for note in table.notes if note.mark}


def marks(table, index=0):
    return [row.cells[index].marks for row in table.rows]
