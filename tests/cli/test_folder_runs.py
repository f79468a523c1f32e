"""What `run` says of a dataset that is a folder of pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.store_runs import add_finished

TINY = ("--model", "test_resnet", "--img-size", "32", "--batch-size", "4", "--epochs", "1", "--device", "cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for split, number in (("train", 4), ("test", 2)):
        for name in ("cat", "dog"):
            (tmp_path / split / name).mkdir(parents=True)
            for count in range(number):
                pixels = np.random.default_rng(count).integers(256, size=(20, 20, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / split / name / f"{count}.png")
    return tmp_path


def test_a_run_tells_and_records_what_was_left_out_and_which_classes_lack_images(cli: Cli, folder: Path) -> None:
    for file in (folder / "test" / "dog").iterdir():
        file.rename(file.with_suffix(".heic"))

    result = cli("run", "--dataset", f"folder:{folder}", *TINY)

    line = "left out: 2 .heic; 1 classes without test images"
    assert result.code == 0, result.err
    assert line in result.out + result.err
    assert line in cli("show", "1").out
    recorded = json.loads(cli("show", "1", "--json").out)
    assert recorded["picture_counts"] == {"left out: .heic": 2, "classes without test images": 1}
    assert recorded["eval_crop"] == 1


def test_show_says_in_one_labelled_line_what_was_done_with_pictures(cli: Cli, tmp_path: Path) -> None:
    counts = {"scaled from 16 bits": 1, "left out: hidden": 3}
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        add_finished(store, start={"picture_counts": counts})

    lines = [" ".join(line.split()) for line in cli("show", "1").out.splitlines()]

    assert "pictures 1 scaled from 16 bits; left out: 3 hidden" in lines


def test_a_dry_run_looks_at_every_picture_and_says_so(cli: Cli, folder: Path) -> None:
    (folder / "train" / "cat" / "notes.txt").write_bytes(b"")
    words = ("run", "--dataset", f"folder:{folder}", *TINY, "--dry-run")

    told = json.loads(cli(*words, "--json").out)["images"]
    text = cli(*words, "--set", "data.verify=headers").out

    assert told == {
        "training images": "8 (cat 4, dog 4)",
        "test images": "4 (cat 2, dog 2)",
        "checked": "every picture decoded",
        "pictures": "left out: 1 .txt",
    }
    assert "headers and sizes read (data.verify=all decodes them)" in " ".join(text.split())


@pytest.mark.parametrize("is_dry", [True, False])
def test_a_picture_cut_off_is_refused_before_anything_is_recorded(cli: Cli, folder: Path, is_dry: bool) -> None:
    victim = folder / "test" / "dog" / "1.png"
    victim.write_bytes(victim.read_bytes()[:300])

    result = cli("run", "--dataset", f"folder:{folder}", *TINY, *(["--dry-run"] if is_dry else []))

    assert result.code == 1
    assert "broken image" in result.err
    assert "test/dog/1.png" in result.err
    if not is_dry:
        assert json.loads(cli("ls", "--json").out) == []


def test_an_empty_class_is_refused_by_the_dry_run_too(cli: Cli, folder: Path) -> None:
    (folder / "train" / "emu").mkdir()

    result = cli("run", "--dataset", f"folder:{folder}", *TINY, "--dry-run")

    assert (result.code, "train/emu' holds no images" in result.err) == (2, True)
