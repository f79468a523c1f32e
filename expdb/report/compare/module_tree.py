"""Listings of analyses as tables; those whose rows are modules, named with dots, as trees."""

from expdb.domain.analyses.result import Listing
from expdb.domain.value_text import few_digits
from expdb.report.table import Cell, Row, Table, TableColumn

_TREE_HEADING = "module"
_NETWORK = "(network)"  # whose name is empty
_INDENT = "\N{EM SPACE}"


def listing_table(listing: Listing) -> Table:
    """Return a listing as a table: numbers to the right."""
    is_number = [
        all(isinstance(row[place], (int, float, type(None))) for row in listing.rows)
        for place in range(len(listing.headings))
    ]
    columns = tuple(
        TableColumn(
            key=f"column{place}",
            heading=heading,
            format="text",
            decimals=None,
            align="right" if is_number[place] and place else "left",
        )
        for place, heading in enumerate(listing.headings)
    )
    rows = tuple(
        Row(run_ids=(), cells=tuple(Cell(value=value, text=_text(value)) for value in row)) for row in listing.rows
    )
    return Table(name=listing.key, title=listing.title, columns=columns, rows=rows)


def is_tree(listing: Listing) -> bool:
    """Return whether its rows are the modules of a network."""
    return bool(listing.headings) and listing.headings[0] == _TREE_HEADING and bool(inside(listing))


def inside(listing: Listing) -> list[str]:
    """Return the modules that have others in them, in their order."""
    names = [str(row[0]) for row in listing.rows]
    parents = {name.rpartition(".")[0] for name in names} - {""}
    return [name for name in names if name in parents]


def deepest(listing: Listing, root: str) -> int:
    """Return how many levels there are below a module; "": below the network."""
    return max((_depth(str(row[0]), root) for row in listing.rows if _is_below(str(row[0]), root)), default=0)


def branch(listing: Listing, root: str, levels: int) -> Listing:
    """Return the part of a listing that is in a module, so many levels deep, the deeper ones set in."""
    rows = []
    names = {str(row[0]) for row in listing.rows}
    for name, *values in listing.rows:
        text = str(name)
        if not _is_below(text, root) or _depth(text, root) > levels:
            continue
        depth = _depth(text, root)
        is_inside = depth and text.rpartition(".")[0] in names
        own = (text.rpartition(".")[2] if is_inside else text) or _NETWORK
        rows.append((_INDENT * (depth if root else max(depth - 1, 0)) + own, *values))
    return listing.model_copy(update={"rows": tuple(rows)})


def _is_below(name: str, root: str) -> bool:
    return not root or name == root or name.startswith(f"{root}.")


def _depth(name: str, root: str) -> int:
    """Return how many levels a module is below another; the other itself is on none."""
    if name in (root, ""):
        return 0
    return name.removeprefix(f"{root}.").count(".") + 1 if root else name.count(".") + 1


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case float() if value != int(value):
            return few_digits(value)
        case float() | int():
            return f"{int(value):,}"
    return str(value)
