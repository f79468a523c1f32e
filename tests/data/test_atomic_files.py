from pathlib import Path

import pytest

from expdb.data.atomic_files import replacing


def write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def test_file_appears_whole_and_its_folder_is_made(tmp_path: Path) -> None:
    write(tmp_path / "new" / "file", "whole")

    assert (tmp_path / "new" / "file").read_text(encoding="utf-8") == "whole"
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "file", "old")

    with pytest.raises(UnicodeEncodeError):
        write(tmp_path / "file", "half \udcff")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"
