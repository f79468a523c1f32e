"""Hostile command lines, made from all commands and options: does each end as it should?

None trains or serves. They run in this process, in a temporary folder with a copy of the example database.
"""

import io
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, get_args, get_origin

import torch  # noqa: F401 - a command that is broken off while it imports torch breaks all later ones
import typer

from expdb.cli.exit_codes import CODE_MEANINGS
from expdb.cli.main import main, make_app
from expdb.launch.example import example_file
from expdb.store.database.upgrade import upgrade_database

SEED: Final = 20
_LONGEST_SECONDS = 60
_FRESH_AFTER = 50  # commands; then a new copy of the database and of the files is taken

_TRAINING: Final = {"run": "--dry-run", "fill": "--dry-run"}  # these train unless told not to
_LEFT_OUT: Final = {"resume", "rerun", "demo", "dashboard", "worker"}  # train, or listen to a port
_OPTIONS_LEFT_OUT: Final = {"--follow", "--rebuild", "--help", "--version", "--install-completion", "--show-completion"}

_TEXTS: Final = (
    *("", " ", "x", "1", "0", "-1", "main", "first", "nan", "top1 > 0.1", "model = resnet18", "a=b", "a,b,c"),
    *("é漢字", "a\0b", "a\nb", "a\tb", "\x1b[31mred", "\udcff", "a\udc80b", "\ud800", "\u202eabc", "a" * 5000),
    *("--", "-", "--json", "-5", "*", "%s%n", "{0}", "$(ls)", "`ls`", "'", '"', "\\", "../../x", "/", "~nobody/x"),
    *("top1 >", "(((((", "(" * 3000 + "1", "not " * 2000 + "top1 > 0", "top1 > 1e999", "id = 99999999999999999999"),
    *("model ~ [", "tags has", "name in ('a'", "x = ''; drop table runs", "1-99999999999", "5-1", "1-", "-", "1 or 1"),
)
# What there is in the example database, so that commands also get beyond their first look.
_KNOWN: Final = (
    "1",
    "2",
    "7",
    "40",
    "1-3",
    "demo",
    "tour",
    "report-1",
    "vit-comer-kernels",
    "top1",
    "model,top1",
    "kind = measured",
    "seed",
)
_NUMBERS: Final = (
    *("0", "-1", "1", "5", "9" * 20, "9" * 5000, "-" + "9" * 20, "1.5", "1e5", "1e999", "nan", "inf", "-inf", ""),
    *("x", "0x10", "１", "²", "1_000", "null", "true", "[1]", "\udcff", "2147483648", "9223372036854775808"),
)
_SETTINGS: Final = (
    *("model.kwargs=" + "[" * depth + "1" + "]" * depth for depth in (90, 300, 2000, 100_000)),
    *("model.kwargs=" + "{a=" * 2000, "model.kwargs={a = 1}", "epochs=" + "9" * 5000, "epochs=1e400", "seed=nan"),
    *("optim.betas=1,2,3", "schedule.milestones=a", "progressive=1", "model.name=", "=", "a.b.c=1", "model=1"),
    *("data.dataset=\udcff", "data.dataset=folder:\0", "data.dataset=folder:.", "model.name=" + "a" * 5000, "\udcff=1"),
    *("epochs=-1", "batch_size=99999999999999999999", "img_size=1000000", "device=tpu", "optim.lr=[", "optim.lr={}"),
)


@dataclass
class FuzzCounts:
    """How command lines ended.

    Attributes:
        num_commands: how many were run.
        codes: how many ended with each exit code.
        faults: each command that did not end as it should, and why.
    """

    num_commands: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    faults: list[tuple[tuple[str, ...], str]] = field(default_factory=list)


class _TookTooLongError(BaseException):
    """Past everything that catches errors."""


def fuzz_commands(num_commands: int, *, seed: int = SEED) -> FuzzCounts:
    """Run so many hostile command lines, the same for the same seed, and count how they end."""
    counts = FuzzCounts()
    choose = random.Random(seed)  # noqa: S311 - not for secrets
    commands = list(_commands(typer.main.get_command(make_app()), ()))
    with TemporaryDirectory(prefix="expdb-fuzz-") as outer, _elsewhere(Path(outer)) as folder:
        whole = Path(outer) / "whole.db"
        shutil.copy(example_file(), whole)
        upgrade_database(f"sqlite:///{whole}")
        for number in range(num_commands):
            if number % _FRESH_AFTER == 0:
                _refresh(folder, whole)
            words = _command_line(choose, *choose.choice(commands))
            before = _names(Path(outer), but=folder)
            code, fault = _run(words)
            if left := _names(Path(outer), but=folder) ^ before:
                fault = f"wrote outside its folder: {sorted(left)}"
            counts.num_commands += 1
            counts.codes[code] += 1
            if fault:
                counts.faults.append((tuple(words), fault))
    return counts


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Yield the words and parameters of every command that may be run here."""
    for name, command in sorted(group.commands.items()):
        if name in _LEFT_OUT and not path:
            continue
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command.params


def _command_line(choose: random.Random, path: tuple[str, ...], parameters: Sequence[Any]) -> list[str]:
    words = [*(["--db", choose.choice(_databases())] if choose.random() < 0.15 else []), *path]
    if path[0] in _TRAINING:
        words.append(_TRAINING[path[0]])
    for parameter in (one for one in parameters if one.param_type_name == "argument"):
        number = choose.choice((0, 1, 1, 1, 1, 2) if parameter.nargs == -1 else (1, 1, 1, 1, 1, 0))
        words += [_value(choose, parameter) for _ in range(number)]
    options = [one for one in parameters if one.param_type_name == "option" and not set(one.opts) & _OPTIONS_LEFT_OUT]
    # Few: the first that is refused hides what the others would do.
    for option in choose.sample(options, min(len(options), choose.choice((0, 1, 1, 1, 2, 3)))):
        words += [choose.choice(option.opts), *([] if option.is_flag else [_value(choose, option)])]
    return words


def _value(choose: random.Random, parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    if "--set" in parameter.opts:
        return choose.choice(_SETTINGS)
    if kind is Path or Path in get_args(kind):
        return choose.choice(_paths())
    if {int, float} & {kind, *get_args(kind)}:
        return choose.choice(_NUMBERS)
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    if choices and choose.random() < 0.7:
        return str(choose.choice(choices))
    if choose.random() < 0.35:
        return choose.choice(_KNOWN)
    return choose.choice((*_TEXTS, *_TEXTS, *_NUMBERS, *_paths()))


def _paths() -> tuple[str, ...]:
    """Return file names; those that a command may write to lie in its folder, or where nobody may write."""
    names = ("", ".", "folder", "pipe", "loop", "nowhere", "file", "file/below", "new", "no/such/folder/x", "runs.db")
    return (*names, "x" * 300, "x/" * 3000, "a\0b", "\udcff", "a\nb", "/dev/null", "/dev/full", "/proc/x", *_DOCUMENTS)


def _databases() -> tuple[str, ...]:
    urls = ("sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///\udcff", "sqlite:///a\0b", "sqlite:///x?y=z")
    servers = ("postgresql://u:pw@127.0.0.1:1/x", "postgresql://", "postgresql://[", "mysql://x/y", "://", "x://y")
    others = ("postgresql://u@h:x/y", "~nobody/x", "~nosuch/x", "new.db", "x" * 100_000)
    # In /proc no lock can be made, which takes a minute of waiting.
    return (*urls, *servers, *others, *(path for path in _paths() if path != "/proc/x"))


_DEEP = 100_000
_DOCUMENTS: Final = {
    "deep.toml": b"x = " + b"[" * _DEEP,
    "deep.yaml": b"[" * _DEEP,
    "deep2000.yaml": b"format: reported-runs/1\nruns: " + b"[" * 2000 + b"]" * 2000,
    "self.yaml": b"a: &a [*a]\n",
    "deep.json": b"[" * _DEEP,
    "deep.html": b"<table><tr><td>" * 5000,
    "deep.md": b"> " * _DEEP + b"\n\n" + b"[" * _DEEP,
    "deep.tex": b"{" * _DEEP + b"\\begin{tabular}{l}" * 500,
    "wide.md": b"|" * 50_000 + b"\n" + b"|-" * 50_000 + b"|\n",
    "table.md": b"# T\n\n| Model | Top-1 |\n|---|---|\n| ResNet18 | 77.1 |\n| x | \xed\x95\x9c |\n",
    "bytes.md": bytes(range(256)) * 20,
    "zeros.md": bytes(5000),
    "number.toml": b"epochs = " + b"9" * 5000,
    "number.yaml": b"a: " + b"9" * 5000,
    "spec.toml": b"epochs = 1\n[optim]\nlr = 'x'\n",
    "empty.yaml": b"",
    "rows.csv": b"model,top1\n" + b'"' * 1000,
    "utf16.tsv": "model\ttop1\nx\t1".encode("utf-16"),
}


def _refresh(folder: Path, whole: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    shutil.copy(whole, folder / "runs.db")
    (folder / "folder").mkdir()
    (folder / "file").write_text("text\n")
    (folder / "loop").symlink_to("loop")
    (folder / "nowhere").symlink_to("nothing")
    os.mkfifo(folder / "pipe")
    for name, content in _DOCUMENTS.items():
        (folder / name).write_bytes(content)


@contextmanager
def _elsewhere(outer: Path) -> Iterator[Path]:
    """Work in a folder in `outer` that is also everybody's home, where no network can be reached."""
    folder, home = outer / "work", outer / "home"
    folder.mkdir()
    home.mkdir()
    before, environment = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("EXPDB_")]:
        del os.environ[name]
    proxies = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")  # where nobody listens
    os.environ.update(proxies, HOME=str(home), EXPDB_DATA_DIR=str(folder / "data"))
    try:
        yield folder
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)


def _names(outer: Path, *, but: Path) -> set[str]:
    found = set()
    for top, folders, files in os.walk(outer):
        if Path(top) == outer:
            folders.remove(but.name)
        found |= {str(Path(top) / name) for name in (*folders, *files) if ".cache" not in top + name}
    return found


def _run(words: Sequence[str]) -> tuple[int, str | None]:
    """Run a command line; return its exit code, -1 for none, and what was wrong with how it ended."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    streams = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), out, err
    try:
        with _limited():
            main(list(words))
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0
    except _TookTooLongError:
        return -1, f"took more than {_LONGEST_SECONDS} s"
    except BaseException as error:  # noqa: BLE001 - that nothing but SystemExit comes is what is looked at
        return -1, f"raised {type(error).__name__}: {str(error)[:200]}"
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
    said = err.buffer.getvalue().decode("utf-8", "replace")
    return code, _fault(code, said, most_errors=len(words) if "check" in words else 1)  # one a file that it checks


def _fault(code: int, said: str, *, most_errors: int) -> str | None:
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    if code not in CODE_MEANINGS:
        return f"exit code {code}"
    if "please report it" in said or "Traceback" in said:
        return said[:300]
    if code == 2 and not 1 <= len(errors) <= most_errors:
        return f"{len(errors)} lines of error: {said[:300]}"
    if not all(character.isprintable() or character == "\n" for character in said):
        return f"not printable: {said[:300]!r}"
    return None


@contextmanager
def _limited() -> Iterator[None]:
    """Break the block off when it takes too long; a limit that was set around it goes on afterwards."""

    def stop(*_: object) -> None:
        raise _TookTooLongError

    handler = signal.signal(signal.SIGALRM, stop)
    left, _ = signal.setitimer(signal.ITIMER_REAL, _LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, handler)
