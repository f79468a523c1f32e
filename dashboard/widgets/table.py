"""The table of rows that every page shows: which columns it has, how wide they are, and what may be done with a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import streamlit as st

from expdb.domain.value_text import MISSING

Kind = Literal["plain", "text", "number", "time", "labels", "curve", "share", "image"]
LINK = "open"  # the column of buttons
IMAGE_SIDE = 64  # px of a picture in a row
_PIXELS_A_LETTER, _PIXELS_BESIDE = 6.6, 20
_PIXELS_A_LINE, _PIXELS_AROUND = 16, 26  # in lower rows the browser does not wrap
_ROW, _HEADER = 31, 40  # px
_CURVE, _BUTTON = 104, 40  # px; of a button without its letters
BOLD = "font-weight: 700"


@dataclass(frozen=True, kw_only=True)
class ListColumn:
    """How a column is shown.

    Attributes:
        kind: what its values are; `plain`: as their type says.
        form: how numbers and times are written, a format of Streamlit's (`%.2f`, `percent`, `bytes`).
        about: is told when one points at the heading.
        letters: the width, as of so many letters; None: as the browser measures, which looks at the first rows only.
        align: None: numbers right, text left.
        zone: IANA name of the zone of times; None: the browser's.
        colors: of labels, by what they say; a single one: of all of them.
        read: the text to read of a value, which sorts as it is; None: the browser writes it.
    """

    heading: str
    kind: Kind = "plain"
    form: str | None = None
    about: str | None = None
    letters: float | None = None
    align: Literal["left", "center", "right"] | None = None
    is_pinned: bool | None = None
    zone: str | None = None
    colors: Mapping[Any, str] | str | None = None
    read: Callable[[Any], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Links:
    """The buttons before the rows.

    Attributes:
        key: of the column of buttons.
        open: is called with the place of the row whose button was pressed.
        words: what the buttons say; one for each row, where some have none.
        name: of the column of buttons among the others.
    """

    key: str
    open: Callable[[int], None]
    words: str | Sequence[str | None] = "Open"
    name: str = LINK


@dataclass(frozen=True, kw_only=True)
class Marked:
    """What is marked in a table; the browser may still send places of another table.

    Attributes:
        rows: by place.
        cells: each by the place of its row and the name of its column.
    """

    rows: tuple[int, ...] = ()
    cells: tuple[tuple[int, str], ...] = ()


def show_table(
    rows: Sequence[Sequence[Any]] | pa.Table,
    columns: Mapping[str, ListColumn],
    *,
    alt: str,
    links: Links | None = None,
    height: int | None = None,
    width: Literal["stretch", "content"] | int = "stretch",
    lines: int = 1,
    bold: Sequence[Sequence[bool]] | None = None,
    key: str | None = None,
    marks: Sequence[Literal["multi-row", "single-cell"]] = (),
    marked: Sequence[int] | None = None,
) -> Marked:
    """Show rows, which can be sorted and searched; return what is marked in them.

    Args:
        rows: values in the order of the columns. An Arrow table names its columns itself, the one of the links too.
        columns: by name.
        alt: what it shows, for those who do not see it.
        links: a button before each row.
        height: px from which it scrolls; None: it is as high as its rows.
        width: `stretch`: of the page; `content`: of its columns; or px.
        lines: of text in each row.
        bold: which cells are, by row, in the order of the columns.
        key: of the widget.
        marks: what may be marked.
        marked: rows that are marked at first.
    """
    row_height = _row_height(columns, lines)
    is_low = height is not None and len(rows) * (row_height or _ROW) + _HEADER <= height
    state: Any = st.dataframe(
        rows if isinstance(rows, pa.Table) else _styled(rows, columns, links, bold),
        column_config={name: _config(column) for name, column in columns.items()} | _button_column(links),
        hide_index=True,
        width=width,
        height="content" if is_low or height is None else height,
        row_height=row_height,
        placeholder=MISSING,
        key=key,
        alt=alt,
        **_selection(marks, marked),
    )
    if not marks:
        return Marked()
    return Marked(rows=tuple(state.selection.rows), cells=tuple(state.selection.get("cells", ())))


def pixels(letters: float) -> int:
    """Return how wide a column of so many letters is."""
    return round(_PIXELS_A_LETTER * letters) + _PIXELS_BESIDE


def _selection(marks: Sequence[str], marked: Sequence[int] | None) -> dict[str, Any]:
    options: dict[str, Any] = {"on_select": "rerun", "selection_mode": list(marks)} if marks else {}
    return options if marked is None else options | {"selection_default": {"selection": {"rows": list(marked)}}}


def _row_height(columns: Mapping[str, ListColumn], lines: int) -> int | None:
    if any(column.kind == "image" for column in columns.values()):
        return IMAGE_SIDE + 8
    return _PIXELS_AROUND + _PIXELS_A_LINE * lines if lines > 1 else None


def _config(column: ListColumn) -> Any:
    configs = st.column_config
    width = None if column.letters is None else pixels(column.letters)
    common: dict[str, Any] = {"label": column.heading, "help": column.about, "pinned": column.is_pinned, "width": width}
    match column.kind:
        case "text":
            return configs.TextColumn(**common, alignment=column.align)
        case "number":
            return configs.NumberColumn(**common, format=column.form, alignment=column.align)
        case "time":
            return configs.DatetimeColumn(**common, format=column.form, timezone=column.zone)
        case "labels" if isinstance(column.colors, Mapping):
            return configs.MultiselectColumn(**common, options=list(column.colors), color=list(column.colors.values()))
        case "labels":
            return configs.MultiselectColumn(**common, color=column.colors)
        case "curve":
            return configs.LineChartColumn(**common | {"width": _CURVE})
        case "share":
            return configs.ProgressColumn(**common, format="percent", min_value=0, max_value=1)
        case "image":
            return configs.ImageColumn(**common | {"width": IMAGE_SIDE + 24})
    return configs.Column(**common)


def _button_column(links: Links | None) -> dict[str, Any]:
    """Return how the column of buttons is shown, by its name; nothing without one."""
    if links is None:
        return {}
    words = [links.words] if isinstance(links.words, str) else filter(None, links.words)
    width = _BUTTON + 7 * max(map(len, words), default=0)
    configs = st.column_config
    button = configs.ButtonColumn("", width=width, pinned=True, on_click=_press, args=(links,), key=links.key)
    return {links.name: button}


def _press(links: Links) -> None:
    links.open(st.session_state[links.key].row)


def _styled(
    rows: Sequence[Sequence[Any]],
    columns: Mapping[str, ListColumn],
    links: Links | None,
    bold: Sequence[Sequence[bool]] | None,
) -> Any:
    """Return rows as a frame; where other texts are read than values are sorted by, or cells are bold, with these."""
    import pandas as pd  # the page of all runs, which is there first, has its rows in Arrow and needs none

    frame = pd.DataFrame(list(rows), columns=list(columns))
    if links is not None:
        frame.insert(0, links.name, links.words if isinstance(links.words, str) else list(links.words))
    texts: dict[Any, Any] = {name: column.read for name, column in columns.items() if column.read is not None}
    if not texts and bold is None:
        return frame
    weights: Any = "" if bold is None else [[BOLD if is_bold else "" for is_bold in row] for row in bold]
    weighed = pd.DataFrame(weights, columns=list(columns), index=frame.index)
    weighed = weighed.reindex(columns=frame.columns, fill_value="")
    return frame.style.apply(lambda _: weighed, axis=None).format(texts)
