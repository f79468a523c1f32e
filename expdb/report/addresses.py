"""How a text asks for one value of a table: by the table's name, the row's key, and the column's address.

A column's address is its key and what tells it from other columns of that key, each after a colon where it is not what
a column shows anyway: which epochs (`top1:best`), what is shown (`top1:delta`), against what (`top1:delta:previous`),
by which test (`top1:p:paired`), and that p is not corrected (`top1:p:raw`). In a pivot the value follows, as a
definition's `sort` names it: `top1@cifar100`.

A mean over seeds has further parts: `top1` is the mean alone, `top1:spread` what stands behind its ±, `top1:n` the
number of seeds, `top1:cell` all of it.
"""

import re
from collections.abc import Mapping

from expdb.domain.value_text import is_number
from expdb.report.table import Cell, TableColumn

PARTS = ("spread", "n", "cell")
_BEHIND = re.compile(r" (?:± (?P<spread>[^(\[]*[^(\[ ])|\(|\[).*")  # a mean: what follows it


def cell_parts(cell: Cell, column: TableColumn, *, is_reported: bool) -> Mapping[str, str]:
    """Return what a cell prints by the part that a text asks for, empty for the number or words themselves.

    Args:
        is_reported: the row is copied from a document, which does not say of how many runs a number is.
    """
    if not (column.is_sample or cell.std is not None or cell.n is not None) or not is_number(cell.value):
        return {"": cell.text}
    behind = _BEHIND.search(cell.text)
    parts = {"": cell.text[: behind.start()] if behind else cell.text}
    if behind and behind["spread"]:
        parts["spread"] = behind["spread"]
    if cell.n is not None and (not is_reported or cell.std is not None or cell.n > 1):
        parts["n"] = str(cell.n)
    return {**parts, "cell": cell.text}
