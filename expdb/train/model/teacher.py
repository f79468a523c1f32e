"""Learning from a recorded run, and starting from one: the weights that other runs left."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import nn

from expdb.data.run_files import read_run_file
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.model.build import build_model
from expdb.train.model.own_code import own_code_digest

RunFolders = Mapping[int, tuple[RunSpec, Path]]


def load_teacher(spec: RunSpec, sources: RunFolders, *, device: torch.device) -> nn.Module | None:
    """Return the network of `distill.teacher`, frozen and in evaluation mode; None without one.

    Raises:
        SpecError: it was trained on other classes, sizes, channels or normalised otherwise.
        DataError: its weights cannot be read, or are not finite.
    """
    if spec.distill.teacher is None:
        return None
    teacher_spec, path = sources[spec.distill.teacher]
    for key in ("num_classes", "img_size", "channels", "normalize"):
        own, theirs = getattr(spec.data, key), getattr(teacher_spec.data, key)
        if own != theirs:
            raise SpecError(
                f"distill.teacher={spec.distill.teacher} was trained with data.{key}={theirs}, this run has {own}: "
                "choose another teacher"
            )
    return network_of_run(teacher_spec, path, setting=f"distill.teacher={spec.distill.teacher}", device=device)


def network_of_run(spec: RunSpec, path: Path, *, setting: str, device: torch.device) -> nn.Module:
    """Return the network that a run left, frozen and in evaluation mode.

    Args:
        spec: of the run.
        path: its final weights.
        setting: what errors name it by.
        device: where it goes.

    Raises:
        SpecError: the code of a network of the user's own is another by now, or the weights are of another one.
        DataError: they cannot be read, or are not finite.
    """
    network = fresh_network(spec, device)
    _require_code_of(spec, network, setting=setting)
    _load(network, path, setting=setting)
    return network


def fresh_network(spec: RunSpec, device: torch.device) -> nn.Module:
    """Return the network of a run as it is before any training, frozen and in evaluation mode.

    Its weights are drawn from torch's global random state.

    Raises:
        SpecError: it cannot be built.
    """
    plain = {"pretrained": False, "grad_checkpointing": False, "init_from": None, "weights": None, "weights_path": None}
    network = build_model(spec.model_copy(update={"model": spec.model.model_copy(update=plain)}), device)
    return network.to(memory_format=torch.channels_last).requires_grad_(requires_grad=False).eval()


def start_from(model: nn.Module, spec: RunSpec, sources: RunFolders) -> None:
    """Give a model the final weights of the run `model.init_from`, if there is one.

    Raises:
        SpecError: that run's network is another one.
        DataError: its weights cannot be read, or are not finite.
    """
    if spec.model.init_from is not None:
        _load(model, sources[spec.model.init_from][1], setting=f"model.init_from={spec.model.init_from}")


def _require_code_of(spec: RunSpec, model: nn.Module, *, setting: str) -> None:
    """Raise SpecError where a recorded run's own code is another by now: its weights would say something else."""
    if spec.model.code is None:
        return
    code = own_code_digest(spec.model.arch, model)
    if code != spec.model.code:
        raise SpecError(
            f"{setting}: the code of {spec.model.arch} is not what that run was recorded with (digest {code}, then "
            f"{spec.model.code}): put it back"
        )


def _load(model: nn.Module, path: Path, *, setting: str) -> None:
    try:
        weights = load(read_run_file(path))
    except (OSError, SafetensorError) as error:
        raise DataError(f"{setting}: its weights {str(path)!r} cannot be read: {error}") from error
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise DataError(f"{setting}: its weights {str(path)!r} are not all finite, that run diverged; choose another")
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise SpecError(f"{setting}: that run's network is another one, with other weights; choose the same") from error
