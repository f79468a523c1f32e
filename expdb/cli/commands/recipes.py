"""`expdb recipes`: complete settings that can be trained by name."""

import json
from typing import Annotated, Any, TypedDict

import typer

from expdb.catalog.recipes import AUTO, RECIPES, recipe
from expdb.cli.arguments import JsonFlag
from expdb.cli.output import print_json, print_line, print_pairs, print_table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Catalog")(recipes)


class RecipeRecord(TypedDict):
    """What `recipes --json` tells of one."""

    name: Annotated[str, "what `--recipe` takes"]
    description: str
    source: str
    expected: Annotated[str, "the accuracy to expect, who measured it and on what"]
    differs: Annotated[str, "what the source does that these settings cannot say"]
    fits: Annotated[str | None, "what `auto` takes it for; null: it has to be named"]
    settings: Annotated[dict[str, Any], "by dotted key, as `--set` takes them"]


def recipes(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="only this one, with its settings")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List recipes, or show one.

    A recipe is a set of settings that go together, with its source and the accuracy to expect.
    Train by one with `expdb run --recipe NAME`; --spec, flags and --set change it. The name `auto` stands for the one
    that is for the model's family and the images' size.
    """
    if name == AUTO:
        found = [entry for entry in RECIPES.values() if entry.fits]
    else:
        found = [recipe(name)] if name is not None else list(RECIPES.values())
    if as_json:
        print_json(
            [
                RecipeRecord(
                    name=entry.name,
                    description=entry.description,
                    source=entry.source,
                    expected=entry.expected,
                    differs=entry.differs,
                    fits=str(entry.fits) if entry.fits else None,
                    settings=dict(entry.settings),
                )
                for entry in found
            ]
        )
        return
    if name == AUTO:
        print_pairs(f"{AUTO} takes", [(entry.name, f"for {entry.fits}") for entry in found])
        return
    if name is None:
        rows = [
            [AUTO, "the one below that is for the model's family and the images' size", ""],
            *([entry.name, entry.description, entry.expected] for entry in found),
        ]
        print_table(["recipe", "what it is", "accuracy"], rows, ["left", "left", "left"])
        print_line("settings of one: expdb recipes NAME; train: expdb run --recipe NAME")
        return
    [entry] = found
    about = [("what it is", entry.description), ("source", entry.source), ("accuracy", entry.expected)]
    about += [("differs", entry.differs)] if entry.differs else []
    print_pairs(entry.name, about + ([(AUTO, f"takes it for {entry.fits}")] if entry.fits else []))
    print_pairs("settings", [(key, _written(value)) for key, value in entry.settings.items()])


def _written(value: Any) -> str:
    """Return a value as `--set` reads it."""
    return value if isinstance(value, str) else json.dumps(value)
