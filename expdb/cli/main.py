"""The command line: assembles the commands, and turns errors into one line and an exit code."""

import errno
import gc
import inspect
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.main import get_command

from expdb import __version__
from expdb.cli.code_page import readable_streams
from expdb.cli.context import make_context
from expdb.cli.exit_codes import BAD_INPUT, CLOSED_PIPE, FAILED, INTERRUPTED
from expdb.cli.lasting_output import open_closed_streams, restored_output
from expdb.cli.masked_output import mask_warnings, print_traceback
from expdb.cli.output import console, printed_text
from expdb.config import load_config
from expdb.errors import ExpdbError

# The modules here and their commands, as the help lists them. Only what was called is imported: all take half a second.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "run": ("run",),
    "resume": ("resume",),
    "rerun": ("rerun",),
    "evaluate": ("evaluate",),
    "fill": ("fill",),
    "demo": ("demo",),
    "ls": ("ls",),
    "show": ("show",),
    "diff": ("diff",),
    "log": ("log",),
    "table": ("table",),
    "tables": ("tables",),
    "analyze": ("analyze",),
    "check": ("check",),
    "import_": ("import",),  # the word alone is Python's
    "papers_and_claims": ("papers", "claims"),
    "rm": ("rm", "restore"),
    "edit": ("tag", "note", "rename", "group"),
    "catalog": ("models", "datasets", "augs"),
    "recipes": ("recipes",),
    "dashboard": ("dashboard",),
    "db": ("db",),
    "doctor": ("doctor",),
    "worker": ("worker",),
}


def make_app(command: str | None = None) -> typer.Typer:
    """Return the command line with one command, or with all of them."""
    app = typer.Typer(
        name="expdb",
        help="Image-classification research from a run to the table in the report.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_main)
    for module, commands in COMMANDS.items():
        if command is None or command in commands:
            import_module(f"expdb.cli.commands.{module}").register(app)
    _flow(app)
    return app


@cache
def _program(command: str | None) -> Any:
    """Return what parses and runs command lines; Typer would put it together anew with every one of a process."""
    return get_command(make_app(command))


def _called(arguments: Sequence[str]) -> str | None:
    """Return the command that is called; None where that needs the others too, as for a list of them."""
    words = iter(arguments)
    for word in words:
        if word == "--db":
            next(words, None)
        elif word != "--group-readable" and not word.startswith("--db="):
            return word if any(word in commands for commands in COMMANDS.values()) else None
    return None


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"expdb {__version__}")
        raise typer.Exit


def _main(
    ctx: typer.Context,
    db: Annotated[
        str | None,
        typer.Option(
            "--db", metavar="URL", help="database: a path or an SQLAlchemy URL (default $EXPDB_URL, or runs.db here)"
        ),
    ] = None,
    is_group_readable: Annotated[
        bool,
        typer.Option(
            "--group-readable",
            help="make new databases and run folders readable by your group (or EXPDB_GROUP_READABLE=1)",
        ),
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="print the version", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    ctx.obj = make_context(db, is_group_readable=is_group_readable)


def _flow(commands: typer.Typer) -> None:
    """Let the terminal break the lines of help texts: Typer keeps those of the source, which are longer than some."""
    for command in commands.registered_commands:
        if command.callback is not None and command.help is None:
            paragraphs = inspect.cleandoc(command.callback.__doc__ or "").split("\n\n")
            command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for group in commands.registered_groups:
        if group.typer_instance is not None:
            _flow(group.typer_instance)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; always leaves by SystemExit.

    The exit codes and what they mean are those of `exit_codes.CODE_MEANINGS`.
    """
    open_closed_streams()
    with readable_streams(), restored_output():
        _run(arguments)


def _run(arguments: list[str] | None) -> NoReturn:
    gc.set_threshold(100_000, 20, 20)  # else it looks through a long table again for every few hundred new cells
    is_debug = load_config().is_debug
    mask_warnings()
    sys.excepthook = print_traceback
    words = sys.argv[1:] if arguments is None else arguments
    if _is_working_folder_gone():  # not even torch can be imported there
        _fail("the working folder was removed: go to one that is there (cd)", BAD_INPUT)
    try:
        code = _program(_called(words))(words, prog_name="expdb", standalone_mode=False)
    except ExpdbError as error:
        if is_debug:
            raise
        _fail(str(error), error.exit_code)
    except typer.Abort:
        _fail("stopped", INTERRUPTED)
    except BrokenPipeError:
        _leave_closed_pipe()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # which Typer would make the exit code of failed work
            _leave_closed_pipe()
        raise
    except Exception as error:
        usage = getattr(error, "format_message", None)  # Typer's usage errors, whose class is not public
        if usage is not None:
            _fail_usage(error, usage())
        if is_debug:
            raise
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            _fail(f"the name of a file is too long: {str(error.filename)[:40]!r}…", BAD_INPUT)
        if damage := _damage(words):
            _fail(damage, BAD_INPUT)
        _fail(f"unexpected {type(error).__name__}: {error} (EXPDB_DEBUG=1 shows where; please report it)", FAILED)
    sys.exit(code if isinstance(code, int) else 0)


def _leave_closed_pipe() -> NoReturn:
    """Exit as a program does whose output nobody reads any more, such as `expdb ls | head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)  # or Python complains
    sys.exit(CLOSED_PIPE)


def _is_working_folder_gone() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _damage(words: Sequence[str]) -> str | None:
    """Return what is damaged in the database that a command has opened: what it read there may fail it anywhere."""
    if "expdb.store.database.engine" not in sys.modules:
        return None
    from expdb.store.database.engine import Database

    named = [word for before, word in pairwise(["", *words]) if before == "--db"]
    named += [word.removeprefix("--db=") for word in words if word.startswith("--db=")]
    # Whatever this meets as well: what is told is the error that the command met.
    with suppress(Exception), Database(make_context(next(iter(named), None)).config.url, is_read_only=True) as opened:
        return opened.damage()
    return None


def _fail_usage(error: Exception, message: str) -> NoReturn:
    if not message.strip():
        sys.exit(BAD_INPUT)  # a bare `expdb` or `expdb db` has shown its help
    context = getattr(error, "ctx", None)
    typed = re.match(r"No such command '(.*)'", message)
    near = get_close_matches(typed[1], getattr(context.command, "commands", {})) if typed and context else []
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    _fail(f"{message}{hint} (see {context.command_path if context else 'expdb'} --help)", BAD_INPUT)


def _fail(message: str, exit_code: int) -> NoReturn:
    text = f"error: {printed_text(' '.join(message.split()))}"
    console(is_error=True).print(text, style="red", markup=False, soft_wrap=True)
    sys.exit(exit_code)
