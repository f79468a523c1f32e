"""The checkpoints of a run, written beside training; and the trained weights."""

import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save
from torch import nn

from expdb.data.atomic_files import write_whole
from expdb.data.disk_space import files_bytes, free_bytes, require_room, unwritten
from expdb.domain.codec import digest
from expdb.domain.spec import RunSpec
from expdb.errors import TrainingWarning, UnwrittenError
from expdb.train.checkpoint_files import BrokenCheckpointError, read_checkpoint, remove_tree, write_checkpoint
from expdb.train.checkpoint_state import State, copy_state, file_sizes

_FOLDER = "checkpoints"
_NUM_KEPT = 2
# What a checkpoint is never larger than: so many times the model, which no optimizer's state comes near, and a bit.
_MOST_TIMES_MODEL, _MOST_BYTES_MORE = 64, 10_000_000

Loader = Callable[[State], None]


def has_checkpoint(out_dir: Path) -> bool:
    """Tell whether a run's folder holds what looks like a checkpoint."""
    return bool(_on_disk(out_dir / _FOLDER))


def write_weights(model: nn.Module, path: Path) -> None:
    """Write the model's state as safetensors: read it back with `safetensors.torch.load_file`.

    The file is never seen half-written.

    Raises:
        UnwrittenError: the file cannot be written.
    """
    # A copy of each: safetensors refuses tied and channels-last tensors.
    state = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in model.state_dict().items()}
    write_whole(save(state, metadata={"format": "pt"}), path)


class Checkpoints:
    """The checkpoints of one run, in `<out_dir>/checkpoints/<epoch>`: the two newest whole ones.

    After an epoch training shows its state by `hold`, and once everybody knows of the epoch takes a copy by `keep` and
    goes on; a thread writes it. At most one is being written at a time. What is not written yet is written by `finish`.
    Where the disk is full, the older ones give way.
    """

    def __init__(self, out_dir: Path, spec: RunSpec, *, seconds: float) -> None:
        """Look after the checkpoints in a folder, writing one every so many seconds (0: after every epoch)."""
        self._folder, self._spec, self._seconds = out_dir / _FOLDER, spec, seconds
        self._held: tuple[int, Mapping[str, Any]] | None = None  # in use: of the epoch that has just ended
        self._newest: tuple[int, State] | None = None  # a copy
        self._whole: list[int] = []  # epochs whose checkpoints are known to be on disk
        self._num_bytes = 0  # of a checkpoint, once there is one: all of a run are as large
        self._writer: threading.Thread | None = None
        self._problem: UnwrittenError | None = None
        self._is_told = False
        self._written_at = time.perf_counter()

    @property
    def last_epoch(self) -> int:
        """The epoch of the newest checkpoint that is known to be on disk, 0 where there is none."""
        return max(self._whole, default=0)

    def restore(self, load: Loader, *, model_bytes: int) -> int:
        """Give the newest checkpoint that is whole to `load`; return its epoch, 0 where there is none.

        Each one that is none, or that `load` refuses by ValueError, is passed over with a warning.
        """
        for epoch, path in _on_disk(self._folder):
            try:
                load(self.read(epoch, model_bytes=model_bytes))
            except (BrokenCheckpointError, ValueError) as error:
                warnings.warn(
                    f"checkpoint {path.name} in {str(self._folder)!r} is passed over: {error}",
                    TrainingWarning,
                    stacklevel=2,
                )
                continue
            self._whole, self._num_bytes = [epoch], files_bytes(path)
            return epoch
        return 0

    def read(self, epoch: int, *, model_bytes: int) -> State:
        """Return the state after an epoch. Raises BrokenCheckpointError."""
        if not 1 <= epoch <= self._spec.epochs:
            raise BrokenCheckpointError(f"the run has {self._spec.epochs} epochs")
        most_bytes = _MOST_TIMES_MODEL * model_bytes + _MOST_BYTES_MORE
        return read_checkpoint(_path(self._folder, epoch), spec_digest=digest(self._spec), most_bytes=most_bytes)

    def hold(self, epoch: int, state: Mapping[str, Any]) -> None:
        """Take note of the state after an epoch, which does not change before `keep`: `finish` may write it."""
        self._held = (epoch, state)

    def keep(self) -> None:
        """Take a copy of the state that is held, and begin to write it if the last one is old enough."""
        assert self._held is not None  # noqa: S101 - our own mistake
        epoch, state = self._held
        self._newest, self._held = (epoch, copy_state(state)), None
        if self._writer and self._writer.is_alive():
            return
        self._warn("training goes on without this checkpoint, and tries again")
        if time.perf_counter() - self._written_at >= self._seconds:
            self._begin(*self._newest, num_left=1)

    def finish(self) -> None:
        """Write the newest state, unless it is on disk, and return when it is."""
        self._wait()
        if self._held and self._held[0] not in self._whole:
            try:
                self._newest = (self._held[0], copy_state(self._held[1]))
            except (RuntimeError, MemoryError):  # the device is lost, say: then the copy before is the newest
                self._held = None
        if self._newest and self._newest[0] not in self._whole:
            self._is_told = False
            self._begin(*self._newest, num_left=0)
            self._wait()
        self._warn(f"the last one is {f'that of epoch {self.last_epoch}' if self.last_epoch else 'none'}")

    def discard(self) -> None:
        """Delete all checkpoints: the run is finished, or begins anew."""
        self._wait()
        self._held = self._newest = None
        self._whole = []
        remove_tree(self._folder)

    def make_room(self, num_bytes: int, *, num_left: int = 0) -> bool:
        """Delete the oldest checkpoint if that, perhaps with the next ones, gives room for so many bytes.

        Args:
            num_left: how many whole ones stay in any case.

        Returns:
            Whether one was deleted, so that it is worth another try.
        """
        self._wait_unless_writing()
        kept = sorted(self._whole)[len(self._whole) - num_left :]
        victims = [(epoch, path) for epoch, path in reversed(_on_disk(self._folder)) if epoch not in kept]
        free = free_bytes(self._folder)
        spare = free if free < num_bytes else 0  # where there seems to be room and is none, it is a matter of a quota
        if not victims or spare + sum(files_bytes(path) for _, path in victims) < num_bytes:
            return False
        epoch, path = min(victims, key=lambda victim: (victim[0] in self._whole, victim[0]))
        remove_tree(path)
        self._whole = [each for each in self._whole if each != epoch]
        return not path.exists()

    def taken_bytes(self) -> int:
        """Return how much the checkpoints on disk take."""
        return sum(files_bytes(path) for _, path in _on_disk(self._folder))

    def _begin(self, epoch: int, state: State, *, num_left: int) -> None:
        self._written_at = time.perf_counter()
        # A daemon: someone who leaves at once does not wait for it; what it leaves half-written is never read.
        self._writer = threading.Thread(
            target=self._write, args=(epoch, state, num_left), name="checkpoint", daemon=True
        )
        self._writer.start()

    def _wait(self) -> None:
        if self._writer is not None:
            self._writer.join()
            self._writer = None

    def _wait_unless_writing(self) -> None:
        if threading.current_thread() is not self._writer:
            self._wait()

    def _warn(self, outcome: str) -> None:
        """Say what could not be written, once until it can be."""
        problem, self._problem = self._problem, None
        if problem is not None and not self._is_told:
            self._is_told = True
            warnings.warn(f"{problem}: {outcome}", TrainingWarning, stacklevel=3)

    def _write(self, epoch: int, state: State, num_left: int) -> None:
        sizes = self._sizes(state)
        num_bytes = sum(sizes)
        if not self._folder.is_symlink() and self._folder.is_dir():
            for leftover in self._folder.glob("*.tmp"):  # of a process that was killed
                remove_tree(leftover)
        while True:
            try:
                self._write_once(epoch, state, sizes)
            except UnwrittenError as error:
                if error.is_lack_of_space and self.make_room(num_bytes, num_left=num_left):
                    continue
                self._problem = error
                return
            self._whole = [*self._whole, epoch][-_NUM_KEPT:]
            self._num_bytes = files_bytes(_path(self._folder, epoch))
            self._is_told, self._problem = False, None
            for other, path in _on_disk(self._folder):
                if other not in self._whole:
                    remove_tree(path)
            return

    def _sizes(self, state: State) -> list[int]:
        """Return how large the files of a state will be: about, until there is a checkpoint."""
        sizes = file_sizes(state)
        return [size * self._num_bytes // sum(sizes) for size in sizes] if self._num_bytes else sizes

    def _write_once(self, epoch: int, state: State, sizes: Sequence[int]) -> None:
        target = _path(self._folder, epoch)
        try:
            require_room(self._folder, sizes)
            write_checkpoint(state, target, spec_digest=digest(self._spec))
        except (OSError, RuntimeError, SafetensorError) as error:  # a full disk is each of them, by who meets it
            raise unwritten(error, f"checkpoint {target.name}", self._folder, sum(sizes)) from error


def _on_disk(folder: Path) -> list[tuple[int, Path]]:
    """Return what looks like a checkpoint, newest first; nothing where the folder is a link to somewhere else."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    names = [path.name for path in folder.iterdir() if path.name.isascii() and path.name.isdecimal()]
    epochs = sorted(map(int, names), reverse=True)
    return [(epoch, path) for epoch in epochs if (path := _path(folder, epoch)).name in names]


def _path(folder: Path, epoch: int) -> Path:
    return folder / f"{epoch:06d}"
