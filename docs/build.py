"""Write docs/reference.md from the code: `make docs`. A test compares the two."""

from collections.abc import Iterator
from pathlib import Path

import typer

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS
from expdb.catalog.model_list import ALIASES
from expdb.catalog.optimizers import OPTIMIZERS
from expdb.catalog.recipes import RECIPES
from expdb.cli import app
from expdb.domain.spec import RunSpec, flatten, spec_fields
from expdb.report.columns import COLUMNS

PATH = Path(__file__).parent / "reference.md"


def reference() -> str:
    """Return the whole reference as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Reference"
    yield "\nMade from the code by `make docs`; do not edit.\n"
    yield "## Commands\n"
    yield from _commands()
    yield "\n## Settings\n"
    yield "The everyday ones have flags of their own; each can be given as `--set key=value` or in a TOML file."
    yield "Defaults are those of a bare `expdb run`; names of the catalog imply others (`--dry-run` shows).\n"
    defaults = flatten(RunSpec())
    yield from _table(
        ["key", "default", "meaning"],
        [[f"`{key}`", f"`{defaults[key]}`", about] for key, about in spec_fields().items()],
    )
    yield "\n## Models\n"
    yield "Any timm architecture by its own name, and:\n"
    yield from _table(
        ["name", "architecture", "about"],
        [[f"`{alias.name}`", alias.arch, alias.description] for alias in ALIASES.values()],
    )
    yield "\n## Datasets\n"
    yield from _table(
        ["name", "about", "files under the data folder"],
        [[f"`{entry.name}`", entry.title, entry.where or "bundled"] for entry in DATASETS.values()]
        + [
            [
                "`folder:PATH`",
                "class folders",
                "PATH/train/CLASS/*.jpg, PATH/test/CLASS/*.jpg, and val/ if there is one",
            ]
        ],
    )
    yield "\n## Augmentations\n"
    yield from _table(
        ["name", "what it does", "source"],
        [[f"`{entry.name}`", entry.description, entry.source] for entry in AUGMENTATIONS.values()],
    )
    yield "\n## Optimizers\n"
    yield from _table(
        ["name", "lr", "weight decay", "momentum"],
        [
            [f"`{entry.name}`", f"{entry.lr:g}", f"{entry.weight_decay:g}", f"{entry.momentum or '-'}"]
            for entry in OPTIMIZERS.values()
        ],
    )
    yield "\n## Recipes\n"
    yield "`expdb run --recipe NAME`; `expdb recipes NAME` shows the settings.\n"
    yield from _table(
        ["name", "what it is", "source", "accuracy", "how it differs from the source"],
        [
            [f"`{entry.name}`", entry.description, entry.source, entry.expected, entry.differs or "-"]
            for entry in RECIPES.values()
        ],
    )
    yield "\n## Columns of tables\n"
    yield from _table(
        ["key", "heading", "meaning"],
        [[f"`{column.key}`", column.heading, column.description] for column in COLUMNS.values()],
    )
    yield "\n## Environment variables\n"
    yield from _table(
        ["name", "meaning"],
        [
            ["`EXPDB_URL`", "the database: a path or an SQLAlchemy URL; by default `runs.db` in the working folder"],
            ["`EXPDB_DATA_DIR`", "where datasets are looked for and downloaded to; `~/.cache/expdb/data`"],
            ["`EXPDB_ARTIFACT_DIR`", "where weights and predictions go; by default beside the SQLite file"],
            ["`EXPDB_DEBUG`", "`1` shows tracebacks"],
        ],
    )


def _commands() -> Iterator[str]:
    root = typer.main.get_command(app)
    for name, command in sorted(getattr(root, "commands", {}).items()):
        if command.hidden:
            continue
        children = getattr(command, "commands", None)
        for path, leaf in (
            [(f"{name} {sub}", c) for sub, c in sorted(children.items())] if children else [(name, command)]
        ):
            arguments = [p for p in leaf.params if p.param_type_name == "argument"]
            options = [p for p in leaf.params if p.param_type_name == "option" and p.name != "help"]
            usage = " ".join(
                [
                    "expdb",
                    path,
                    *("[OPTIONS]" for _ in options[:1]),
                    *(a.metavar or str(a.name).upper() for a in arguments),
                ]
            )
            yield f"### `{usage}`\n"
            yield " ".join((leaf.help or "").split()) + "\n"
            if options:
                yield from _table(
                    ["option", "meaning"],
                    [[", ".join(f"`{o}`" for o in (*p.opts, *p.secondary_opts)), p.help or ""] for p in options],
                )
                yield ""


def _table(headings: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"| {' | '.join('---' for _ in headings)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    PATH.write_text(reference(), encoding="utf-8")
