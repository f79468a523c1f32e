"""Processes of a group, each a small program without torch: who ends whom, and that nobody is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.launch.ranks import Ended, Ranks, Said

# Begins to tell that it lives, which whoever reads the file sees end with it.
HELD = "from expdb.launch.ranks import end_with_launcher; end_with_launcher({word!r}); held = open({fifo!r}, 'w'); "
FOR_EVER = "print('here', flush=True); import threading; threading.Event().wait()"
LAUNCHER = """
import signal, sys
from expdb.launch.ranks import Ranks

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup ignores, and what it starts

with Ranks([sys.executable, "-c", sys.argv[1]], [{}, {}]) as ranks:
    for message in ranks.messages():
        print(message.rank, flush=True)
"""


def ranks_of(*programs: str) -> Ranks:
    """Return a group of which each runs a program of its own."""
    command = [sys.executable, "-c", "import os; exec(os.environ['PROGRAM'])"]
    return Ranks(command, [{"PROGRAM": program} for program in programs])


def test_what_they_say_and_how_they_end_comes_in_its_order() -> None:
    with ranks_of("print('a'); print('b')", "raise SystemExit(0)") as ranks:
        messages = [message for message in ranks.messages() if message.rank == 0]

    assert messages == [Said(rank=0, line="a\n"), Said(rank=0, line="b\n"), Ended(rank=0, exit_code=0)]
    assert ranks.exit_codes == [0, 0]


@pytest.mark.parametrize(
    ("program", "code"),
    [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9)],
    ids=["an error", "killed"],
)
def test_one_that_ends_badly_ends_the_others(monkeypatch: pytest.MonkeyPatch, program: str, code: int) -> None:
    monkeypatch.setattr("expdb.launch.ranks.LAST_WORD_SECONDS", 0.0)

    with ranks_of(FOR_EVER, program) as ranks:
        ended = [message for message in ranks.messages() if isinstance(message, Ended)]

    assert ended == [Ended(rank=1, exit_code=code), Ended(rank=0, exit_code=-signal.SIGTERM, is_asked=True)]


def test_one_that_does_not_stop_when_asked_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expdb.launch.ranks.STOP_SECONDS", 0.0)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOR_EVER

    with ranks_of(deaf) as ranks:
        assert next(ranks.messages()) == Said(rank=0, line="here\n")
        ranks.stop()

        assert ranks.exit_codes == [-signal.SIGKILL]


def test_a_signal_goes_to_all_of_them() -> None:
    told = "import signal, sys; signal.signal(signal.SIGINT, lambda *_: sys.exit(7)); " + FOR_EVER

    with ranks_of(told, told) as ranks:
        messages = ranks.messages()
        assert {next(messages).rank, next(messages).rank} == {0, 1}
        ranks.ask_to_stop(signal.SIGINT)
        assert [message.exit_code for message in messages if isinstance(message, Ended)] == [7, 7]


def test_leaving_ends_what_is_left_and_what_that_started(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    child = f"held = open({str(fifo)!r}, 'w'); {FOR_EVER}"

    with ranks_of(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])") as ranks:
        held = fifo.open()
        assert next(ranks.messages()) == Said(rank=0, line="here\n")

    with held:
        assert held.read() == ""  # its end: nobody has it open for writing any more


def test_what_they_write_on_standard_error_is_kept_by_rank_and_shown_to_nobody(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with ranks_of("pass", "import sys; sys.stderr.write('gloo: \\xff lost\\n\\n')") as ranks:
        list(ranks.messages())
        errors, left = ranks.errors(), list(tmp_path.iterdir())

    assert errors == ["rank 1: gloo: ÿ lost"]
    assert left == []  # while they run: so there is nothing to remove, whoever is killed
    assert capfd.readouterr() == ("", "")


def test_of_a_flood_on_standard_error_the_end_is_kept() -> None:
    with ranks_of(
        "import sys; sys.stderr.write('x' * 99 + '\\n'); sys.stderr.write('y\\n' * 50_000 + 'last\\n')"
    ) as ranks:
        list(ranks.messages())

        errors = ranks.errors()

    assert errors[-1] == "rank 0: last"
    assert sum(map(len, errors)) < 200_000


@pytest.mark.parametrize(("word", "told"), [("", ""), ("the launcher is gone", "the launcher is gone\n")])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_they_end_with_the_process_that_started_them_and_print_one_line_at_most(
    tmp_path: Path, number: int, word: str, told: str
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    command = [sys.executable, "-c", LAUNCHER, HELD.format(fifo=str(fifo), word=word) + FOR_EVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert launcher.stderr is not None
        with fifo.open() as held:
            assert {launcher.stdout.readline(), launcher.stdout.readline()} == {"0\n", "1\n"}
            launcher.send_signal(number)

            assert held.read() == ""
        assert (launcher.stdout.read(), launcher.stderr.read()) == ("", told)
