"""Checkpoints: folders that are whole or not there, written beside training; and the trained weights."""

import hashlib
import json
import os
import shutil
import threading
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save
from torch import nn

from expdb.data.atomic_files import replacing, sync
from expdb.domain.codec import digest
from expdb.domain.spec import RunSpec
from expdb.train.checkpoint_state import State, copy_state, read_state, write_state

CHECKPOINT_SECONDS = 60.0  # between two checkpoints; one is also written when a run is stopped

_FOLDER = "checkpoints"
_MANIFEST = "manifest.json"
_FORM = 1
# Copying the state may take this share of the time between two copies: so it is no matter how short epochs are.
_LARGEST_SHARE = 0.02


def write_weights(model: nn.Module, path: Path) -> None:
    """Write the model's state as safetensors: read it back with `safetensors.torch.load_file`.

    The file is never seen half-written.
    """
    # A copy of each: safetensors refuses tied and channels-last tensors.
    state = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in model.state_dict().items()}
    with replacing(path) as temporary:
        temporary.write_bytes(save(state, metadata={"format": "pt"}))


class Checkpoints:
    """The checkpoints of one run, in `<out_dir>/checkpoints/<epoch>`; the newest whole one counts.

    Training hands over a copy of its state after an epoch and goes on; a thread writes it. At most one is being
    written at a time. What is not written yet is written by `finish`.
    """

    def __init__(self, out_dir: Path, spec: RunSpec, *, seconds: float) -> None:
        """Look after the checkpoints in a folder, writing one every so many seconds (0: after every epoch)."""
        self._folder, self._spec_digest, self._seconds = out_dir / _FOLDER, digest(spec), seconds
        self._newest: tuple[int, State] | None = None  # in memory, perhaps not on disk
        self._written_epoch = 0
        self._writer: threading.Thread | None = None
        self._problem: Exception | None = None
        self._written_at = self._copied_at = time.perf_counter()
        self._copy_seconds = 0.0

    def last_epoch(self) -> int:
        """Return the epoch of the newest whole checkpoint of this spec, 0 where there is none."""
        return next((epoch for epoch, path in self._on_disk() if self._is_whole(path)), 0)

    def read(self, epoch: int) -> State:
        """Return the state after an epoch that `last_epoch` named."""
        self._written_epoch = epoch
        return read_state(self._folder / _name(epoch))

    def keep(self, epoch: int, state: Mapping[str, Any]) -> None:
        """Take a copy of the state after an epoch, and begin to write it if the last one is old enough."""
        now = time.perf_counter()
        if self._seconds > 0 and now - self._copied_at < self._copy_seconds / _LARGEST_SHARE:
            return
        self._newest = (epoch, copy_state(state))
        self._copied_at = time.perf_counter()
        self._copy_seconds = self._copied_at - now
        if now - self._written_at >= self._seconds and not (self._writer and self._writer.is_alive()):
            self._warn()
            self._begin()

    def finish(self) -> None:
        """Write the newest state that was kept, unless it is on disk, and return when it is."""
        self._wait()
        if self._newest and self._newest[0] > self._written_epoch:
            self._begin()
            self._wait()
        self._warn()

    def discard(self) -> None:
        """Delete all checkpoints: the run is finished, or begins anew."""
        self._wait()
        self._newest = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self) -> None:
        assert self._newest is not None  # noqa: S101 - our own mistake
        self._written_at = time.perf_counter()
        # A daemon: someone who leaves at once does not wait for it; what it leaves half-written is never read.
        self._writer = threading.Thread(target=self._write, args=self._newest, name="checkpoint", daemon=True)
        self._writer.start()

    def _wait(self) -> None:
        if self._writer is not None:
            self._writer.join()
            self._writer = None

    def _warn(self) -> None:
        problem, self._problem = self._problem, None
        if problem is not None:
            text = f"no checkpoint could be written to {str(self._folder)!r} ({problem}): training goes on without"
            warnings.warn(text, RuntimeWarning, stacklevel=2)

    def _write(self, epoch: int, state: State) -> None:
        try:
            self._write_folder(epoch, state)
        except (OSError, RuntimeError, SafetensorError) as error:  # a full disk is each of them, by who meets it
            self._problem = error
            return
        self._written_epoch = epoch

    def _write_folder(self, epoch: int, state: State) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._folder.glob("*.tmp"):  # of a process that was killed
            shutil.rmtree(leftover, ignore_errors=True)
        target = self._folder / _name(epoch)
        temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        temporary.mkdir()
        write_state(state, temporary)
        files = {path.name: _sha256(path) for path in sorted(temporary.iterdir())}
        manifest = {"form": _FORM, "epoch": epoch, "spec": self._spec_digest, "files": files}
        (temporary / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        if target.exists():  # a torn one, or this run would not have been here again
            shutil.rmtree(target)
        temporary.rename(target)
        sync(self._folder)
        for older, path in self._on_disk():
            if older != epoch:
                shutil.rmtree(path, ignore_errors=True)

    def _on_disk(self) -> list[tuple[int, Path]]:
        """Return what looks like a checkpoint, newest first."""
        named = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted(((int(path.name), path) for path in named if path.name.isdecimal()), reverse=True)

    def _is_whole(self, path: Path) -> bool:
        """Whether a checkpoint is of this spec and every file of it is as it was written."""
        try:
            manifest = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
            expected = {"form": _FORM, "epoch": int(path.name), "spec": self._spec_digest}
            return all(manifest[key] == value for key, value in expected.items()) and all(
                _sha256(path / name) == checksum for name, checksum in manifest["files"].items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False


def _name(epoch: int) -> str:
    return f"{epoch:06d}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
