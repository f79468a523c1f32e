"""Every block of docs/reading.md runs, in order and in one notebook, on the example database."""

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")


def test_every_block_of_the_page_runs_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copy(ROOT / "runs.db.example", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPDB_URL", "")  # so that what the page sets is taken back
    notebook: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    for block in blocks:
        exec(compile(block, "docs/reading.md", "exec"), notebook)

    assert len(blocks) >= 8
    assert isinstance(notebook["reported"], pd.DataFrame)
    assert len(notebook["reported"]) > 0
    assert notebook["top1"].shape == (10, 6)
    assert "booktabs" in notebook["latex"] or "toprule" in notebook["latex"]
    assert not notebook["everything"].empty
    assert len(notebook["by_model"].built.rows) == 2
    assert notebook["exact"]["top1.n"].tolist() == [3, 3]
