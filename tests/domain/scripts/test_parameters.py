"""Parameters of scripts as plain flat values."""

import argparse
import enum
from collections import OrderedDict, UserDict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from expdb.domain.scripts.parameters import MOST_LETTERS_OF_TEXT, flat_parameters
from expdb.errors import SpecError


class Kind(enum.Enum):
    SGD = 1


class Word(enum.StrEnum):
    FIRST = "first"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Optim:
    lr: float = 0.1
    betas: tuple[float, float] = (0.9, 0.99)


@dataclass
class Settings:
    optim: Optim = field(default_factory=Optim)
    epochs: int = 3


class Model(BaseModel):
    depth: int = 18


class Nodes:
    """As a `ConfigDict`: no mapping, but with its methods."""

    def keys(self) -> list[str]:
        return ["lr"]

    def items(self) -> list[tuple[str, float]]:
        return [("lr", 0.1)]


class Unresolved(UserDict[str, Any]):
    def __getitem__(self, key: str) -> Any:
        raise KeyError(f"missing value: {key}")


@pytest.mark.parametrize(
    ("given", "flat"),
    [
        ({"lr": 0.1}, {"lr": 0.1}),
        (argparse.Namespace(lr=0.1, x=None), {"lr": 0.1, "x": None}),
        (SimpleNamespace(lr=0.1), {"lr": 0.1}),
        (Settings(), {"optim.lr": 0.1, "optim.betas": [0.9, 0.99], "epochs": 3}),
        (Model(), {"depth": 18}),
        (Nodes(), {"lr": 0.1}),
        (OrderedDict(optim=OrderedDict(args=argparse.Namespace(lr=0.1))), {"optim.args.lr": 0.1}),
        ({1: "a", 0.5: "b", Kind.SGD: "c"}, {"1": "a", "0.5": "b", "SGD": "c"}),
        ({"empty": {}}, {"empty": None}),
    ],
    ids=["mapping", "argparse", "namespace", "dataclass", "pydantic", "items", "nested", "keys", "empty"],
)
def test_every_kind_of_table_is_flat_by_dotted_names(given: object, flat: dict[str, object]):
    assert flat_parameters(given) == flat


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        *((True, True), (np.float64(0.5), 0.5), (np.int64(3), 3), (np.bool_(True), True), (np.array(2.5), 2.5)),
        *((np.array([1, 2]), [1, 2]), ((1, (2, 3)), [1, [2, 3]]), ({3, 1}, [1, 3]), ([{"a": 1}], [{"a": 1}])),
        *((Kind.SGD, "SGD"), (Word.FIRST, "first"), (Level.LOW, 1), (Path("/a/b"), "/a/b"), (Path("b"), "./b")),
        *((datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00"), (2**80, str(2**80)), (float("nan"), "nan")),  # noqa: DTZ001
        *((float("-inf"), "-inf"), (len, "builtins.len"), (Settings, "tests.domain.scripts.test_parameters.Settings")),
        *((slice(1, 2), "slice(1, 2, None)"), (np.dtype("float32"), "float32")),
    ],
    ids=str,
)
def test_every_plain_value_is_taken(value: object, plain: object):
    (found,) = flat_parameters({"x": value}).values()

    assert found == plain
    assert type(found) is type(plain)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"x": object()}, "'x' is an object of builtins.object, which no text names"),
        ({"x": b"ab"}, "'x' is bytes"),
        ({"x": "a" * (MOST_LETTERS_OF_TEXT + 1)}, "has 10,001 characters"),
        ({"x": np.zeros(10_001)}, "10001 items"),
        ({"a": {"b": 1}, "a.b": 2}, "'a.b' is given twice"),
        ({("a",): 1}, "is called by text"),
        ({"a\nb": 1}, "printable"),
        ({"x": Unresolved(a=1)}, "x cannot be read: KeyError"),
        ([1], "parameters are a mapping"),
        ("lr=0.1", "parameters are a mapping"),
    ],
    ids=["object", "bytes", "long text", "large array", "twice", "key", "line", "unresolved", "list", "text"],
)
def test_what_has_no_plain_value_is_refused_in_one_line(given: object, words: str):
    with pytest.raises(SpecError, match=words.replace("(", r"\(")) as refused:
        flat_parameters(given)
    assert "\n" not in str(refused.value)


def test_parameters_that_hold_themselves_are_refused():
    table: dict[str, Any] = {}
    table["again"] = table
    items: list[Any] = []
    items.append(items)

    for given in (table, {"items": items}):
        with pytest.raises(SpecError, match="nested more than 20 deep"):
            flat_parameters(given)


def test_secrets_are_masked_by_name_and_by_form():
    given = {
        "api_key": "a1b2c3d4e5f6",
        "hub": {"token": "abcdef0123456789"},
        "url": "postgresql://ann:s3cret@host/runs",
        "list": ["hf_abcdefghijklmnop0123"],
        "num_tokens": 77,
        "pool_token": "cls",
    }

    assert flat_parameters(given) == {
        "api_key": "***",
        "hub.token": "***",
        "url": "postgresql://ann:***@host/runs",
        "list": ["***"],
        "num_tokens": 77,
        "pool_token": "cls",
    }
