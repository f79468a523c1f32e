"""A run goes on with the images and the code that it began with, or says so: real training, a second each."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from expdb.domain.events import EpochEnded, Event
from expdb.domain.run import Environment
from expdb.domain.table import TableDefinition
from expdb.errors import DataError, SpecError
from expdb.launch.data_parallel import run_group
from expdb.launch.execute import execute_run
from expdb.launch.fill import fill_table, plan_fill
from expdb.launch.preflight import require_means
from expdb.launch.repeats import next_seeds, require_new
from expdb.launch.rerun import train_again
from expdb.launch.resume import resume_run
from expdb.launch.train_runs import TrainingSetup, train_specs
from expdb.report.tables.build import build_table
from expdb.store.store import Store
from tests.factories import make_spec

TINY: dict[str, Any] = {
    "epochs": 3,
    "batch_size": 8,
    "data__img_size": 8,
    "device": "cpu",
    "model__name": "own_tiny:build",
}
NET = """
from torch import nn

def build(num_classes, in_chans, img_size):
    return nn.Sequential(nn.Flatten(), nn.Linear(in_chans * img_size**2, num_classes))
"""
OTHER_NET = NET.replace("nn.Flatten(),", "nn.Flatten(), nn.ReLU(),")


@pytest.fixture(autouse=True)
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    write_network(NET)
    yield
    sys.modules.pop("own_tiny", None)


def write_network(source: str) -> None:
    """Change the network's code, as another process would find it."""
    Path("own_tiny.py").write_text(source)
    for compiled in Path("__pycache__").glob("own_tiny*"):
        compiled.unlink()
    sys.modules.pop("own_tiny", None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as opened:
        yield opened


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def setup(tmp_path: Path, said: list[str]) -> TrainingSetup:
    return TrainingSetup(
        url=f"sqlite:///{tmp_path}/runs.db",
        data_dir=tmp_path,
        checkpoint_minutes=0,
        describe=Environment,
        tell=said.append,
        warn=said.append,
    )


def write_images(folder: Path, *, classes: tuple[str, ...] = ("cat", "dog"), num: int = 6) -> str:
    """Write a small folder of images, and return the name of that dataset."""
    for split in ("train", "test"):
        for number, name in enumerate(classes):
            (folder / split / name).mkdir(parents=True, exist_ok=True)
            for index in range(num):
                pixels = np.full((8, 8, 3), 40 * number, np.uint8)
                pixels[: 2 * number] = np.random.default_rng(index).integers(0, 255, (2 * number, 8, 3))
                Image.fromarray(pixels).save(folder / split / name / f"{index}.png")
    return f"folder:{folder}"


def stopped(store: Store, spec: Any, setup: TrainingSetup, *, after: int = 1) -> int:
    """Train a run until it is interrupted after an epoch, and return its id."""

    def interrupt(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == after:
            raise KeyboardInterrupt

    run_id = store.add_run(spec)
    with pytest.raises(KeyboardInterrupt):
        execute_run(
            store,
            run_id,
            data_dir=setup.data_dir,
            environment=Environment(),
            checkpoint_minutes=0,
            on_event=interrupt,
        )
    return run_id


@pytest.fixture
def stopped_run(store: Store, setup: TrainingSetup, tmp_path: Path) -> int:
    return stopped(store, make_spec(**TINY, data__dataset=write_images(tmp_path / "pets")), setup)


def added(folder: Path) -> None:
    Image.new("RGB", (8, 8)).save(folder / "train" / "cat" / "more.png")


def swapped(folder: Path) -> None:
    for split in ("train", "test"):
        (folder / split / "cat").rename(folder / split / "was_cat")
        (folder / split / "dog").rename(folder / split / "cat")
        (folder / split / "was_cat").rename(folder / split / "dog")


def renamed(folder: Path) -> None:
    for split in ("train", "test"):
        (folder / split / "dog").rename(folder / split / "wolf")


def another_class(folder: Path) -> None:
    write_images(folder, classes=("cat", "dog", "eel"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (added, "12 train images then, 13 now; digest "),
        (
            swapped,
            r"\(digest [0-9a-f]{16} then, [0-9a-f]{16} now\): put them back, or go on with --accept-changed-data",
        ),
        (renamed, r"\(digest [0-9a-f]{16} then, [0-9a-f]{16} now\)"),
        (another_class, "has 3 classes by now, not 2"),
    ],
)
def test_a_run_does_not_go_on_with_other_images_and_nothing_is_recorded(
    store: Store,
    setup: TrainingSetup,
    stopped_run: int,
    tmp_path: Path,
    change: Callable[[Path], None],
    told: str,
) -> None:
    before = (store.run(stopped_run), store.attempts.of(stopped_run), store.epochs(stopped_run))
    change(tmp_path / "pets")

    with pytest.raises(DataError, match=told) as error:
        resume_run(store, str(stopped_run), setup)

    assert str(error.value).count("\n") == 0
    assert (store.run(stopped_run), store.attempts.of(stopped_run), store.epochs(stopped_run)) == before


def test_a_run_that_goes_on_with_other_images_all_the_same_is_of_two_data(
    store: Store, setup: TrainingSetup, stopped_run: int, tmp_path: Path
) -> None:
    first = store.run(stopped_run).results.data_digest
    added(tmp_path / "pets")

    resume_run(store, str(stopped_run), setup, accept_changed_data=True)

    run = store.run(stopped_run)
    assert (run.status, run.results.earlier_data_digest) == ("finished", first)
    assert run.results.data_digest not in (None, first)
    assert [attempt.data_digest for attempt in store.attempts.of(run.id)] == [first, run.results.data_digest]
    told = "Trained on two data, for the images were changed on the way: run 1."
    assert told in notes_of(store)
    verdict = train_again(store, "1", setup)
    assert verdict.endswith("; run 1 is of two data")


def notes_of(store: Store, **settings: Any) -> list[str]:
    definition = TableDefinition.model_validate({"name": "t", "columns": ["model", "top1"], **settings})
    return [note.text for note in build_table(store, definition).notes]


def test_a_run_without_a_checkpoint_begins_anew_with_other_images_and_says_so(
    store: Store, stopped_run: int, setup: TrainingSetup, tmp_path: Path
) -> None:
    for checkpoint in (store.artifact_dir(stopped_run) / "checkpoints").iterdir():
        for file in checkpoint.iterdir():
            file.unlink()
        checkpoint.rmdir()
    then = store.run(stopped_run).results.data_digest
    added(tmp_path / "pets")
    remarks: list[str] = []

    resume_run(store, str(stopped_run), watching(setup, remarks))

    run = store.run(stopped_run)
    assert (run.status, run.results.earlier_data_digest) == ("finished", None)
    told = f"it starts from the beginning, with other images than then ({run.results.data_digest}, then {then})"
    assert remarks == [f"no checkpoint to go on from: {told}"]


def watching(setup: TrainingSetup, remarks: list[str]) -> TrainingSetup:
    """Return a setup that keeps what is said at the start."""
    from contextlib import contextmanager
    from dataclasses import replace

    from expdb.domain.events import RunStarted

    @contextmanager
    def watch(run_id: int, spec: Any, *, remark: Any = None, **_: Any) -> Iterator[Callable[[Event], None]]:
        def see(event: Event) -> None:
            if isinstance(event, RunStarted) and remark is not None:
                remarks.append(remark(event))

        yield see

    return replace(setup, watch=watch)


def test_a_stop_before_an_epoch_with_other_images_is_of_no_data(
    store: Store, setup: TrainingSetup, stopped_run: int, tmp_path: Path
) -> None:
    """The images are put back after an attempt with others that trained nothing."""
    first = store.run(stopped_run).results.data_digest
    added(tmp_path / "pets")

    def interrupt(_: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute_run(
            store,
            stopped_run,
            data_dir=tmp_path,
            environment=Environment(),
            on_event=interrupt,
            warn=setup.warn,
            resume=True,
            accept_changed_data=True,
        )
    assert store.run(stopped_run).results.earlier_data_digest == first
    (tmp_path / "pets" / "train" / "cat" / "more.png").unlink()

    resume_run(store, str(stopped_run), setup)

    run = store.run(stopped_run)
    assert (run.status, run.results.data_digest, run.results.earlier_data_digest) == ("finished", first, None)


def test_a_data_parallel_run_does_not_go_on_with_other_images_either(
    store: Store, setup: TrainingSetup, stopped_run: int, tmp_path: Path
) -> None:
    before = store.run(stopped_run)
    added(tmp_path / "pets")

    with pytest.raises(DataError, match="12 train images then, 13 now"):
        run_group(
            store,
            stopped_run,
            2,
            url=setup.url,
            data_dir=tmp_path,
            environment=Environment(),
            checkpoint_minutes=0,
            threads=1,
            on_event=lambda _: None,
            warn=setup.warn,
            resume=True,
        )

    assert store.run(stopped_run) == before


def forget_digests(folder: Path) -> None:
    """Let all runs be of before digests of images were recorded."""
    connection = sqlite3.connect(folder / "runs.db")
    for table in ("runs", "attempts"):
        connection.execute(f"UPDATE {table} SET data_digest = NULL")
    connection.commit()
    connection.close()


def test_of_an_old_run_without_a_digest_the_numbers_of_images_are_compared(
    store: Store, setup: TrainingSetup, stopped_run: int, tmp_path: Path
) -> None:
    forget_digests(tmp_path)
    added(tmp_path / "pets")

    with pytest.raises(DataError, match=r"12 train images then, 13 now; digest not recorded then, [0-9a-f]{16} now"):
        resume_run(store, str(stopped_run), setup)
    resume_run(store, str(stopped_run), setup, accept_changed_data=True)

    assert store.run(stopped_run).results.earlier_data_digest == "not recorded"


def test_of_an_old_run_with_as_many_images_is_said_that_they_could_not_be_compared(
    store: Store, setup: TrainingSetup, stopped_run: int, tmp_path: Path, said: list[str]
) -> None:
    forget_digests(tmp_path)

    resume_run(store, str(stopped_run), setup)

    assert any("whether its images are the same as then cannot be checked" in line for line in said)
    assert store.run(stopped_run).results.earlier_data_digest is None


def test_a_queued_run_whose_classes_have_changed_is_refused(store: Store, setup: TrainingSetup, tmp_path: Path) -> None:
    run_id = store.add_run(make_spec(**TINY, data__dataset=write_images(tmp_path / "pets")))
    another_class(tmp_path / "pets")

    with pytest.raises(DataError, match="has 3 classes by now, not 2, of which the run was made"):
        execute_run(store, run_id, data_dir=tmp_path, environment=Environment())


# Own code


def specs(*seeds: int, **settings: Any) -> list[Any]:
    return [make_spec(**{**TINY, "epochs": 1, "data__limit": 32, **settings}, seed=seed) for seed in seeds]


def test_runs_of_edited_code_are_another_row(store: Store, setup: TrainingSetup) -> None:
    train_specs(store, specs(0, 1), setup)
    write_network(OTHER_NET)
    train_specs(store, specs(2), setup)

    first, second, third = store.runs()
    assert first.fields["code_digest"] == second.fields["code_digest"] != third.fields["code_digest"]
    assert first.group_digest == second.group_digest != third.group_digest
    digests = f"runs 1, 2: digest {first.fields['code_digest']}; run 3: digest {third.fields['code_digest']}"
    assert f"Rows of the same settings differ in own code ({digests})." in notes_of(store)


def test_the_same_seed_of_edited_code_is_no_repetition(store: Store, setup: TrainingSetup) -> None:
    train_specs(store, specs(0), setup)
    with pytest.raises(SpecError, match="run 1 is finished with the same settings and seed"):
        require_new(store, specs(0))
    assert next_seeds(store, specs(0)[0], 2) == [1, 2]
    write_network(OTHER_NET)

    require_new(store, specs(0))
    assert next_seeds(store, specs(0)[0], 2) == [0, 1]
    told = require_means(store, specs(0)[0], data_dir=setup.data_dir)[1]
    assert [line for line in told if "was other code in earlier runs of these settings" in line]


def test_a_run_whose_code_was_not_recorded_is_told_in_its_row(store: Store, setup: TrainingSetup) -> None:
    execute_run(store, store.add_run(specs(0)[0]), data_dir=setup.data_dir, environment=Environment())
    train_specs(store, specs(1), setup)

    assert len({run.group_digest for run in store.runs()}) == 1
    told = "The own code of run 1 was not recorded: whether it is that of the row cannot be told."
    assert told in notes_of(store)


def test_a_queued_or_stopped_run_is_not_trained_by_other_code(store: Store, setup: TrainingSetup) -> None:
    train_specs(store, specs(0), setup)
    spec = store.run(1).spec
    assert spec is not None
    queued = store.add_run(spec.model_copy(update={"seed": 1}))
    halted = stopped(store, spec.model_copy(update={"seed": 2, "epochs": 3}), setup)
    write_network(OTHER_NET)

    for run_id, resume in ((queued, False), (halted, True)):
        before = store.run(run_id)
        with pytest.raises(SpecError, match=rf"run {run_id}: the code of own_tiny:build is not what .* rerun {run_id}"):
            execute_run(store, run_id, data_dir=setup.data_dir, environment=Environment(), resume=resume)
        assert store.run(run_id) == before


def test_a_rerun_of_edited_code_says_so_and_is_of_another_group(
    store: Store, setup: TrainingSetup, said: list[str]
) -> None:
    train_specs(store, specs(0), setup)
    write_network(OTHER_NET)

    verdict = train_again(store, "1", setup)

    first, again = store.runs()
    digests = f"digest {first.fields['code_digest']}, now {again.fields['code_digest']}"
    assert f"own code: not the same as then ({digests}): this is no repetition" in said
    assert verdict.startswith(f"run 2 is of other code than run 1 ({digests}): no repetition; last top-1 ")
    assert "reproduce" not in verdict
    assert first.group_digest != again.group_digest


def test_a_row_of_old_code_is_not_filled_with_new_code(store: Store, setup: TrainingSetup, said: list[str]) -> None:
    train_specs(store, specs(0), setup)
    train_specs(store, specs(0, model__name="test_resnet"), setup)
    store.saved_tables.save(TableDefinition.model_validate({"name": "t", "columns": ["model", "top1"]}))
    write_network(OTHER_NET)

    num_lacking = fill_table(store, plan_fill(store, "t", num_seeds=2), setup)

    assert num_lacking == 1
    assert [(run.model, run.fields["seed"]) for run in store.runs()] == [
        ("own_tiny:build", 0),
        ("test_resnet", 0),
        ("test_resnet", 1),
    ]
    assert any("is left out: the code of own_tiny:build is not that of its runs" in line for line in said)


def test_a_listed_spec_stands_for_its_groups_of_any_code(store: Store, setup: TrainingSetup) -> None:
    settings = {"data.dataset": "digits", "data.limit": 32, "epochs": 1, "batch_size": 8, "data.img_size": 8}
    listed = [{**settings, "device": "cpu", "model.name": "own_tiny:build"}]
    definition = TableDefinition.model_validate({"name": "t", "columns": ["id", "top1"], "specs": listed})
    train_specs(store, specs(0), setup)
    assert [row.run_ids for row in build_table(store, definition).rows] == [(1,)]
    write_network(OTHER_NET)
    train_specs(store, specs(0), setup)

    assert [row.run_ids for row in build_table(store, definition).rows] == [(1,), (2,)]


def test_an_edit_while_runs_wait_is_said_and_trains_what_was_loaded(
    store: Store, setup: TrainingSetup, said: list[str]
) -> None:
    spec = specs(0)[0]
    train_specs(store, [spec], setup)
    Path("own_tiny.py").write_text(OTHER_NET)

    train_specs(store, specs(1), setup)

    first, second = store.runs()
    assert first.fields["code_digest"] == second.fields["code_digest"]
    assert any("own_tiny.py' was edited since it was loaded" in line for line in said)
