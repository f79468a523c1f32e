"""What a written table says: the role of every column, the dataset, and why it is not read where it is not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from expdb.report.written.reading.cell_words import words_in_use
from expdb.report.written.reading.datasets_said import datasets_said
from expdb.report.written.reading.heading import Heading, read_heading
from expdb.report.written.reading.said_around import SaidAround, read_surroundings
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.tables.columns import ReadColumn
from expdb.report.written.tables.dittos import without_dittos
from expdb.report.written.tables.read_columns import read_columns
from expdb.report.written.tables.roles import are_names, role_by_heading
from expdb.report.written.tables.turned import lies_on_its_side
from expdb.report.written.written_table import WrittenTable, with_columns_as_rows


@dataclass(frozen=True, kw_only=True)
class ReadTable:
    """A written table as it was understood.

    Attributes:
        written: its cells, its models as rows.
        is_turned: in the document its models are columns.
        columns: in the order of the document; a column of several quantities is there once for each.
        dataset: what it is of where no column, row or section says it; None where nothing does.
        dataset_by: where that is said: `caption`, `--dataset`, ...; empty where nothing does.
        rivals: datasets that are named around it, where nobody knows which one a row is of; empty elsewhere.
        datasets: what the catalog calls the datasets that cells and sections name, by their text.
        problem: why none of its rows can be read; empty where they can.
    """

    written: WrittenTable
    is_turned: bool
    columns: tuple[ReadColumn, ...]
    dataset: str | None
    dataset_by: str
    datasets: Mapping[str, str]
    rivals: tuple[str, ...] = ()
    problem: str = ""

    @property
    def needs_dataset(self) -> bool:
        """Whether no column says which dataset its rows or results are of."""
        return not any(
            column.role == "dataset" or any(kind == "dataset" for kind, _ in column.of) for column in self.columns
        )


def read_table(
    table: WrittenTable, vocabulary: Vocabulary, *, dataset: str | None = None, datasets: Sequence[str] = ()
) -> ReadTable:
    """Return what a table says by its headings, its cells, and what is said around it.

    Args:
        table: as written.
        vocabulary: what headings are read by.
        dataset: of a table where nothing else says it.
        datasets: names of datasets beside those of the catalog.
    """
    with words_in_use(vocabulary.cells):
        return _read(table, vocabulary.with_datasets(datasets), dataset)


def _read(table: WrittenTable, vocabulary: Vocabulary, dataset: str | None) -> ReadTable:
    read = partial(read_heading, vocabulary=vocabulary)
    is_turned = lies_on_its_side(table, read)
    written = _turned(table, read) if is_turned else without_dittos(table)
    around = read_surroundings(table.surroundings, vocabulary.of_texts)
    own_dataset = around.dataset if around.datasets else dataset and (vocabulary.dataset(dataset) or dataset)
    columns = read_columns(written, read, around, dataset=own_dataset)
    said_by = around.where_dataset if around.dataset else "--dataset" if own_dataset else ""
    found = ReadTable(
        written=written,
        is_turned=is_turned,
        columns=columns,
        dataset=own_dataset,
        dataset_by=said_by,
        datasets=_datasets(written, columns, vocabulary.of_texts),
        rivals=around.datasets if len(around.datasets) > 1 else (),
    )
    return replace(found, problem=_problem(found, around))


def _turned(table: WrittenTable, read: Callable[[str], Heading]) -> WrittenTable:
    """Return a table with its models as rows; the corner above them is headed as what stands below it now."""
    turned = with_columns_as_rows(table)
    is_said = role_by_heading(read(turned.headings[0])) == "model"
    return turned if is_said else replace(turned, headings=("Model", *turned.headings[1:]))


def _datasets(
    written: WrittenTable,
    columns: Sequence[ReadColumn],
    vocabulary: Vocabulary,
) -> dict[str, str]:
    """Return the datasets that cells of a column of datasets name and nothing else, and those that sections name."""
    places = [column.place for column in columns if column.role == "dataset"]
    texts = {row.cells[place].text for row in written.rows for place in places}
    texts |= {row.section for row in written.rows if row.section is not None}
    named = {text: read_heading(text, vocabulary) for text in texts}
    found = {
        text: heading.dataset
        for text, heading in named.items()
        if heading.dataset is not None and not heading.left and not heading.keys
    }
    sections = {row.section for row in written.rows if row.section is not None and row.section not in found}
    said = {text: datasets_said(text, vocabulary) for text in sections}
    return found | {text: names[0] for text, names in said.items() if len(names) == 1}


def _may_name_models(written: WrittenTable, column: ReadColumn) -> bool:
    """Tell whether the cells of a column that is not understood are names."""
    cells = [row.cells[column.place] for row in written.rows]
    return column.role == "setting" and bool(column.heading.left) and are_names(column.heading, cells)


def _problem(found: ReadTable, around: SaidAround) -> str:
    """Return why no row of a table can be read; empty where they can."""
    listed = ", ".join(heading for heading in found.written.headings if heading)
    if not any(column.role == "model" for column in found.columns):
        rivals = [column.quoted for column in found.columns if "model" in column.heading.keys and column.is_rival]
        if rivals:
            return f"“{'” and “'.join(rivals)}” may name the model: say which with --heading '{rivals[0]}=model'"
        named = next((column.quoted for column in found.columns if _may_name_models(found.written, column)), None)
        has_results = any(column.is_result for column in found.columns)
        hint = f": say which does with --heading '{named}=model'" if named is not None and has_results else ""
        return f"no column names a model ({listed}){hint}"
    if not any(column.is_result for column in found.columns):
        return f"no column holds a result ({listed})"
    if found.rivals and found.needs_dataset and not found.datasets:
        names = " and ".join(found.rivals)
        return f"{around.where_dataset} names {names}: say which rows are of which, in a column “Dataset”"
    if found.dataset is None and found.needs_dataset and not found.datasets:
        return "no column, heading or caption says the dataset: give --dataset NAME"
    return ""
