"""Lightning's `Trainer` logs to expdb: `Trainer(logger=ExpdbLogger(dataset="cifar100"))`.

Needs Lightning, of which both packages will do: `lightning` (the extra of that name) or `pytorch_lightning`.
"""

import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping
from multiprocessing import parent_process
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from expdb.integrations.trainer_run import Resume, TrainerRun, missing_trainer
from expdb.tracking.tracked_run import TrackedRun

# Whose trainer this process has loaded: objects of one package are none of the other's classes.
_IS_OLD = "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules
try:
    if TYPE_CHECKING or not _IS_OLD:
        from lightning.pytorch import Callback
        from lightning.pytorch.loggers import Logger
        from lightning.pytorch.loggers.logger import rank_zero_experiment
        from lightning.pytorch.utilities import rank_zero_only
    else:
        from pytorch_lightning import Callback
        from pytorch_lightning.loggers import Logger
        from pytorch_lightning.loggers.logger import rank_zero_experiment
        from pytorch_lightning.utilities import rank_zero_only
except ImportError as error:
    raise missing_trainer("Lightning", "lightning", error) from error

_ENDS: Mapping[str, Literal["failed", "killed"]] = {"failed": "failed", "aborted": "killed"}


class ExpdbLogger(Logger):
    """Logs a training of Lightning as a tracked run.

    Its parameters are those given here, the hyperparameters that module and data module save, and what the trainer
    knows: the optimizer with its rates, the epochs, the precision, the seed of `seed_everything`. What is given here
    stands before what they say.

    Values of an epoch's end are those of that epoch, counted from 1; what is logged within one is of a step in it.

    The run begins when training does. It ends with the block (`with ExpdbLogger(...) as logger:`), with `finish()`,
    when another training begins with this logger, or with the process, so that `trainer.test` after `trainer.fit`
    logs to it; when training fails, at once.
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        dataset: str | None = None,
        group: str | None = None,
        name: str | None = None,
        resume: Resume = "never",
        **parameters: Any,
    ) -> None:
        """Begin nothing yet.

        Args:
            model: the name of the model; None: what the hyperparameters say, or the module's class.
            group: a label of the experiment; runs of two labels are never averaged.
            name: the run's name.
            resume: whether a run of that name goes on: `never`, `allow` or `must`.
            parameters: more of them, such as `seed=0`.
        """
        super().__init__()
        stated = {"model": model, "dataset": dataset, **parameters}
        self._tracked = TrainerRun(stated, group=group, name=name, resume=resume)
        self._hyperparameters: dict[str, Any] = {}
        self._module: Any = None
        self._epoch = 1
        self._is_within_epoch = False
        self._of_steps: set[str] = set()
        self._error: BaseException | None = None

    @property
    def name(self) -> str | None:
        """The run's name; None until it has begun."""
        return self._tracked.run.name if self._tracked.run else None

    @property
    def version(self) -> int | None:
        """The run's number; None until it has begun."""
        return self._tracked.run.id if self._tracked.run else None

    @property
    def save_dir(self) -> None:
        """None: the trainer's checkpoints stand where it puts them without a logger."""
        return

    @property
    @rank_zero_experiment
    def experiment(self) -> "_Experiment":
        """The tracked run, for `log_predictions`, `artifact`, `note`; it begins with the first use, not before."""
        return _Experiment(self)

    def tracked_run(self) -> TrackedRun:
        """Return the run, begun now if it is not yet."""
        return self._tracked.run or self._tracked.begin(*self._found())

    @rank_zero_only
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace, *_: Any, **__: Any) -> None:
        """Keep parameters for the run, which begins after that; later ones are told of and not recorded."""
        given = dict(vars(params) if isinstance(params, Namespace) else params)
        if self._tracked.run is None:
            self._hyperparameters |= given
        elif late := [key for key in given if key not in self._hyperparameters]:
            warnings.warn(
                f"hyperparameters {', '.join(map(str, late))} came after the run began, and are not recorded: "
                "give them to ExpdbLogger(...)",
                stacklevel=2,
            )

    @rank_zero_only
    def log_graph(self, model: Any, input_array: Any = None) -> None:  # noqa: ARG002 - Lightning's signature
        """Begin the run: the trainer calls this when all is set up."""
        trainer = model.trainer
        if not any(isinstance(callback, _Position) and callback.logger is self for callback in trainer.callbacks):
            trainer.callbacks.append(_Position(self))
        if trainer.training or trainer.sanity_checking or self._tracked.run is None:
            self._module, self._epoch, self._error = model, 1, None
            self._of_steps.clear()
            self._tracked.begin(*self._found())

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log values: of the epoch that just ended, or of a step within one."""
        values = dict(metrics)
        epoch = values.pop("epoch", None)
        if epoch is not None and self._is_fitting():
            self._epoch = int(epoch) + 1  # Lightning counts from 0
        if self._is_within_epoch or epoch is None:
            self._of_steps.update(values)
        # One curve is by steps or by epochs: what was of a step once stays so.
        by_step = {name: values.pop(name) for name in list(values) if name in self._of_steps}
        if by_step:
            self.tracked_run().log(by_step, epoch=self._epoch, step=step)
        if values:
            self.tracked_run().log(values, epoch=self._epoch)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Keep in mind that the trainer is done; end the run where it failed."""
        if status == "success" and parent_process() is not None:
            self._tracked.end("finished")  # the trainer has started this process, and ends it without another word
        elif status == "success":
            self._tracked.trained()
        else:
            self._tracked.end(self._error or _ENDS.get(status, "failed"))

    @rank_zero_only
    def finish(self) -> None:
        """End the run: for notebooks, where no block does."""
        self._tracked.end("finished")

    def mark_position(self, *, is_within_epoch: bool) -> None:
        """Say whether what is logged next is of a step within an epoch."""
        self._is_within_epoch = is_within_epoch

    def keep_error(self, error: BaseException) -> None:
        """Keep what ends the training, which the trainer does not say when it finalizes."""
        self._error = error

    def __enter__(self) -> Self:
        self._tracked.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._tracked.__exit__(kind, error, traceback)

    def _is_fitting(self) -> bool:
        trainer = getattr(self._module, "_trainer", None)
        return trainer is None or trainer.training or trainer.validating or trainer.state.fn == "fit"

    def _found(self) -> Iterator[Mapping[str, Any]]:
        """Yield what module and trainer know, and what the hyperparameters say, which stand before that."""
        if self._module is not None:
            yield {"model": type(self._module).__name__}
        yield {"seed": _seed()} | _known_of(getattr(self._module, "_trainer", None))
        yield self._hyperparameters


class _Experiment:
    """Stands for the run: the trainer looks at a logger's experiment before it knows the hyperparameters."""

    def __init__(self, logger: ExpdbLogger) -> None:
        self._logger = logger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger.tracked_run(), name)


class _Position(Callback):
    """Tells the logger where in an epoch the trainer is, which the values themselves do not say."""

    def __init__(self, logger: ExpdbLogger) -> None:
        self.logger = logger

    def on_train_batch_end(self, trainer: Any, *_: Any, **__: Any) -> None:  # noqa: ARG002 - Lightning's signature
        """Of a step, until the epoch ends."""
        self.logger.mark_position(is_within_epoch=True)

    def on_validation_start(self, trainer: Any, *_: Any, **__: Any) -> None:
        """Of the epoch, unless there are several validations in one."""
        every = trainer.val_check_batch if trainer.state.fn == "fit" else None  # batches; None before the first one
        is_several = every is not None and every < trainer.num_training_batches
        self.logger.mark_position(is_within_epoch=is_several)

    def on_train_epoch_end(self, trainer: Any, *_: Any, **__: Any) -> None:  # noqa: ARG002
        """Of the epoch."""
        self.logger.mark_position(is_within_epoch=False)

    def on_test_start(self, trainer: Any, *_: Any, **__: Any) -> None:  # noqa: ARG002
        """Of the last epoch."""
        self.logger.mark_position(is_within_epoch=False)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:  # noqa: ARG002
        """Is called before the loggers are told that it failed."""
        self.logger.keep_error(exception)


def _seed() -> int | None:
    """Return what `seed_everything` was called with."""
    seed = os.environ.get("PL_GLOBAL_SEED", "")
    return int(seed) if seed.isdigit() else None


def _known_of(trainer: Any) -> dict[str, Any]:
    """Return what a trainer and its optimizer do, as far as it decides what comes out."""
    if trainer is None:
        return {}
    found: dict[str, Any] = {
        "trainer.max_epochs": trainer.max_epochs if (trainer.max_epochs or -1) > 0 else None,
        "trainer.max_steps": trainer.max_steps if trainer.max_steps > 0 else None,
        "trainer.precision": str(trainer.precision),
        "trainer.accumulate_grad_batches": trainer.accumulate_grad_batches,
        "trainer.gradient_clip_val": trainer.gradient_clip_val,
        "trainer.world_size": trainer.world_size,
    }
    if len(trainer.optimizers) == 1:
        optimizer = trainer.optimizers[0]
        found["optimizer.name"] = type(optimizer).__name__.lower()
        for name in ("lr", "momentum", "weight_decay"):
            # A schedule has set the first rate already; groups with rates of their own have no common one.
            values = {group.get(f"initial_{name}", group.get(name)) for group in optimizer.param_groups}
            found[f"optimizer.{name}"] = values.pop() if len(values) == 1 else None
    return found
