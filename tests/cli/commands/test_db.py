"""`expdb db example`: the database that the README looks at."""

from pathlib import Path

import pytest

from expdb.launch import example
from expdb.launch.demo import demo_specs, tour_specs
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec

ROOT = Path(__file__).parents[3]


def test_example_writes_the_one_that_comes_with_expdb_at_once(cli: Cli, tmp_path: Path):
    written = cli("db", "example")

    assert (written.code, written.out) == (0, "wrote runs.db.example; look: expdb --db runs.db.example tables\n")
    assert (tmp_path / "runs.db.example").read_bytes() == (ROOT / "runs.db.example").read_bytes()


def test_example_may_be_asked_for_twice(cli: Cli):
    cli("db", "example")

    again = cli("db", "example")

    assert (again.code, again.out) == (0, "there already: runs.db.example; look: expdb --db runs.db.example tables\n")


def test_example_that_cannot_be_written_is_one_line(cli: Cli, tmp_path: Path):
    (tmp_path / "file").write_text("")

    (tmp_path / "link.db").symlink_to("nothing")

    for target in ("file/example.db", "no folder/example.db", "link.db"):
        refused = cli("db", "example", "-o", target)

        assert (refused.code, refused.out) == (2, "")
        assert refused.err.startswith("error: ")
        assert repr(target) in refused.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link.db"]


@pytest.mark.parametrize("options", [(), ("--rebuild",)])
def test_example_leaves_a_file_that_is_there_alone(cli: Cli, tmp_path: Path, options: tuple[str, ...]):
    (tmp_path / "mine.db").write_text("mine")

    refused = cli("db", "example", "-o", "mine.db", *options)

    assert (refused.code, refused.out) == (2, "")
    assert "'mine.db' exists already" in refused.err
    assert (tmp_path / "mine.db").read_text() == "mine"


def test_example_says_what_it_trains_and_for_how_long_before_it_does(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tiny = {"model__name": "test_resnet", "epochs": 1, "data__limit": 32, "device": "cpu"}
    monkeypatch.setattr(example, "demo_specs", lambda: [make_spec(**tiny)])
    monkeypatch.setattr(example, "tour_specs", lambda: [make_spec(**tiny, seed=1)])

    rebuilt = cli("db", "example", "--rebuild", "-o", "new.db")

    assert rebuilt.code == 0, rebuilt.err
    first, second, *_ = rebuilt.out.splitlines()
    assert first == "training 2 small runs for new.db: about 4 minutes on 2 cores"
    assert second.startswith("run ")
    with Store.open(f"sqlite:///{tmp_path}/new.db", is_read_only=True) as store:
        assert [run.group for run in store.runs("kind = measured")] == ["demo", "tour"]
        assert store.runs("kind = measured")[0].environment.host is None
        assert store.library.papers()


def test_the_help_says_how_many_runs_a_rebuild_trains(cli: Cli):
    words = " ".join(cli("db", "example", "--help").out.split())

    assert f"its {len(demo_specs()) + len(tour_specs())} small runs" in words
