"""Reports to check: made from a store's runs, whole or with one error put in."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from expdb.catalog.reported import report_tables, reported_runs
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.report.written.formats.markdown_tables import read_tables
from expdb.report.written.written_table import WrittenTable
from tests.store_runs import add_finished

PROSE = (
    "SENet은 ResNet50보다 정확하다. We trained for 200 epochs in 1h 7m and got 99.99 % of nothing.",
    "표의 숫자는 seed 평균이다. See [the notes](notes.md) and `expdb table`.",
    "```\n| Model | Top-1 |\n| --- | --- |\n| ResNet50 | 12.34 |\n<!-- expdb:table nothing -->\n```",
    "| 주 | 논문 | Year |\n|---|---|---|\n| 1 | Deep Residual Learning | 2016 |",
    "## 결과 (results)\n\n- one\n- two",
)
_TAG = re.compile(r"<sup>.*?</sup>|<[^>]*>")
GROUPED = ("dataset", "model_aug", "epochs", "top1", "top5", "num_params", "train_seconds")


def define(name, *choices, **values) -> TableDefinition:
    columns = tuple(ColumnChoice(key=choice) if isinstance(choice, str) else choice for choice in choices)
    return TableDefinition(name=name, columns=columns, **values)


SAVED = (
    define("grouped", *GROUPED, where="kind = measured", baseline="id = 1"),
    define("per-run", "id", "model_label", "aug_label", "seed", "top1", "train_seconds", rows="runs", sort=("-top1",)),
    define(
        "pivot",
        "model_label",
        "top1",
        ColumnChoice(key="train_seconds", spread="interval"),
        rows=("model_label",),
        across=("dataset",),
        where="kind = measured and aug = standard and epochs = 200",
    ),
    define(
        "deltas",
        "model_label",
        "top1",
        ColumnChoice(key="top1", shows="delta"),
        ColumnChoice(key="top1", shows="interval"),
        ColumnChoice(key="top1", shows="p"),
        ColumnChoice(key="top1", shows="n"),
        where="dataset = cifar100 and aug = autoaugment and kind = measured and epochs = 200",
        baseline="model = resnet18",
        sort=("-top1",),
    ),
    define(
        "upright", "model_aug", "top1", where="dataset = cifar10 and epochs = 200 and kind = measured", transpose=True
    ),
    *report_tables(),
)
UNSAVED = (
    define(
        "own-words",
        ColumnChoice(key="model_aug", heading="Method"),
        ColumnChoice(key="dataset", heading="Data"),
        ColumnChoice(key="epochs", heading="#Epochs"),
        ColumnChoice(key="num_params", heading="#Params (M)", decimals=2),
        ColumnChoice(key="top1", heading="Acc@1 [%]", decimals=1),
        ColumnChoice(key="top5", heading="Top-5 Accuracy"),
        where="kind = measured",
    ),
    define(
        "short",
        ColumnChoice(key="model_label", heading="Architecture"),
        ColumnChoice(key="aug_label", heading="Data augmentation"),
        ColumnChoice(key="dataset", heading="데이터셋"),
        ColumnChoice(key="epochs", heading="Epoch"),
        ColumnChoice(key="train_seconds", heading="Training time"),
        ColumnChoice(key="top1", heading="Test acc.", spread="none"),
        where="kind = measured",
    ),
)


def fill(store) -> None:
    """Add measured groups of one to four seeds, the reported rows and the saved tables."""
    values = random.Random(7)
    for dataset in ("cifar10", "cifar100"):
        for number, model in enumerate(("resnet18", "resnet50", "senet50")):
            for aug in ("standard", "autoaugment"):
                for epochs in (200, 300)[: 1 + (model == "resnet18")]:
                    for seed in range(3 if aug == "autoaugment" else 1 + number):
                        add_finished(
                            store,
                            top1=round(values.uniform(0.7, 0.9), 4) + values.choice((0, 0.00005)),
                            last={
                                "top5": round(values.uniform(0.91, 0.99), 5),
                                "train_seconds": values.uniform(900, 9000),
                            },
                            start={"num_params": 11_173_962 * (number + 1), "num_trainable_params": 11_173_962},
                            data__dataset=dataset,
                            model__name=model,
                            aug__preset=aug,
                            epochs=epochs,
                            seed=seed,
                        )
    for run in reported_runs():
        store.add_reported(run)
    for definition in SAVED:
        store.saved_tables.save(definition)


def make_report(store, number: int) -> str:
    """Return a report of some tables, marked and not, with prose between; the same for the same number."""
    rng = random.Random(number)
    parts = [f"# Report {number}", rng.choice(PROSE)]
    for definition in rng.sample([*SAVED, *UNSAVED], 3):
        text = to_markdown(build_table(store, definition))
        if definition in UNSAVED:
            text = _shuffled(text, rng)
        elif rng.random() < 0.5:
            end = rng.choice(
                ("<!-- /expdb:table -->", f"<!-- /expdb:table {definition.name} -->", "<!-- expdb:end -->")
            )
            text = f"<!-- expdb:table {definition.name} -->\n{rng.choice(('', chr(10)))}{text}{end}\n"
        parts += [text.rstrip("\n"), rng.choice(PROSE)]
    return "\n\n".join(parts) + rng.choice(("", "\n"))


@dataclass(frozen=True)
class Error:
    """One thing that was changed; `is_result`: a number of a result, not a word or a setting."""

    line: int
    printed: str
    is_result: bool


def with_error(report: str, number: int) -> tuple[str, Error]:
    """Return a report with one digit, number or word of a table about runs changed."""
    rng = random.Random(1000 + number)
    lines = report.split("\n")
    table = rng.choice([table for table in read_tables(report) if "논문" not in table.headings])
    line = rng.choice(sorted({cell.line for row in table.rows for cell in row.cells}))
    places = [match for match in _cells(lines[line - 1]) if match.group().strip("– ")][_is_transposed(table) :]
    while True:
        place = rng.choice(places)
        error = _changed(place.group(), rng)
        if error is not None:
            break
    cell, printed = error
    text = lines[line - 1]
    lines[line - 1] = text[: place.start()] + cell + text[place.end() :]
    is_result = _is_result(table, [match.start() for match in _cells(text)].index(place.start()))
    return "\n".join(lines), Error(line=line, printed=printed, is_result=is_result)


def _changed(cell: str, rng: random.Random) -> tuple[str, str] | None:
    """Return a cell with one of its numbers, or words, changed by more than rounding could; and what was put in."""
    shown = _TAG.sub(lambda match: " " * len(match.group()), cell)
    numbers = list(re.finditer(r"(?<![\w.])[+-]?\d+(?:\.\d+)?", shown))
    words = list(re.finditer(r"[A-Za-z]{3,}", shown))
    if numbers and not words:
        found = rng.choice(numbers)
        at = rng.choice([at for at in range(found.start(), found.end()) if cell[at].isdigit()])
        old = int(cell[at])
        new = rng.choice([digit for digit in range(10) if abs(digit - old) > 1 and (digit or at > found.start())])
        text = cell[:at] + str(new) + cell[at + 1 :]
        return text, text[found.start() : found.end()]
    if not words:
        return None
    found = rng.choice(words)
    return cell[: found.start()] + "Swin" + cell[found.end() :], "Swin"


def _cells(line: str) -> Iterator[re.Match[str]]:
    return re.finditer(r"(?<=\| )[^|]*(?= \|)", line)


def _is_result(table: WrittenTable, place: int) -> bool:
    heading = table.headings[place]
    return _is_transposed(table) or bool(re.search(r"(?i)top-|acc|time|Δ|^p$|^n$|params", heading))


def _is_transposed(table: WrittenTable) -> bool:
    return bool(table.rows) and table.rows[0].cells[0].text.startswith("Top-1")


def _shuffled(text: str, rng: random.Random) -> str:
    """Return a table with some of its rows, in another order."""
    head, line, *rows = [line for line in text.splitlines() if line.startswith("|")]
    return "\n".join([head, line, *rng.sample(rows, rng.randint(2, len(rows)))]) + "\n"
