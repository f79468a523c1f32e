import shlex

import pytest

from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.flags import FLAGS
from expdb.cli.settings import parse_value
from expdb.domain.spec import RunSpec, flatten
from expdb.report.run_command import command_of
from tests.factories import make_run

OTHER_VALUES = {
    "data.dataset": "cifar10",
    "model.name": "senet101",
    "aug.preset": "autoaugment",
    "epochs": 10,
    "batch_size": 512,
    "optim.name": "adamw",
    "optim.lr": 3e-05,
    "optim.weight_decay": 0.1,
    "schedule.name": "step",
    "schedule.warmup_epochs": 0.5,
    "data.img_size": 64,
    "seed": 7,
    "gpus": 2,
    "device": "cpu",
    "amp": False,
    "compile": True,
    "data.limit": 5000,
    "data.val_fraction": 0.1,
    "data.normalize": "half",
    "aug.crop": "none",
    "aug.crop_padding": 0,
    "aug.cutmix_alpha": 1.0,
    "schedule.decay_epochs": 3,
    "model.kwargs": {"drop_rate": 0.1, "block_args": {"attn_layer": "se"}, "depths": [1, 2]},
}


def settings_in(command):
    """Read a command back as `expdb run` does."""
    words = shlex.split(command)
    assert words[:2] == ["expdb", "run"]
    settings, rest = {}, words[2:]
    while rest:
        flag = rest.pop(0)
        if flag in ("--amp", "--no-amp", "--compile", "--no-compile"):
            settings[FLAGS[flag.replace("--no-", "--")]] = "--no-" not in flag
        elif flag == "--set":
            key, _, text = rest.pop(0).partition("=")
            settings[key] = parse_value(text)
        elif flag in FLAGS:
            settings[FLAGS[flag]] = parse_value(rest.pop(0))
    return settings


def test_command_is_what_a_person_would_type():
    spec = compose_spec({"model.name": "senet101", "aug.preset": "autoaugment", "epochs": 10, "data.limit": 5000})

    assert command_of(spec) == "expdb run --model senet101 --aug autoaugment --epochs 10 --set data.limit=5000"


def test_model_is_always_written():
    assert command_of(compose_spec({})) == f"expdb run --model {RunSpec().model.name}"


def test_group_and_tags_are_repeated_and_quoted():
    run = make_run(name="first", group="a group", tags=("x; rm -rf ~", "y"))

    assert command_of(compose_spec({}), run).endswith("--group 'a group' --tag 'x; rm -rf ~' --tag y")


def test_command_repeats_every_setting():
    spec = compose_spec(OTHER_VALUES)

    assert compose_spec(settings_in(command_of(spec))) == spec


@pytest.mark.parametrize("key", OTHER_VALUES)
def test_command_repeats_each_setting_alone(key):
    needed = {"schedule.decay_epochs": {"schedule.name": "step"}, "gpus": {}}.get(key, {})
    spec = compose_spec({key: OTHER_VALUES[key]} | needed | ({"aug.crop": "none"} if key == "aug.crop_padding" else {}))

    assert compose_spec(settings_in(command_of(spec))) == spec


def test_a_dataset_folder_that_is_gone_is_written_out_in_full(tmp_path):
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / "my images" / split / name).mkdir(parents=True)
    spec = compose_spec({"data.dataset": f"folder:{tmp_path / 'my images'}", "data.img_size": 96, "epochs": 2})
    (tmp_path / "my images").rename(tmp_path / "elsewhere")

    command = command_of(spec)
    (tmp_path / "elsewhere").rename(tmp_path / "my images")

    assert f"'folder:{tmp_path}/my images'" in command
    assert compose_spec(settings_in(command)) == spec
    assert len(settings_in(command)) > len(flatten(spec)) / 2
