import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from expdb.catalog.compose_spec import compose_spec
from expdb.domain.events import EpochEnded
from expdb.errors import NotFoundError, SpecError
from expdb.train.loop import train
from expdb.train.model.build import build_model
from expdb.train.model.count import describe_model
from tests.factories import make_spec

CPU = torch.device("cpu")
needs_compiler = pytest.mark.skipif(
    not (os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")), reason="no C++ compiler is here"
)
SOURCE = """
from torch import nn

def build(num_classes, in_chans, img_size, width=4):
    return nn.Sequential(
        nn.Conv2d(in_chans, width, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(width, num_classes),
    )

def normalized(num_classes, in_chans, img_size):
    return nn.Sequential(nn.Conv2d(in_chans, 8, 3), nn.BatchNorm2d(8), *build(num_classes, 8, img_size))

def fails(num_classes, in_chans, img_size):
    raise RuntimeError("out of ideas\\nreally")

def number(num_classes, in_chans, img_size):
    return 3

here = "a string"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "own_nets").mkdir()
    (tmp_path / "own_nets" / "small.py").write_text(SOURCE)
    (tmp_path / "own_nets" / "broken.py").write_text("import no_such_package_at_all\n")
    (tmp_path / "own_nets" / "wrong.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "own_nets"]:
        del sys.modules[name]


def test_function_in_the_current_folder_is_built_with_the_data_and_with_its_own_arguments() -> None:
    spec = make_spec(model__name="own_nets.small:build", model__kwargs={"width": 6})

    model = build_model(spec, CPU)

    assert spec.model.arch == "own_nets.small:build"
    assert model(torch.zeros(2, 1, 16, 16)).shape == (2, 10)
    assert model[0].out_channels == 6


def test_own_model_is_counted_and_its_last_map_seen() -> None:
    summary = describe_model(make_spec(model__name="own_nets.small:build"))

    assert (summary.num_params, summary.macs) == (4 * 9 + 4 + 4 * 10 + 10, 16 * 16 * 4 * 9 + 4 * 10)
    assert summary.last_grid == (16, 16)


def test_own_model_trains(tmp_path: Path) -> None:
    spec = make_spec(model__name="own_nets.small:build", epochs=1, data__limit=64, batch_size=32)

    *_, last, _ = train(spec, data_dir=tmp_path, out_dir=tmp_path / "out")

    assert last.train_loss > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Guards may run slower on Python 3.13.0:RuntimeWarning")  # torch's own advice
@pytest.mark.parametrize("backend", ["eager", pytest.param("inductor", marks=[pytest.mark.long, needs_compiler])])
def test_compiled_model_learns_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    # What torch traces is run as it is, or made a program by its default: that takes a C++ compiler and ten times as
    # long, and none of our code is in it.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=backend))
    # Few layers, and sizes of which every batch has the same: each further one is compiled too.
    settings = {"epochs": 2, "data__limit": 180, "data__img_size": 8, "batch_size": 180, "amp": False}
    losses = []
    for is_compiled in (False, True):
        spec = make_spec(model__name="own_nets.small:normalized", compile=is_compiled, **settings)
        events = train(spec, data_dir=tmp_path, out_dir=tmp_path / "out")
        losses.append([event.train_loss for event in events if isinstance(event, EpochEnded)])

    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert losses[0][0] != losses[0][1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("own_nets.smal:build", "no module 'own_nets.smal'"),
        ("own_net.small:build", "no module 'own_net'"),
        ("own_nets.small:biuld", "own_nets.small has no function 'biuld'"),
        ("own_nets.small:here", "has no function 'here'"),
        ("own_nets.small:fails", "RuntimeError: out of ideas"),
        ("own_nets.small:number", "returned int"),
        ("own_nets.broken:build", "cannot be imported: ModuleNotFoundError: No module named 'no_such_package_at_all'"),
        ("own_nets.wrong:build", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_what_is_wrong_with_an_own_model_is_one_line(name: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        describe_model(make_spec(model__name=name))

    assert str(caught.value).startswith(f"model {name}")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["os:system('ls')", "../nets:build", "nets:a.b", "nets:", ":build", "a-b:c", "nets::c"]
)
def test_only_plain_identifiers_name_a_model(name: str) -> None:
    with pytest.raises(SpecError, match=r"plain identifiers"):
        compose_spec({"model.name": name})


@pytest.mark.parametrize("name", ["zoo:wrn_28_1", "torchvision:resnet18"])
def test_prefixes_of_the_catalog_are_no_modules_of_the_users(name: str) -> None:
    with pytest.raises(NotFoundError, match="unknown model"):
        compose_spec({"model.name": name})


def test_stem_and_pretrained_weights_of_an_own_model_are_refused() -> None:
    with pytest.raises(SpecError, match=r"model\.stem=cifar has no effect"):
        make_spec(model__name="own_nets.small:build", model__stem="cifar")
    with pytest.raises(SpecError, match=r"model\.pretrained: there are no pretrained weights"):
        describe_model(make_spec(model__name="own_nets.small:build", model__pretrained=True))


def test_current_folder_does_not_stay_on_the_path(folder: Path) -> None:
    build_model(make_spec(model__name="own_nets.small:build"), CPU)

    assert str(folder) not in sys.path
