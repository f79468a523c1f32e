import json
import os
import re
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
from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture
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

class Shaped(nn.Module):
    # Gives what `shape` makes of its logits.

    def __init__(self, num_classes, shape):
        super().__init__()
        self.head, self.shape = nn.Linear(256, num_classes), shape

    def forward(self, images):
        return self.shape(self, self.head(images.flatten(1)))

def tuple_out(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: (logits, logits))

def dict_out(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: {"logits": logits, "aux": logits})

def too_few(num_classes, in_chans, img_size):
    return Shaped(num_classes - 3, lambda _, logits: logits)

def too_many(num_classes, in_chans, img_size):
    return Shaped(1000, lambda _, logits: logits)

def squeezes(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits.squeeze())

def keeps_map(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits[:, :, None, None])

def averages_batch(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits.mean(0, keepdim=True))

def decides(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits.argmax(1))

def whole_numbers(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits.round().long())

def one_number(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits.sum())

def nothing(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: None)

def as_array(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits.detach().numpy())

def aux_in_training(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda model, logits: (logits, logits) if model.training else logits)

def detached(num_classes, in_chans, img_size):
    return Shaped(num_classes, lambda _, logits: logits.detach())

def weightless(num_classes, in_chans, img_size):
    return nn.Sequential(nn.AdaptiveAvgPool2d((1, num_classes)), nn.Flatten())

def wants_224(num_classes, in_chans, img_size):
    return nn.Sequential(nn.Flatten(), nn.Linear(in_chans * 224 * 224, num_classes))

def lazy(num_classes, in_chans, img_size):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(num_classes))

def needs_targets(num_classes, in_chans, img_size):
    model = Shaped(num_classes, lambda _, logits: logits)
    model.forward = lambda images, targets: images
    return model

made_once = nn.Sequential(nn.Flatten(), nn.Linear(256, 10))

def one_for_all(num_classes, in_chans, img_size):
    return made_once

def one_head_for_all(num_classes, in_chans, img_size):
    return nn.Sequential(nn.Conv2d(in_chans, in_chans, 1), made_once)

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
    ("function", "came"),
    [
        ("tuple_out", "returns tuple of 2 (Tensor, Tensor) in evaluation for a batch of 1"),
        ("dict_out", "returns dict with the keys aux, logits in evaluation for a batch of 1"),
        ("too_few", "a tensor of shape [1, 7] and type float32"),
        ("too_many", "a tensor of shape [1, 1000] and type float32"),
        ("squeezes", "a tensor of shape [10] and type float32 in evaluation for a batch of 1"),
        ("keeps_map", "a tensor of shape [1, 10, 1, 1]"),
        ("averages_batch", "a tensor of shape [1, 10] and type float32 in evaluation for a batch of 2"),
        ("decides", "a tensor of shape [1] and type int64"),
        ("whole_numbers", "a tensor of shape [1, 10] and type int64"),
        ("one_number", "a tensor of shape [] and type float32"),
        ("nothing", "returns NoneType"),
        ("as_array", "returns ndarray"),
        ("aux_in_training", "returns tuple of 2 (Tensor, Tensor) in training for a batch of 2"),
    ],
)
def test_output_that_is_no_row_of_numbers_for_each_image_is_refused_before_a_run(function: str, came: str) -> None:
    with pytest.raises(SpecError) as caught:
        describe_model(make_spec(model__name=f"own_nets.small:{function}"))

    assert str(caught.value).startswith(f"model own_nets.small:{function} returns ")
    assert came in str(caught.value)
    assert re.search(r"needed is a float tensor of shape \[[12], 10\]", str(caught.value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("detached", "cannot learn: its output in training does not depend on its weights"),
        ("weightless", "has no weights to train"),
        ("lazy", "has lazy layers"),
        ("one_for_all", "returns the same 1.weight again when it is called again"),
        ("one_head_for_all", "returns the same 1.1.weight again"),
        ("wants_224", "fails in evaluation on images of shape [1, 1, 16, 16]"),
        ("needs_targets", "fails in evaluation on images"),
    ],
)
def test_network_that_cannot_be_trained_is_refused_before_a_run(function: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        describe_model(make_spec(model__name=f"own_nets.small:{function}"))

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_run_of_a_network_with_another_output_is_not_recorded(cli: Cli) -> None:  # noqa: F811
    result = cli("run", "--dataset", "digits", "--model", "own_nets.small:too_few", "--epochs", "1")

    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "returns a tensor of shape [1, 7]" in result.err
    assert json.loads(cli("ls", "--json").out) == []


def test_kwargs_given_one_by_one_reach_the_function() -> None:
    model = build_model(make_spec(model__name="own_nets.small:build", model__kwargs__width=6), CPU)

    assert model[0].out_channels == 6


@pytest.mark.parametrize("name", ["own_nets.small:build", "resnet18"])
def test_number_of_classes_is_the_datasets(name: str) -> None:
    with pytest.raises(SpecError, match=r"model\.kwargs\.num_classes=7 follows from the dataset"):
        describe_model(make_spec(model__name=name, model__kwargs__num_classes=7))


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
