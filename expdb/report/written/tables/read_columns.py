"""The columns of a written table: roles by headings, what is said around and cells, one column for each quantity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from expdb.report.written.reading.cell_words import cell_words
from expdb.report.written.reading.heading import Heading
from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.reading.said_around import SaidAround
from expdb.report.written.reading.settings_cell import known_setting
from expdb.report.written.tables.candidates import settled
from expdb.report.written.tables.columns import ACCURACIES, Coordinate, ReadColumn, own_name, read_printed
from expdb.report.written.tables.doubted_accuracies import doubted_accuracies
from expdb.report.written.tables.known_metrics import with_known_metrics
from expdb.report.written.tables.pivots import Placed, placed_columns
from expdb.report.written.tables.roles import are_links, are_names, own_role, reason_against, role_by_heading
from expdb.report.written.tables.scale import scale_of
from expdb.report.written.written_table import WrittenCell, WrittenTable

_LEAST_ACCURACY = 30  # percent: where a text speaks of differences, larger ones than these are accuracies
_RESULT = "result"  # a pivot's own metric, where nothing says what its results are


def read_columns(
    written: WrittenTable, read: Callable[[str], Heading], around: SaidAround, *, dataset: str | None
) -> tuple[ReadColumn, ...]:
    """Return the columns of a table whose models are rows, with the role that heading and cells together give each.

    Args:
        written: the table.
        read: reads a heading.
        around: what is said around the table.
        dataset: the one of the table as a whole.
    """
    cells = [[row.cells[place] for row in written.rows] for place in range(len(written.headings))]
    texts = [[cell.text for cell in column] for column in cells]
    headings = [read(text) for text in written.headings]
    placed = placed_columns(headings, texts, read, says_result=around.measures is not None)
    says_dataset = any(one.of or role_by_heading(one.heading) == "dataset" for one in placed)
    says_dataset |= any(row.section is not None for row in written.rows)
    around = _of_these(around, says_dataset=says_dataset)
    meaning = _meaning_of_bare(placed, around)
    found: list[ReadColumn] = []
    for place, (one, quoted) in enumerate(zip(placed, _quoted(written.headings), strict=True)):
        parts = one.heading.parts or (one.heading,)
        for part, heading in enumerate(parts):
            column = ReadColumn(
                place=place, heading=heading, quoted=quoted, role="nothing", part=part, num_parts=len(parts), of=one.of
            )
            column = _as_said_around(column, around, read)
            found.append(_with_role(column, cells[place], around, meaning if one.is_bare else None))

    def own(column: ReadColumn, reason: str) -> ReadColumn:
        return _as_own(column, reason, cells[column.place])

    found = [_of_the_tables_dataset(column, found, dataset, own) for column in found]
    found = [_without_place_of_a_model(column, found) for column in found]
    found = [_scaled(column, texts[column.place], own) for column in settled(found, own)]
    doubts = doubted_accuracies(found, texts)
    doubted = [replace(one, doubt="" if one.heading.given_by else doubts.get(one, "")) for one in found]
    return tuple(_named(with_known_metrics(doubted)))


def _of_these(around: SaidAround, *, says_dataset: bool) -> SaidAround:
    """Return what is said around a table, without altered images that its dataset is named with already."""
    is_named_so = not says_dataset and bool(around.where_dataset) and around.altered.startswith(around.where_dataset)
    return replace(around, altered="") if is_named_so else around


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    """What the results of a pivot are, where their headings do not say: `key` is None where nothing says it.

    `said_by` is the place that says it; with no key, what is said against a plain accuracy.
    """

    key: str | None
    is_error: bool
    said_by: str


def _meaning_of_bare(placed: Sequence[Placed], around: SaidAround) -> _Meaning:
    """Return what is said around a pivot that its results are, or else what another column of it says."""
    if against := around.altered or around.other_images:
        return _Meaning(key=None, is_error=False, said_by=against)
    if len(around.results) == 1 and around.measures in ("accuracy", "error") and not _is_of_other_images(around):
        said = around.results[0]
        return _Meaning(key=said, is_error=around.measures == "error", said_by=around.where_results)
    headings = [one.heading for one in placed if one.of and not one.is_bare]
    meant = {(role_by_heading(heading), heading.is_error) for heading in headings}
    if around.measures is None and len(meant) == 1 and (role := next(iter(meant))[0]) in ACCURACIES:
        return _Meaning(key=role, is_error=headings[0].is_error, said_by=f"“{headings[0].text}”")
    return _Meaning(key=None, is_error=False, said_by="")


def _is_of_other_images(around: SaidAround) -> bool:
    """Tell whether it is said that results are not of the test split; ImageNet's validation split is its test split."""
    is_imagenet = around.dataset is not None and around.dataset.startswith("imagenet")
    return around.split == "train" or (around.split == "val" and not is_imagenet)


def _as_said_around(column: ReadColumn, around: SaidAround, read: Callable[[str], Heading]) -> ReadColumn:
    """Return a column of what scripts log, whose heading says no split, as one of the split that is said around."""
    if not column.heading.may_be or column.heading.split is not None or around.split is None:
        return column
    said = read(f"{column.heading.text} ({around.split})")
    return column if said.may_be else replace(column, heading=replace(said, text=column.heading.text))


def _with_role(
    column: ReadColumn, cells: Sequence[WrittenCell], around: SaidAround, meaning: _Meaning | None
) -> ReadColumn:
    """Return a column with what its heading says, or the surroundings, as far as its cells bear that out."""
    heading = column.heading
    if meaning is not None:
        return _of_meaning(column, cells, meaning)
    if are_links(heading, cells):
        return replace(column, role="links")
    role = role_by_heading(heading)
    if role is None and not heading.text and column.place == 0 and are_names(heading, cells):
        return replace(column, role="model")
    if role is None:
        return _as_own(column, _why_not(heading), cells)
    if role == "model" and not are_names(heading, cells):
        return _as_own(column, "its cells are no names", cells)
    if role in ACCURACIES and not heading.given_by:
        if against := around.altered or around.other_images or _why_changes(column, cells, around):
            return _as_own(column, against, cells)
        if heading.split is None and _is_of_other_images(around):
            return _as_own(column, f"{around.where_split} says that it is of {around.split} images", cells)
        if role == "top1" and around.results == ("top5",) and "1" not in heading.text:
            return _as_own(column, f"{around.where_results} says that it is top-5", cells)
        if role == "top1" and around.other_accuracy and "1" not in heading.text:
            return _as_own(column, around.other_accuracy, cells)
        if not heading.is_error and around.measures in ("error", "both") and not _says_accuracy(heading.text):
            if around.measures == "both":
                return _as_own(column, f"{around.where_results} says accuracy and error", cells)
            column = replace(column, heading=replace(heading, is_error=True), said_by=around.where_results)
    column = replace(column, is_error=column.heading.is_error)
    texts = [WrittenCell(text=column.text_of(cell.text) or "", line=cell.line) for cell in cells]
    reason = reason_against(role, column.heading, texts)
    if not reason and heading.given_by and _holds_nothing(replace(column, role=role), texts):
        reason = f"its cells are no {role}"
    return _as_own(column, reason, cells) if reason else replace(column, role=role)


def _holds_nothing(column: ReadColumn, cells: Sequence[WrittenCell]) -> bool:
    """Tell whether no cell of a column of results can be read: it would only take the place of another."""
    texts = [cell.text for cell in cells if not is_blank(cell.text)]
    return column.is_result and bool(texts) and not any(column.read_text(text) for text in texts)


def _why_changes(column: ReadColumn, cells: Sequence[WrittenCell], around: SaidAround) -> str:
    """Return what says that accuracies are differences, where their numbers are as small; empty where none does."""
    read = [read_printed(column.text_of(cell.text) or "", "percent") for cell in cells]
    values = [abs(cell.main.value) for cell in read if cell is not None]
    is_small = not column.heading.is_error and bool(values) and max(values) < _LEAST_ACCURACY
    return around.changes if is_small else ""


def _of_meaning(column: ReadColumn, cells: Sequence[WrittenCell], meaning: _Meaning) -> ReadColumn:
    """Return a column of a pivot whose heading says of what its results are, and not what they are."""
    if meaning.key not in ACCURACIES:
        reason = meaning.said_by or "nothing says what it is"
        return replace(column, role="metric", name=_RESULT, reason=reason)
    heading = replace(column.heading, is_error=meaning.is_error)
    role = role_by_heading(replace(heading, keys=(meaning.key,), left=()))
    if role is None or (reason := reason_against(role, heading, cells)):
        return _as_own(column, reason if role is not None else "", cells)
    return replace(column, role=role, heading=heading, is_error=meaning.is_error, said_by=meaning.said_by)


def _as_own(column: ReadColumn, reason: str, cells: Sequence[WrittenCell]) -> ReadColumn:
    """Return a column as a quantity or setting of its own, for a reason."""
    found = own_role(column.heading, [replace(cell, text=column.text_of(cell.text) or "") for cell in cells])
    hint = f"--heading '{column.quoted}={column.heading.hint}'" if column.heading.hint else ""
    return replace(
        column,
        role=found.role,
        dimension=found.dimension,
        unit=found.unit,
        reason=found.reason or reason,
        hint=hint,
        is_error=False,
        is_fraction=False,
        is_plain=False,
    )


def _why_not(heading: Heading) -> str:
    if heading.may_be:
        return _why_open(heading)
    if any(word.startswith("Δ") for word in heading.left):
        return "a difference is held against a saved table only"
    if heading.hint:
        return f"not {heading.hint}"
    if heading.left:
        words = " ".join(heading.left)
        has_loose_end = words != words.strip("/,;:-")  # `Time/` of `Time/epoch`
        return f"“{heading.text if has_loose_end else words}” is not understood"
    return ""


def _why_open(heading: Heading) -> str:
    """Return why a heading is none of what scripts log, whose names it may mean, and how to say that it is one."""
    way = f"--heading '{heading.open_words}={heading.may_be[0]}'"
    if heading.split is not None and len(heading.may_be) == 1:
        return f"runs log no “{heading.open_words}” of the {heading.split} split; if {heading.may_be[0]} is it: {way}"
    if len(heading.may_be) == 1:
        return f"no split is said, as {heading.may_be[0]} has one: say {way} if it is that"
    return f"“{heading.open_words}” may be {' or '.join(heading.may_be)}: say which, with {way}"


def _says_accuracy(text: str) -> bool:
    return any(word in text.casefold() for word in cell_words().accuracies)


def _of_the_tables_dataset(
    column: ReadColumn, columns: Sequence[ReadColumn], dataset: str | None, own: Callable[[ReadColumn, str], ReadColumn]
) -> ReadColumn:
    """Return a result beside others that say of which dataset they are, and it does not: it is of the table's own.

    Where that is not known it is one of its own. What else a row says (its parameters, say) is of all its datasets.
    """
    others = [other for other in columns if any(kind == "dataset" for kind, _ in other.of) and other.role in ACCURACIES]
    if column.of or not others or column.role not in (*ACCURACIES, "metric"):
        return column
    said: tuple[Coordinate, ...] = () if dataset is None else (("dataset", dataset),)
    datasets = {other.of for other in others}
    if column.role == "metric":
        has_own = said in datasets or any(other.role in ACCURACIES and not other.of for other in columns)
        return replace(column, of=said) if has_own else column
    if any(other.role == "dataset" for other in columns) or dataset is None:
        is_clear = len(datasets) == 1 and all(other.role != column.role for other in others)
        reason = f"“{others[0].heading.text}” says its dataset, this heading does not"
        return column if is_clear else own(column, reason)
    return replace(column, of=said)


def _without_place_of_a_model(column: ReadColumn, columns: Sequence[ReadColumn]) -> ReadColumn:
    """Return a column without heading as no model where another one names it."""
    named = any(other.role == "model" and other.heading.text for other in columns)
    return replace(column, role="nothing") if column.role == "model" and not column.heading.text and named else column


def _scaled(column: ReadColumn, texts: Sequence[str], own: Callable[[ReadColumn, str], ReadColumn]) -> ReadColumn:
    scale = scale_of(column, texts)
    if scale.reason:
        return own(column, scale.reason)
    return replace(column, is_fraction=scale.is_fraction, is_plain=scale.is_plain, bare_unit=scale.bare_unit)


def _quoted(headings: Sequence[str]) -> list[str]:
    """Return the headings as a quote has them: unique, none empty."""
    quoted: list[str] = []
    for place, heading in enumerate(headings):
        text = heading or f"column {place + 1}"
        while text in quoted:
            text += " (again)"
        quoted.append(text)
    return quoted


def _named(columns: Sequence[ReadColumn]) -> list[ReadColumn]:
    """Return the columns with names for those of their own: what rows call a setting, else the whole heading."""
    named: list[ReadColumn] = []
    taken: dict[str, set[str]] = {"metric": set(), "setting": set()}
    for column in columns:
        if column.role not in ("metric", "setting", "tick") and not column.doubt:
            named.append(column)
            continue
        kind = "metric" if column.role == "metric" or column.doubt else "setting"
        name = column.name or _known_name(column)
        if not name or (name in taken[kind] and column.name != _RESULT):
            name = own_name(column, taken[kind])
        taken[kind].add(name)
        named.append(replace(column, name=name))
    return named


def _known_name(column: ReadColumn) -> str:
    """Return the name by which reported rows have a setting."""
    heading = column.heading
    return known_setting(heading.text) or "" if column.role != "metric" and not heading.left else ""
