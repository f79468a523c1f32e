"""The files of runs that are merged: whole, only what lies in the run's folder, and nothing that is here is lost."""

import os
import resource
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.errors import StoreError
from expdb.store.merging.run_folders import copy_folder, require_space
from expdb.store.store import Store
from tests.store.events import epoch, failed, running, started
from tests.store.merging.conftest import content, merge_into
from tests.store_runs import add_finished


@pytest.fixture
def urls(tmp_path: Path) -> tuple[str, str]:
    return f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/other.db"


def add_with_files(store: Store, files: dict[str, bytes]) -> int:
    run_id = running(store, epochs=9)
    store.record(run_id, started())
    store.record(run_id, epoch(1))
    store.record(run_id, failed())
    write(store.artifact_dir(run_id, create=True), files)
    return run_id


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_bytes(text)


def test_files_lie_under_the_uuid_and_marks_of_processes_stay_behind(tmp_path, urls):
    here, other = urls
    files = {"log.txt": b"log", "checkpoints/last.pt": os.urandom(3_000_000), "events-1.jsonl": b"{}"}
    with Store.open(other, artifact_root=tmp_path / "there") as store:
        run = store.run(add_with_files(store, files | {"lock": b"", ".predictions.npz.12.tmp": b"half"}))
        store.artifact_dir(run.id).rename(tmp_path / "there" / "1")  # as old runs have it
        from expdb.store.tables import runs
        from tests.store.merging.conftest import change

        change(store, runs.update().values(artifact_dir="1"))
    (tmp_path / "there" / "pending").mkdir()
    (tmp_path / "there" / "pending" / f"{run.uuid}.1").write_text("{}")

    outcome = merge_into(here, other, tmp_path)

    assert (outcome.num_files, outcome.num_bytes) == (3, sum(map(len, files.values())))
    with Store.open(here, artifact_root=tmp_path / "here") as store:
        assert store.artifact_dir(1) == tmp_path / "here" / run.uuid
    assert content(tmp_path / "here") == {f"{run.uuid}/{name}": text for name, text in files.items()}
    assert merge_into(here, other, tmp_path).num_files == 0


def test_no_link_is_followed_or_copied(tmp_path, urls):
    here, other = urls
    secret = tmp_path / "secret"
    write(secret, {"key": b"secret"})
    with Store.open(other, artifact_root=tmp_path / "there") as store:
        folder = store.artifact_dir(add_with_files(store, {"log.txt": b"log"}))
        second = store.artifact_dir(add_finished(store, name="linked"))
    (folder / "key").symlink_to(secret / "key")
    (folder / "more").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    second.symlink_to(secret)

    outcome = merge_into(here, other, tmp_path)

    assert list(content(tmp_path / "here").values()) == [b"log"]
    assert [told.partition(": ")[2] for told in outcome.told] == [
        "key is a link: not copied",
        "more is a link: not copied",
        "pipe is no regular file: not copied",
    ]
    assert outcome.num_without_files == 1


def test_files_of_the_further_stage_win_and_those_of_before_are_kept(tmp_path, urls):
    here, other = urls
    with Store.open(other, artifact_root=tmp_path / "there") as there:
        run = there.run(add_with_files(there, {"log.txt": b"first", "weights": b"w"}))
        merge_into(here, other, tmp_path)
        there.resume_run(run.id, Environment())
        there.record(run.id, started(first_epoch=2))
        there.record(run.id, failed())
        write(there.artifact_dir(run.id), {"log.txt": b"second", "new": b"n"})

    outcome = merge_into(here, other, tmp_path)

    assert outcome.num_further == 1
    assert content(tmp_path / "here" / run.uuid) == {"log.txt": b"second", "new": b"n", "weights": b"w"}
    older = tmp_path / "here" / f"{run.uuid}.before-merge-1"
    assert content(older) == {"log.txt": b"first", "weights": b"w"}
    assert str(older) in outcome.told[0]


def test_files_of_no_later_stage_are_told_and_not_written_over(tmp_path, urls):
    here, other = urls
    with Store.open(other, artifact_root=tmp_path / "there") as there:
        run = there.run(add_with_files(there, {"log.txt": b"first"}))
        merge_into(here, other, tmp_path)
        write(there.artifact_dir(run.id), {"log.txt": b"other", "new": b"n"})

    outcome = merge_into(here, other, tmp_path)

    assert content(tmp_path / "here" / run.uuid) == {"log.txt": b"first", "new": b"n"}
    assert outcome.told == [f"run 1 ({run.uuid[:8]}): log.txt differs (5 bytes there, 5 here): kept as it is here"]


def test_without_files_only_rows_are_merged_and_files_can_follow(tmp_path, urls):
    here, other = urls
    with Store.open(other, artifact_root=tmp_path / "there") as there:
        add_with_files(there, {"log.txt": b"log"})

    assert merge_into(here, other, tmp_path, with_files=False).num_files == 0
    assert not (tmp_path / "here").exists()
    assert merge_into(here, other, tmp_path).num_files == 1


def test_room_is_looked_for_before_anything_is_written(tmp_path):
    with pytest.raises(StoreError, match=r"merging needs 1,000,000,000.0 MB in .*, where .* are free: make room"):
        require_space(tmp_path / "here" / "deep", 10**15, what="merging", way_out="make room")


def test_full_disk_is_one_line_and_the_next_try_goes_on(tmp_path, urls):
    here, other = urls
    with Store.open(other, artifact_root=tmp_path / "there") as there:
        run = there.run(add_with_files(there, {"a": b"a" * 1000, "b": b"b" * 3_000_000}))
    Store.open(here).close()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(StoreError, match=r"cannot write the files of run 1 .*: make room, and merge again"):
            merge_into(here, other, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    outcome = merge_into(here, other, tmp_path)

    assert (outcome.num_new, outcome.num_files) == (1, 1)  # the small one was there already
    assert sorted(content(tmp_path / "here")) == [f"{run.uuid}/a", f"{run.uuid}/b"]


def test_folder_behind_a_link_here_is_not_written_into(tmp_path):
    write(tmp_path / "there", {"sub/file": b"new"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "sub").symlink_to(tmp_path / "outside")

    done = copy_folder(tmp_path / "there", tmp_path / "here", is_further=False)

    assert done.told == ["sub/file would lie behind a link here: not copied"]
    assert content(tmp_path / "outside") == {}
