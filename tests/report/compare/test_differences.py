from pathlib import Path
from typing import Any

import pytest

from expdb.domain.codec import spec_to_json
from expdb.domain.run import Run
from expdb.report.compare.differences import differences, text_of, words_of
from tests.factories import make_run, make_spec


def run_of(**settings: Any) -> Run:
    return make_run(spec_json=spec_to_json(make_spec(**settings)))


def test_what_evaluation_looks_at_tells_rows_apart() -> None:
    a, b = run_of(), run_of(eval__crop=0.875)

    assert differences(a, b).differ == {"eval.crop": (1.0, 0.875)}
    assert (words_of("eval.crop"), text_of("eval.crop", 1.0)) == ("evaluation crop", "1")


@pytest.mark.parametrize("setting", [{"data__verify": "headers"}, {"data__max_megapixels": 500.0}], ids=str)
def test_what_is_checked_of_pictures_tells_no_rows_apart(tmp_path: Path, setting: dict[str, Any]) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "train" / name).mkdir(parents=True)
    folder = {"data__dataset": f"folder:{tmp_path}"}

    assert not differences(run_of(**folder), run_of(**folder, **setting)).differ
    assert differences(run_of(**folder), run_of(**folder, data__background="black")).differ


def test_what_scripts_call_so_tells_their_runs_apart() -> None:
    def script(**settings: Any) -> Run:
        return make_run(kind="tracked", spec_json=None, model="unet", lr=settings.get("lr"), settings=settings)

    found = differences(
        script(lr=0.1, width=16, augment="flip", output_dir="/a", depth=4),
        script(lr=0.2, width=32, augment="flip", output_dir="/b"),
    )

    assert found.differ == {"lr": (0.1, 0.2), "settings.width": (16, 32)}
    assert found.unstated == ("settings.depth",)
