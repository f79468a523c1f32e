"""Built tables for tests of the formats, put together directly; and strategies for the nastiest ones."""

from typing import Any

from hypothesis import strategies as st

from expdb.domain.value_text import format_value
from expdb.report.table import Cell, Note, Row, Table, TableColumn


def make_column(key: str = "name", heading: str = "Name", form: Any = "text", **values: Any) -> TableColumn:
    """A column; text is on the left, all else on the right."""
    defaults: dict[str, Any] = {"decimals": None, "align": "left" if form == "text" else "right"}
    return TableColumn(key=key, heading=heading, format=form, **(defaults | {"address": key} | values))


def make_cell(value: Any, form: Any = "text", **values: Any) -> Cell:
    """A cell with the text that its value has in a table."""
    return Cell(value=value, **({"text": format_value(value, form)} | values))


def make_table(columns: Any, rows: Any, **values: Any) -> Table:
    """A table of rows of values or cells; a row that starts with a `Row` is taken as it is."""
    made = tuple(
        row
        if isinstance(row, Row)
        else Row(
            run_ids=(index,),
            key=f"row {index}",
            cells=tuple(
                item if isinstance(item, Cell) else make_cell(item, column.format)
                for item, column in zip(row, columns, strict=True)
            ),
        )
        for index, row in enumerate(rows, start=1)
    )
    return Table(**({"name": "t", "title": "", "columns": tuple(columns), "rows": made} | values))


def sample(mean: float, std: float, *run_ids: int, **values: Any) -> Cell:
    """A mean over seeds, as accuracies print."""
    text = f"{format_value(mean, 'percent')} ± {format_value(std, 'percent')} ({len(run_ids)})"
    return Cell(**({"value": mean, "text": text, "std": std, "n": len(run_ids), "run_ids": run_ids} | values))


def report_table() -> Table:
    """A table with all there is: two column groups, sections, emphasis, marks, notes, a reported row, a gap."""
    top1 = [
        make_column(
            f"top1@{name}",
            "Top-1 (last, %)",
            "percent",
            under="CIFAR-10" if name == "cifar10" else "CIFAR-100",
            is_sample=True,
            across="CIFAR-10" if name == "cifar10" else "CIFAR-100",
        )
        for name in ("cifar10", "cifar100")
    ]
    times = [
        make_column(
            f"train_seconds@{name}", "Train time", "duration", under=column.under, across=column.across, is_sample=True
        )
        for name, column in zip(("cifar10", "cifar100"), top1, strict=True)
    ]
    columns = (
        make_column("model_label", "Model"),
        make_column("num_params", "Params", "millions"),
        top1[0],
        times[0],
        top1[1],
        times[1],
    )

    def seconds(value: float, *run_ids: int, **values: Any) -> Cell:
        return make_cell(value, "duration", n=len(run_ids), run_ids=run_ids, **values)

    missing = Cell(value=None, text="–")
    rows = (
        Row(
            run_ids=(1, 2, 3, 10, 11, 12),
            key="resnet50",
            section="CNN",
            cells=(
                make_cell("ResNet-50"),
                make_cell(23_705_252, "millions"),
                sample(0.95312, 0.00121, 1, 2, 3, rank=2),
                seconds(4046.25, 1, 2, 3),
                sample(0.790512, 0.0025, 10, 11, 12),
                seconds(4060.5, 10, 11, 12),
            ),
        ),
        Row(
            run_ids=(4, 5, 7, 13),
            key="senet101/autoaugment",
            section="CNN",
            cells=(
                make_cell("SENet-101 + AutoAugment", marks=("a",)),
                make_cell(47_483_172, "millions"),
                sample(0.964, 0.0009, 4, 5, 7, rank=1),
                seconds(8740.0, 4, 5, 7, marks=("b",)),
                make_cell(0.8285, "percent", n=1, run_ids=(13,), rank=1, marks=("a", "b")),
                seconds(8741.0, 13, marks=("b",)),
            ),
        ),
        Row(
            run_ids=(20,),
            key="vit_b16",
            section="Transformer",
            is_reported=True,
            cells=(
                make_cell("ViT-B/16"),
                make_cell(85_800_000, "millions"),
                missing,
                missing,
                make_cell(0.9167, "percent", n=1, run_ids=(20,)),
                missing,
            ),
        ),
    )
    notes = (
        Note(mark="", text="Mean ± sample standard deviation (n seeds); without ±: n = 1."),
        Note(mark="a", text="Trained for 300 epochs, the baseline for 200."),
        Note(mark="b", text="Timed on 2 × H200; the baseline on 1."),
    )
    return Table(
        name="cifar-baselines", title="Baselines on CIFAR, 200 epochs", columns=columns, rows=rows, notes=notes
    )


# Pieces of which nasty texts are made: what some format would take for markup, a separator or a formula.
_PIECES = (
    *"|\\`*_~$%&#<>{}[]()!^\"'=+-@/,;:.^",
    *("--", "''", ",,", "?`", "<b>", "</td>", "&lt;", "&amp;", "\\\\", "$x$", "**", "//", "/*", "#let", "\\today"),
    *(
        "\n",
        "\t",
        "\r",
        " ",
        "\u2028",
        "\x00",
        "한국어",
        "²",
        "ᵃ",
        "±",
        "–",
        "—",
        "×",
        "−",
        "✓",
        "Δ",
        "→",
        "é",
        "“",
        "1.",
        "-1",
        "=1+1",
    ),
    *("a", "b", "ResNet_50", "82.85", "<!--", "-->", "{{", "]]>", "@media", "%%"),
)
nasty = st.lists(st.sampled_from(_PIECES), max_size=8).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=12
)
_marks = st.lists(st.sampled_from(["a", "b", "*", "†", "1"]), max_size=2, unique=True).map(tuple)
_cells = st.builds(
    lambda text, rank, marks: Cell(value=text, text=text, rank=rank, marks=marks),
    nasty,
    st.sampled_from([0, 0, 1, 2]),
    _marks,
)
_notes = st.builds(Note, mark=st.sampled_from(["", "a", "*"]), text=nasty.filter(str.strip))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Tables of nasty texts, with groups, sections, emphasis, marks and notes."""
    unders = draw(st.lists(st.none() | nasty.filter(str.strip), min_size=1, max_size=4))
    columns = [
        make_column(f"c{index}", draw(nasty), under=under, align=draw(st.sampled_from(["left", "right"])))
        for index, under in enumerate(unders)
    ]
    rows = [
        Row(
            run_ids=tuple(draw(st.lists(st.integers(1, 20), max_size=3))),
            cells=tuple(draw(_cells) for _ in columns),
            section=draw(st.sampled_from([None, "one", "two | $x$"])),
            is_reported=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return Table(
        name="t",
        title=draw(nasty),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=tuple(draw(st.lists(_notes, max_size=2))),
    )
