"""Specs that were written once: their JSON and digests are what they were, to the byte.

Group digests decide which runs are seeds of each other: another one would tear every group of every database apart.
"""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from expdb.domain.codec import digest, group_digest, spec_from_json, spec_to_json
from expdb.domain.spec import RunSpec

ROOT = Path(__file__).parents[2]
PINNED = ROOT / "tests" / "assets" / "example_specs.txt"
DEFAULTS = RunSpec().model_dump(mode="json")


def stored_specs() -> dict[int, tuple[str, str, str]]:
    """Return digest, group digest and JSON of the example database's measured runs, by id."""
    connection = sqlite3.connect(f"{(ROOT / 'runs.db.example').as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT id, digest, group_digest, spec_json FROM runs WHERE spec_json IS NOT NULL")
        return {run_id: (of_run, of_group, text) for run_id, of_run, of_group, text in rows}
    finally:
        connection.close()


def test_the_stored_specs_are_the_pinned_ones():
    lines = [line.split() for line in PINNED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert len(lines) == 23
    assert {int(number): tuple(values) for number, *values in lines} == {
        run_id: (of_run, of_group, hashlib.sha256(text.encode()).hexdigest())
        for run_id, (of_run, of_group, text) in stored_specs().items()
    }


def test_a_stored_spec_is_written_again_to_the_byte():
    for of_run, of_group, text in stored_specs().values():
        spec = spec_from_json(text)
        written, stored = json.loads(spec_to_json(spec)), json.loads(text)

        assert canonical(kept(written, stored, DEFAULTS) | {"version": stored["version"]}) == text
        assert (digest(spec), group_digest(spec)) == (of_run, of_group)


def kept(written: dict[str, Any], stored: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return what was written of the stored settings; those that are younger than the run are at their defaults."""
    added = written.keys() - stored.keys()
    assert {name: written[name] for name in added} == {name: defaults[name] for name in added}
    both = {name: (written[name], stored[name]) for name in stored}
    return {
        name: kept(new, old, defaults[name]) if isinstance(old, dict) and name != "kwargs" else new
        for name, (new, old) in both.items()
    }


def canonical(values: object) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
