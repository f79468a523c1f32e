"""The everyday settings as flags of a command: from the one list of flags, with help and defaults from the spec."""

import inspect
from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any

import typer

from expdb.catalog.flags import FLAGS
from expdb.cli.settings import help_text, parse_value
from expdb.domain.spec import RunSpec, flatten

# The order of the help page: first what runs differ in most. What is not named here comes after it, the command's own
# options last.
_ORDER = (
    *("model", "aug", "dataset", "epochs", "batch_size", "optimizer", "lr", "weight_decay", "momentum", "scheduler"),
    *("warmup_epochs", "img_size", "seed", "seeds", "device", "gpus"),
)


def with_spec_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags of settings in place of its parameter `flags`, which gets their values by dotted key.

    The value of a flag that was not given is None.
    """
    keys = {flag.removeprefix("--").replace("-", "_"): key for flag, key in FLAGS.items()}
    context, *own = (each for each in inspect.signature(command).parameters.values() if each.name != "flags")
    options = sorted([*map(_parameter, FLAGS), *own], key=_place)

    @wraps(command)
    def command_with_flags(ctx: typer.Context, **given: Any) -> None:
        flags = {key: given.pop(name) for name, key in keys.items()}
        command(ctx, flags=flags, **given)

    # What Typer reads.
    command_with_flags.__signature__ = inspect.Signature([context, *options])  # type: ignore[attr-defined]
    command_with_flags.__annotations__ = {each.name: each.annotation for each in (context, *options)}
    return command_with_flags


def _place(parameter: Parameter) -> int:
    return _ORDER.index(parameter.name) if parameter.name in _ORDER else len(_ORDER)


def _parameter(flag: str) -> Parameter:
    """Return a flag as the parameter of a command.

    Numbers are read as `--set` reads them and judged by the spec, so that there is one place that says what is wrong.
    """
    key = FLAGS[flag]
    kind = type(flatten(RunSpec())[key])
    is_number = kind in (int, float)
    option = typer.Option(
        f"{flag}/{flag.replace('--', '--no-')}" if kind is bool else flag,
        help=help_text(key),
        rich_help_panel="Training",
        show_default=False,
        metavar={int: "INTEGER", float: "NUMBER", str: "NAME"}.get(kind),
        parser=parse_value if is_number else None,
    )
    return Parameter(
        flag.removeprefix("--").replace("-", "_"),
        Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Any if is_number else kind | None, option],
    )
