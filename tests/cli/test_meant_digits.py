"""A setting that was computed prints to the digits that were meant: 0.1 + 0.2 as 0.3, and whole where it differs."""

import json
from pathlib import Path

from expdb.cli.output import plain_text
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.store_runs import add_finished


def test_a_learning_rate_prints_as_it_was_meant_and_is_kept_whole(cli: Cli, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        add_finished(store, optim__lr=0.1 + 0.2)
        add_finished(store, optim__lr=0.3)

    assert ["optim.lr", "0.3"] in [line.split() for line in cli("show", "1").out.splitlines()]
    table = cli("table", "--rows", "runs", "--columns", "lr", "--format", "md", "--where", "id = 1").out
    assert "| 0.3 |" in table
    assert json.loads(cli("show", "1", "--json").out)["lr"] == 0.1 + 0.2
    assert "0.30000000000000004" in cli("diff", "1", "2").out


def test_settings_print_as_files_have_them() -> None:
    assert [plain_text(value) for value in (0.1 * 3, 1e-5, 5.0, True, None, 7)] == [
        "0.3",
        "1e-05",
        "5.0",
        "true",
        "–",
        "7",
    ]
