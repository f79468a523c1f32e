"""Odd networks that people hand over: each trains to the end, or is refused in one line before a run is made."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture
from tests.train.model.odd_networks import HEAD, ODD_NETWORKS, OddNetwork

TRAIN = ("--dataset", "digits", "--epochs", "1", "--batch-size", "64", "--img-size", "16", "--set", "data.limit=65")


@pytest.mark.filterwarnings("ignore")  # torch's, of what odd networks do
@pytest.mark.parametrize(("name", "fact"), ODD_NETWORKS.items(), ids=ODD_NETWORKS)
def test_an_odd_network_trains_or_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cli: Cli,  # noqa: F811
    name: str,
    fact: OddNetwork,
) -> None:
    module = f"odd_{name}"
    monkeypatch.delitem(sys.modules, module, raising=False)
    (tmp_path / f"{module}.py").write_text(HEAD + fact.code, encoding="utf-8")

    result = cli("run", "--model", f"{module}:build", *TRAIN)

    said = [line for line in result.err.splitlines() if line.strip()]
    assert "Traceback" not in result.err
    assert "unexpected error" not in result.err.lower()
    if fact.refused is not None:
        assert result.code == 2, result.err
        assert re.search(fact.refused, said[-1]), said
        assert "no runs" in (listed := cli("ls")).out + listed.err
    else:
        assert result.code == (1 if fact.failed else 0), result.err
        if fact.failed:
            assert re.search(fact.failed, result.err + result.out), result.err
        state = "failed" if fact.failed else "finished"
        assert state in cli("ls").out
