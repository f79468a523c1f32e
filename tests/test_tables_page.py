"""docs/tables.md: its tables are what its definitions make of a database that is made anew here."""

import gc
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from expdb.report.table import Table
from expdb.report.tables.build import build_table
from expdb.store.store import Store
from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")


class Recipe(NamedTuple):
    """One table of the page."""

    number: int
    title: str
    question: str
    definition: str
    name: str
    output: str
    remark: str


def recipes() -> list[Recipe]:
    """Return the page's tables in their order; none whose parts do not stand in the usual order."""
    form = re.compile(
        r"^### (\d+)\. (.+)\n\n((?:\S.*\n)+)\n((?:```toml\n(?:.*\n)+?```\n)|(?: {4}.*\n)+)\n"
        r"<!-- expdb:table (\S+) -->\n((?:.*\n)*?)<!-- /expdb:table -->\n\n((?:\S.*\n)+)",
        re.MULTILINE,
    )
    return [Recipe(int(found[1]), *found.groups()[1:]) for found in form.finditer(PAGE)]


@pytest.fixture(scope="module")
def cookbook() -> Iterator[dict[str, Any]]:
    """What docs/cookbook.py defines; a command that it runs leaves the collector of garbage as it was."""
    thresholds = gc.get_threshold()
    yield runpy.run_path(str(ROOT / "docs" / "cookbook.py"))
    gc.set_threshold(*thresholds)


@pytest.fixture(scope="module")
def database(cookbook: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the page."""
    path = tmp_path_factory.mktemp("cookbook") / "cookbook.db"
    cookbook["make_database"](path)
    cookbook["save_tables"](path, PAGE)
    return path


def test_there_are_at_least_twenty_tables_each_with_a_question_a_definition_and_a_remark():
    numbers = [recipe.number for recipe in recipes()]

    assert len(numbers) >= 20
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers == [int(number) for number in re.findall(r"^### (\d+)\.", PAGE, re.MULTILINE)]
    assert len({recipe.name for recipe in recipes()}) == len(numbers)
    assert [recipe.title for recipe in recipes() if recipe.output.count("\n| ") < 2] == []


def test_the_table_of_contents_names_them_all():
    contents, _, _ = PAGE.partition("\n## ")
    links = re.findall(r"\[(\d+) ([^]]+)\]\(#([^)]*)\)", contents)

    assert [(int(number), title) for number, title, _ in links] == [
        (recipe.number, recipe.title) for recipe in recipes()
    ]
    for number, title, anchor in links:
        assert anchor == re.sub(r"[^\w\- ]", "", f"{number}. {title}".lower()).replace(" ", "-")


def test_every_definition_says_the_name_of_the_table_below_it():
    for recipe in recipes():
        assert f'name = "{recipe.name}"\n' in recipe.definition or f"--save {recipe.name}\n" in recipe.definition


def test_every_table_is_what_its_definition_makes_today(cli: Cli, database: Path, tmp_path: Path):  # noqa: F811
    page = tmp_path / "tables.md"
    page.write_text(PAGE, encoding="utf-8")

    done = cli("--db", str(database), "check", str(page), "--update")

    assert done.code == 0, done
    assert page.read_text(encoding="utf-8") == PAGE, "run: make docs"


def test_what_other_commands_print_is_what_they_print_today(cookbook: dict[str, Any], database: Path):
    assert PAGE.count("<!-- made by: ") >= 2
    assert cookbook["renewed"](database, PAGE) == PAGE, "run: make docs"


def test_check_confirms_every_number_of_the_page(cli: Cli, database: Path):  # noqa: F811
    done = cli("--db", str(database), "check", str(ROOT / "docs" / "tables.md"))

    *_, summary = done.out.splitlines()
    total, confirmed, *reported = map(int, re.findall(r"(\d+) (?:numbers|confirmed|as reported)", summary))
    assert done.code == 0, done
    assert total == confirmed + sum(reported), summary


def test_the_commands_of_the_page_fit_a_terminal_and_are_those_that_are_run(cookbook: dict[str, Any]):
    typed = [line for block in re.findall(r"(?<=\n\n)(?: {4}.*\n)+(?=\n)", PAGE) for line in block.splitlines()]
    saved = [shlex.join(words) for words in cookbook["commands"](PAGE)]

    assert [line for line in typed if len(line) > 80] == []
    assert len(saved) == sum(recipe.definition.startswith("    ") for recipe in recipes())


@pytest.fixture(scope="module")
def store(database: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{database}", is_read_only=True) as opened:
        yield opened


def values(table: Table, address: str) -> list[Any]:
    """Return the values of a column, from above."""
    (at,) = [index for index, column in enumerate(table.columns) if column.address == address]
    return [row.cells[at].value for row in table.rows]


@pytest.mark.parametrize(
    ("name", "is_bold"),
    [("runs", False), ("means", False), ("main", True), ("augmentation", False), ("averages", False), ("sweep", False)],
)
def test_bold_stands_only_where_the_page_says_so(store: Store, name: str, is_bold: bool):
    table = build_table(store, store.table(name))

    assert any(cell.rank == 1 for row in table.rows for cell in row.cells) == is_bold


def test_what_the_page_says_of_numbers_is_true_of_them(store: Store):
    augmentation, beside = (build_table(store, store.table(name)) for name in ("augmentation", "beside"))

    for column in augmentation.columns[1:]:
        standard, *others = values(augmentation, column.address)
        assert standard < min(others)
    best = max(range(len(beside.rows)), key=values(beside, "top1").__getitem__)
    assert beside.rows[best].is_reported
    assert all(cell.rank == 0 for cell in beside.rows[best].cells)


def test_the_longer_run_of_the_ablation_is_the_best_and_not_ranked(store: Store):
    steps = build_table(store, store.table("steps"))
    *_, longer = steps.rows

    assert values(steps, "top1")[-1] == max(values(steps, "top1"))
    assert all(cell.rank == 0 for cell in longer.cells)
    assert {1, 2} <= {cell.rank for row in steps.rows for cell in row.cells}
