import os
import socket
from pathlib import Path

import pytest

from expdb.data.atomic_files import write_whole
from expdb.data.predictions import read_predictions
from expdb.data.run_files import append_to_run_file, make_file, make_folder, open_run_file, read_run_file, run_file
from expdb.errors import DataError

SECRET = b"of somebody else"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "root" / "run"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def any_umask():
    """Put the umask back after a test that changes it."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def put_socket(path: Path, _outside: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


REFUSED = {
    "link": (lambda path, outside: path.symlink_to(outside), "symbolic link"),
    "relative link": (lambda path, outside: path.symlink_to("../../outside"), "symbolic link"),
    "link inside": (lambda path, outside: (path.with_name("x").touch(), path.symlink_to("x")), "symbolic link"),
    "link to nothing": (lambda path, outside: path.symlink_to("nowhere"), "symbolic link"),
    "link to itself": (lambda path, outside: path.symlink_to(path.name), "symbolic link"),
    "folder": (lambda path, outside: path.mkdir(), "no regular file|Is a directory"),
    "pipe": (lambda path, outside: os.mkfifo(path), "no regular file|No such device"),
    "socket": (put_socket, "No such device|no regular file"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("use", [read_run_file, append_to_run_file, lambda path: run_file(path.parent, path.name)])
def test_what_is_no_file_of_the_folder_is_refused_at_once(folder: Path, outside: Path, kind: str, use):
    put, message = REFUSED[kind]
    path = folder / "log.txt"
    put(path, outside)

    with pytest.raises(OSError, match=message) as refused:
        use(path)

    assert refused.value.filename == str(path)
    assert outside.read_bytes() == SECRET
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/b", "..", ".", "", "a\0b"])
def test_what_is_no_name_in_the_folder_is_refused(folder: Path, outside: Path, name: str):
    with pytest.raises(OSError, match="no file's name"):
        run_file(folder, name)


def test_a_link_in_place_of_the_folder_is_not_followed(folder: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "log.txt").write_bytes(SECRET)
    folder.rmdir()
    folder.symlink_to(elsewhere)

    for use in (read_run_file, append_to_run_file):
        with pytest.raises(OSError, match="symbolic link"):
            use(folder / "log.txt")


def test_a_link_to_predictions_is_one_error(folder: Path, outside: Path):
    (folder / "predictions.npz").symlink_to(outside)

    with pytest.raises(DataError, match=r"predictions\.npz.*symbolic link"):
        read_predictions(folder / "predictions.npz")


def test_a_link_in_place_of_a_temporary_file_is_not_written_through(folder: Path, outside: Path):
    (folder / f".weights.{os.getpid()}.tmp").symlink_to(outside)
    (folder / "weights").symlink_to(outside)

    write_whole(b"weights", folder / "weights")

    assert outside.read_bytes() == SECRET
    assert read_run_file(folder / "weights") == b"weights"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(("is_group_readable", "modes"), [(False, (0o700, 0o600)), (True, (0o750, 0o640))])
def test_folders_and_files_are_as_readable_as_asked_for(tmp_path: Path, any_umask, umask, is_group_readable, modes):
    any_umask(umask)
    folder = tmp_path / "run"
    make_folder(folder, is_group_readable=is_group_readable)
    make_file(folder / "made", is_group_readable=is_group_readable)
    write_whole(b"", folder / "whole")
    with append_to_run_file(folder / "log.txt") as file:
        file.write(b"line\n")

    assert folder.stat().st_mode & 0o777 == modes[0]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {modes[1]}


def test_what_is_there_stays_as_readable_as_it_is(tmp_path: Path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o644)

    make_folder(tmp_path / "run", is_group_readable=False)
    make_file(tmp_path / "file", is_group_readable=False)

    assert ((tmp_path / "run").stat().st_mode & 0o777, (tmp_path / "file").stat().st_mode & 0o777) == (0o755, 0o644)
    with open_run_file(tmp_path / "file") as file:
        assert file.read() == b""
