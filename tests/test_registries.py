"""What is added in one place and needs a second one: forgetting that one is a failure, here or beside the code."""

import re
import typing
from pathlib import Path

import pytest

from expdb.catalog.datasets import DATASETS
from expdb.catalog.zoo import ZOO
from expdb.cli.main import COMMANDS
from expdb.data.dataset_files import find_reader
from expdb.domain.event_codec import RecordedEvent
from expdb.domain.events import Event, Progress
from expdb.domain.spec import spec_fields
from expdb.report.writers.render import FORMATS
from tests.source_names import names_in

ROOT = Path(__file__).parents[1]


def text_of(*parts: str) -> str:
    """Return a file, or all Python files of a folder, as one text."""
    place = ROOT.joinpath(*parts)
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def modules_in(*parts: str) -> set[str]:
    """Return the names of a folder's modules."""
    return {file.stem for file in ROOT.joinpath(*parts).glob("*.py")} - {"__init__"}


def test_every_setting_is_read_where_training_is():
    code = text_of("expdb", "train") + text_of("expdb", "data")
    # The form of the spec, a name for settings that are there as well, what follows from the model's own code, and of
    # which group the run is that is evaluated.
    decides_nothing = {"version", "aug.preset", "model.code", "model.init_group"}

    unread = {key for key in spec_fields() if not re.search(rf"\.{key.rpartition('.')[2]}\b", code)}
    assert unread <= decides_nothing


def test_every_file_of_commands_is_listed():
    assert modules_in("expdb", "cli", "commands") == set(COMMANDS)


def test_every_page_is_in_the_menu():
    listed = re.findall(r'"views/(\w+)\.py"', text_of("dashboard", "app.py"))

    assert sorted(listed) == sorted(modules_in("dashboard", "views"))


def test_every_file_of_the_zoo_has_an_entry():
    built = {model.builder.partition(":")[0].rpartition(".")[2] for model in ZOO.values()}

    assert modules_in("expdb", "train", "model", "zoo") - built == {"attention"}  # what several of them share


def test_every_writer_is_a_format():
    writers = {
        f"{module}:{name}"
        for module in modules_in("expdb", "report", "writers")
        for name in names_in(ROOT / "expdb" / "report" / "writers" / f"{module}.py")
        if name.startswith("to_")
    }

    assert {entry.writer for entry in FORMATS.values()} == writers


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_has_a_reader_for_its_source(name: str, tmp_path: Path):
    reader = find_reader(DATASETS[name], tmp_path)

    assert (reader is None) == bool(DATASETS[name].where)  # nothing is there but what is bundled


def test_every_event_crosses_to_the_launcher_and_is_recorded_or_only_shown():
    events = set(typing.get_args(Event))
    recording = text_of("expdb", "store", "attempts", "recording.py")
    recorded = set(re.findall(r"(?:case |isinstance\(event, )(\w+)\)?\(?\)?", recording))

    assert events == {Progress, *typing.get_args(RecordedEvent)}
    assert {event.__name__ for event in events - {Progress}} == recorded


def test_every_environment_variable_is_in_the_reference():
    read = set(re.findall(r'"(EXPDB_\w+)"', text_of("expdb", "config.py")))
    set_by_the_command = {"EXPDB_DASHBOARD_READ_ONLY"}  # expdb dashboard --read-only

    assert {name for name in read - set_by_the_command if f"`{name}`" not in text_of("docs", "reference.md")} == set()
