"""Odd folders that people report: each is read for what it is, what is left out counted, or refused in one line."""

from pathlib import Path

import pytest

from expdb.catalog.class_names import names_of_classes
from expdb.errors import ExpdbError
from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture
from tests.data.odd_folders import ODD_FOLDERS, OddFolder
from tests.data.test_odd_pictures import load_folder


@pytest.mark.parametrize("fact", [pytest.param(odd, id=name) for name, odd in ODD_FOLDERS.items()])
def test_an_odd_folder_is_read_or_refused(tmp_path: Path, fact: OddFolder) -> None:
    root = tmp_path / "my pictures"
    root.mkdir()
    fact.write(root)

    if fact.refused is not None:
        with pytest.raises(ExpdbError, match=fact.refused) as caught:
            load_folder(root, size=8)
        assert "\n" not in str(caught.value)
        return
    data = load_folder(root, size=8)
    assert names_of_classes(f"folder:{root}", len(fact.classes)) == tuple(fact.classes)
    assert (len(data.train), len(data.val) if data.val else 0, len(data.test)) == fact.numbers
    assert set(data.train.labels.tolist()) == set(range(len(fact.classes)))
    left_out = {key: number for key, number in data.picture_counts.items() if key.startswith("left out: ")}
    assert left_out == {f"left out: {reason}": number for reason, number in fact.left_out.items()}


@pytest.mark.parametrize(
    "name", ["names_of_all_kinds", "class_without_test_images", "class_of_two_unicode_forms", "empty_class"]
)
def test_a_dry_run_of_an_odd_folder_says_what_it_is(tmp_path: Path, cli: Cli, name: str) -> None:  # noqa: F811
    fact = ODD_FOLDERS[name]
    fact.write(tmp_path)

    result = cli("run", "--dataset", f"folder:{tmp_path}", "--model", "resnet_mini", "--img-size", "16", "--dry-run")

    assert result.code == (2 if fact.refused else 0)
    assert "unexpected" not in (result.out + result.err).lower()
    assert "Traceback" not in result.err


@pytest.mark.parametrize("split", ["train", "Training", "test", "training_set"])
def test_a_split_in_place_of_the_dataset_is_refused_with_the_folder_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    other = "test" if split != "test" else "train"
    OddFolder(pictures=[f"pets/{each}/{name}/1.png" for each in (split, other) for name in ("cat", "dog")]).write(
        tmp_path
    )

    with pytest.raises(ExpdbError, match=rf"no train/ folder, it is a split itself: use folder:{tmp_path}/pets$"):
        load_folder(tmp_path / "pets" / split, size=8)

    monkeypatch.chdir(tmp_path / "pets" / split)
    with pytest.raises(ExpdbError, match=rf"use folder:{tmp_path}/pets$"):
        load_folder(Path(), size=8)


def test_a_folder_that_is_called_test_by_chance_is_no_split(tmp_path: Path) -> None:
    OddFolder(pictures=("test/cat/1.png", "test/dog/1.png")).write(tmp_path)

    with pytest.raises(ExpdbError, match="if these are the classes, make train/ and test/"):
        load_folder(tmp_path / "test", size=8)
