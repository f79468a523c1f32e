"""Which parameters of a tracked run tell it from others."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.scripts.tracked_params import (
    COLUMNS_BY_NAME,
    OWN_LAST_WORDS,
    OWN_NAMES,
    left_out_parameters,
    read_parameters,
)
from expdb.domain.settings import settings_by_name

BASE = {"model": "resnet50", "dataset": "cifar100", "lr": 0.1, "seed": 0}


def group_of(**changes: Any) -> str:
    return read_parameters(BASE | changes).group_digest


@pytest.mark.parametrize(
    "change",
    [
        *({"seed": 1}, {"output_dir": "out/1"}, {"data_dir": "/scratch/1"}, {"data": "/home/ann/data"}, {"name": "b"}),
        *({"host": "b"}, {"user": "ann"}, {"device": "cuda:1"}, {"gpu": 1}, {"started": "2026-11-30 12:33:44"}),
        *({"run_id": "20261130-123344"}, {"log_level": "debug"}, {"verbose": True}, {"num_workers": 8}),
        *({"log_file": "/x/run.log"}, {"resume": "/x/last.pt"}, {"wandb": {"mode": "x"}}, {"api_key": "a1b2c3d4e5"}),
        *({"checkpoint_dir": "s3://bucket/a"}, {"logdir": "x"}, {"hub_url": "https://x.org"}, {"x": None}),
    ],
    ids=str,
)
def test_what_is_a_runs_own_tells_it_from_no_other(change: dict[str, Any]):
    assert group_of(**change) == group_of()


@pytest.mark.parametrize(
    "change",
    [
        *({"lr": 0.2}, {"model": "resnet18"}, {"optim": {"nesterov": True}}, {"rank": 8}, {"tag": "b"}, {"gpus": 8}),
        *(
            {"init_path": "/x/mae.pt"},
            {"pretrained_dir": "/x/mae"},
            {"teacher": "/x/big.pt"},
            {"start_date": "2020-01-01"},
        ),
        *({"train_file": "/x/half.csv"}, {"config": "b.yaml"}, {"split_seed": 7}, {"out": 10}, {"debug": True}),
        *({"max_tokens": 5}, {"loss": "bce"}, {"layers": [1, 2]}),
    ],
    ids=str,
)
def test_whatever_else_differs_tells_runs_apart(change: dict[str, Any]):
    assert group_of(**change) != group_of()


def test_of_what_a_run_starts_from_the_name_counts_and_not_where_it_lies():
    assert group_of(init_path="/home/ann/mae.pt") == group_of(init_path="/scratch/mae.pt")
    assert group_of(init_path="/home/ann/mae.pt") != group_of(init_path="/home/ann/dino.pt")
    assert group_of(dataset="/home/ann/pets") == group_of(dataset="/scratch/pets") == group_of(dataset="pets")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"x": 1}, {"x": 1.0}),
        ({"x": (1, 2)}, {"x": [1, 2.0]}),
        ({"x": np.float64(0.5)}, {"x": 0.5}),
        ({"a": {"b": 1}}, {"a.b": 1}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"x": [{"a": 1, "b": 2}]}, {"x": [{"b": 2, "a": 1.0}]}),
        ({"x": float("nan")}, {"x": np.float32("nan")}),
        ({}, {"x": None}),
    ],
)
def test_what_says_the_same_is_the_same(first: dict[str, Any], second: dict[str, Any]):
    assert group_of(**first) == group_of(**second)


def test_a_switch_is_no_number_and_text_is_none():
    assert len({group_of(x=True), group_of(x=1), group_of(x="1"), group_of(x=1.5)}) == 4


def test_groups_of_two_labels_are_two():
    labelled = {label: read_parameters(BASE, group=label).group_digest for label in (None, "baseline", "ours")}

    assert len(set(labelled.values())) == 3


def test_the_digest_tells_seeds_apart():
    one, other = read_parameters(BASE), read_parameters(BASE | {"seed": 1})

    assert one.group_digest == other.group_digest
    assert one.digest != other.digest
    assert one.digest == read_parameters(BASE | {"output_dir": "elsewhere"}).digest


def test_the_seed_told_twice_is_one_seed_and_another_seed_counts():
    assert group_of(seed=1, torch_seed=1) == group_of(seed=2, torch_seed=2)
    assert group_of(seed=1, split_seed=7) == group_of(seed=2, split_seed=7)
    assert group_of(seed=1, split_seed=7) != group_of(seed=1, split_seed=8)


def test_a_seed_that_no_column_holds_is_a_seed_all_the_same():
    first, second = (read_parameters(BASE | {"seed": seed}) for seed in (2**40, 2**41))

    assert first.group_digest == second.group_digest
    assert "seed" not in first.columns
    assert first.digest == second.digest  # as of runs that say no seed: each counts


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ({"learning_rate": 0.1, "num_epochs": 3}, {"lr": 0.1, "epochs": 3}),
        ({"optim": {"name": "AdamW", "lr": 1e-3}}, {"optimizer": "adamw", "lr": 1e-3}),
        ({"model": {"name": "vit"}, "data": {"name": "pets"}}, {"model": "vit", "dataset": "pets"}),
        ({"train": {"batch_size": 32}, "val": {"batch_size": 64}}, {"batch_size": 32}),
        ({"epochs": 90.0, "img_size": (224, 224)}, {"epochs": 90, "img_size": 224}),
        ({"lr": 0.1, "learning_rate": 0.2}, {"lr": 0.1}),
        ({"bs": 4, "batchsize": 8}, {}),
        ({"dataset": "/data/pets", "scheduler": "Cosine"}, {"dataset": "pets", "schedule": "cosine"}),
        ({"lr": 0, "epochs": 2.5, "momentum": 1.5, "batch_size": True, "optimizer": 3, "seed": -1}, {}),
        ({"lr": "1e-3", "epochs": "90", "momentum": "0.9x"}, {"lr": 0.001, "epochs": 90}),
        ({"img_size": (224, 192), "scheduler": "StepLR", "pretrained": "mae.pt"}, {}),
        ({"discriminator": {"lr": 0.1}}, {}),
    ],
    ids=str,
)
def test_known_parameters_fill_their_columns_where_the_value_fits(given: dict[str, Any], columns: dict[str, Any]):
    read = read_parameters(given)

    assert read.columns == columns
    assert len(read.settings) == len(read_parameters(read.settings).settings)  # all of them stay


def test_every_column_is_a_setting_of_ours_and_called_by_its_own_name_too():
    assert [
        field for field, names in COLUMNS_BY_NAME.items() if field not in names or field not in settings_by_name()
    ] == []


def test_no_name_fills_two_columns():
    names = [name for names in COLUMNS_BY_NAME.values() for name in names]

    assert sorted(names) == sorted(set(names))


def test_no_parameter_with_a_column_is_a_runs_own():
    names = {name for field, names in COLUMNS_BY_NAME.items() if field != "seed" for name in names}

    assert not names & {*OWN_NAMES, *OWN_LAST_WORDS}


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc_", min_size=1, max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.text("abcdefgs_dirpath", min_size=1, max_size=12)


@given(st.dictionaries(NAMES, PLAIN, max_size=6), st.randoms())
def test_whatever_is_given_is_recorded_as_json_and_read_back_alike(given: dict[str, Any], random: Any):
    read = read_parameters(given)
    again = json.loads(json.dumps(dict(read.settings), allow_nan=False))

    assert read_parameters(again).group_digest == read.group_digest
    assert left_out_parameters(again) == read.left_out
    shuffled = list(given.items())
    random.shuffle(shuffled)
    assert read_parameters(dict(shuffled)).group_digest == read.group_digest
