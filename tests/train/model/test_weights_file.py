"""Files of weights from elsewhere: their names brought to the network's, what does not fit refused, no code run."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.model.build import build_model
from expdb.train.model.weights_file import DIGEST_DIGITS, Weights, fitting_weights, load_weights_file, weights_digest
from tests.factories import make_spec

CPU, META = torch.device("cpu"), torch.device("meta")


def spec_of(path: Path, model: str = "resnet_mini") -> RunSpec:
    named = {"model__weights": weights_digest(path)[:DIGEST_DIGITS], "model__weights_path": str(path)}
    return make_spec(epochs=0, model__name=model, **named)


def weights_of(model: str = "resnet_mini") -> Weights:
    torch.manual_seed(3)
    state: Weights = build_model(make_spec(model__name=model), CPU).state_dict()
    return state


def loaded(path: Path, model: str = "resnet_mini") -> Weights:
    spec = spec_of(path, model)
    network = build_model(spec, CPU)
    load_weights_file(network, spec)
    state: Weights = network.state_dict()
    return state


def are_equal(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 7, "best_acc1": 93.6},
        lambda state: {"model": {f"module.{name}": tensor for name, tensor in state.items()}, "args": "x"},
        lambda state: {f"_orig_mod.module.{name}": tensor for name, tensor in state.items()},
        lambda state: {name: tensor for name, tensor in state.items() if "num_batches_tracked" not in name},
        lambda state: {name: tensor.double() for name, tensor in state.items()},
    ],
    ids=["plain", "checkpoint", "parallel", "compiled", "old", "double"],
)
def test_weights_are_found_in_what_scripts_save(tmp_path: Path, wrapped: Callable[[Weights], Any]) -> None:
    state = weights_of()
    torch.save(wrapped(state), tmp_path / "net.pth")

    assert are_equal(loaded(tmp_path / "net.pth"), state)


def test_the_form_is_known_by_the_content_and_not_by_the_name(tmp_path: Path) -> None:
    state = weights_of()
    save_file(state, tmp_path / "net.pth")
    torch.save(state, tmp_path / "net.safetensors", _use_new_zipfile_serialization=False)

    assert are_equal(loaded(tmp_path / "net.pth"), state)
    assert are_equal(loaded(tmp_path / "net.safetensors"), state)


def test_cifar_resnet_takes_the_names_of_other_code_bases(tmp_path: Path) -> None:
    state = weights_of("resnet20")

    def elsewhere(name: str) -> str:
        for block in reversed(range(9)):
            name = name.replace(f"blocks.{block}.", f"layer{block // 3 + 1}.{block % 3}.")
        return name.replace("norm", "bn").replace("head", "linear")

    renamed = {elsewhere(name): tensor for name, tensor in state.items() if "num_batches" not in name}
    assert {"layer3.2.bn2.weight", "linear.bias", "bn1.running_var"} <= renamed.keys()
    save_file(renamed, tmp_path / "a.safetensors")
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in renamed.items()}}, tmp_path / "b.th")
    torch.save({name.replace("linear", "fc"): tensor for name, tensor in renamed.items()}, tmp_path / "c.th")

    for name in ("a.safetensors", "b.th", "c.th"):
        assert are_equal(loaded(tmp_path / name, "resnet20"), state), name


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda state: {**state, "extra.weight": torch.ones(1)}, "it has besides extra.weight"),
        (
            lambda state: {name: tensor for name, tensor in state.items() if not name.startswith("fc.")},
            "it lacks fc.weight, fc.bias",
        ),
        (lambda state: {**state, "fc.bias": torch.ones(1000)}, "fc.bias is 1000, needed is 10"),
        (lambda _: {f"w{n}": torch.ones(1) for n in range(5)}, "it has besides w0, w1, w2 and 2 more"),
    ],
)
def test_weights_of_another_network_are_refused_by_what_differs_first(
    tmp_path: Path, changed: Callable[[Weights], Weights], words: str
) -> None:
    torch.save(changed(weights_of()), tmp_path / "net.pt")
    spec = spec_of(tmp_path / "net.pt")

    with pytest.raises(SpecError, match=r"are of another network than resnet_mini of 10 classes") as caught:
        fitting_weights(build_model(spec, META), spec)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (
            {"state_dict": {"a": torch.ones(1)}, "state_dict_ema": {"a": torch.ones(1)}},
            "several networks (state_dict, ",
        ),
        ({"optimizer": {"lr": 0.1}, "epoch": 3}, "no state dict but a table of 'optimizer', 'epoch'"),
        ([torch.ones(1)], "no state dict but list"),
        (torch.nn.Linear(1, 1), "hold more than tensors"),
    ],
)
def test_what_holds_no_single_network_is_refused(tmp_path: Path, saved: object, words: str) -> None:
    torch.save(saved, tmp_path / "net.pt")
    spec = spec_of(tmp_path / "net.pt")

    with pytest.raises(SpecError) as caught:
        fitting_weights(build_model(spec, META), spec)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


class _Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("harmed"),)


@pytest.mark.parametrize("is_torchs", [True, False])
def test_no_code_of_a_file_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_torchs: bool) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.pt"
    torch.save({"a": _Harm()}, path) if is_torchs else path.write_bytes(pickle.dumps(_Harm()))
    spec = spec_of(path)

    with pytest.raises(SpecError, match=r"net\.pt"):
        fitting_weights(build_model(spec, META), spec)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x02cut", b"text that is nothing of the kind"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.pt").write_bytes(content)
    spec = spec_of(tmp_path / "net.pt")

    with pytest.raises(SpecError, match=r"net\.pt") as caught:
        fitting_weights(build_model(spec, META), spec)
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_finite_or_changed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save({**weights_of(), "fc.bias": torch.full((10,), torch.nan)}, path)
    spec = spec_of(path)

    with pytest.raises(DataError, match="are not all finite: that training diverged"):
        fitting_weights(build_model(spec, META), spec)
    torch.save(weights_of(), path)
    with pytest.raises(DataError, match=r"are others by now \(SHA-256 [0-9a-f]{16}, recorded [0-9a-f]{16}\)"):
        fitting_weights(build_model(spec, META), spec)


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        weights_digest(tmp_path / "net.pt")
    with pytest.raises(SpecError, match="cannot be read: Is a directory"):
        weights_digest(tmp_path)
