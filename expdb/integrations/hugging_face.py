"""Hugging Face's `Trainer` logs to expdb: `Trainer(callbacks=[ExpdbCallback(dataset="cifar100")])`.

Needs Transformers (the extra `transformers`).
"""

import math
from dataclasses import MISSING, fields
from types import TracebackType
from typing import Any, Literal, Self

from expdb.integrations.trainer_run import Resume, TrainerRun, missing_trainer

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise missing_trainer("Hugging Face's Trainer", "transformers", error) from error

# Arguments that decide what comes out, recorded whatever they say; of the others those that are not left as they are.
_ALWAYS = (
    *("learning_rate", "num_train_epochs", "seed", "optim", "weight_decay", "lr_scheduler_type", "max_grad_norm"),
    *("gradient_accumulation_steps", "label_smoothing_factor", "bf16", "fp16"),
)
# When it says, measures and keeps something, and on which machine, changes nothing of what is learned; the images of
# a step are recorded over all devices.
_NOT_OF_ARGUMENTS = (
    *("logging_", "log_", "eval_", "save_", "hub_", "push_to_hub", "report_to", "disable_tqdm", "debug", "do_"),
    *("use_cpu", "dataloader_pin", "dataloader_num", "dataloader_pers", "dataloader_pref", "per_device_"),
    *("accelerator_config", "ddp_", "skip_memory_metrics", "torch_empty_cache", "resume_from", "project", "trackio_"),
)
# Of the model's description: what others record, or what says the same of every model of a task.
_NOT_OF_CONFIG = ("transformers_version", "architectures", "id2label", "label2id", "_name_or_path", "model_type")
_SUMMARY = "train_runtime"  # stands in what is logged once, after training


class ExpdbCallback(TrainerCallback):
    """Logs a training of Hugging Face's `Trainer` as a tracked run.

    Its parameters are those given here, the training arguments that decide what comes out or that are not left as they
    are, and the model's description. What is given here stands before what those say.

    What the arguments have logged or evaluated once an epoch is of that epoch; what every so many steps, of a step.

    The run begins when training does. It ends with the block (`with ExpdbCallback(...) as callback:`), with `finish()`,
    when another training begins with this callback, or with the process, so that `trainer.evaluate` after
    `trainer.train` logs to it. The trainer tells nobody that training failed: the block does, or the process's end.
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        dataset: str | None = None,
        eval_split: Literal["val", "test"] | None = None,
        group: str | None = None,
        name: str | None = None,
        resume: Resume = "never",
        **parameters: Any,
    ) -> None:
        """Begin nothing yet.

        Args:
            model: the name of the model; None: where its weights came from, or the kind that its description names.
            eval_split: of which images `eval_` values are; None: it is not said, so that they are never ranked.
            group: a label of the experiment; runs of two labels are never averaged.
            name: the run's name.
            resume: whether a run of that name goes on: `never`, `allow` or `must`.
            parameters: more of them.
        """
        stated = {"model": model, "dataset": dataset, **parameters}
        self._tracked = TrainerRun(stated, group=group, name=name, resume=resume)
        self._eval_split = eval_split

    @property
    def run(self) -> Any:
        """The tracked run, for `log_predictions`, `artifact`, `note`; None until training begins."""
        return self._tracked.run

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:  # noqa: ARG002
        """Begin the run."""
        if state.is_world_process_zero:
            self._tracked.begin(_of_model(model), _of_arguments(args))

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
        """Log values: of training, and of `evaluate`."""
        if logs:
            is_evaluated = any(name.startswith("eval_") for name in logs)
            strategy = args.eval_strategy if is_evaluated else args.logging_strategy
            self._log(state, logs, by_step=str(strategy.value) == "steps" and _SUMMARY not in logs)

    def on_predict(self, args: Any, state: Any, control: Any, metrics: Any = None, **_: Any) -> None:  # noqa: ARG002
        """Log what `predict` measured, which the trainer logs nowhere."""
        self._log(state, metrics or {}, by_step=False)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Keep in mind that training ended well."""
        self._tracked.trained()

    def finish(self) -> None:
        """End the run: for notebooks, where no block does."""
        self._tracked.end("finished")

    def __enter__(self) -> Self:
        self._tracked.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._tracked.__exit__(kind, error, traceback)

    def _log(self, state: Any, logs: dict[str, Any], *, by_step: bool) -> None:
        run = self._tracked.run
        if run is None or not state.is_world_process_zero:
            return
        values = {self._renamed(name, is_summary=_SUMMARY in logs): value for name, value in logs.items()}
        epoch = max(1, math.ceil(values.pop("epoch", None) or state.epoch or 0))  # 0.5 is within the first
        run.log(values, epoch=epoch, step=state.global_step if by_step else None)

    def _renamed(self, name: str, *, is_summary: bool) -> str:
        """Return a value's name with its split, as far as it is said."""
        if name.startswith("eval_") and self._eval_split is not None:
            return f"{self._eval_split}_{name.removeprefix('eval_')}"
        if is_summary and name == "train_loss":
            return "train/mean_loss"  # over all steps of all epochs
        return "train_loss" if name == "loss" else name


def _of_arguments(args: Any) -> dict[str, Any]:
    """Return the training arguments that count, and the images of a step over all devices."""
    told = args.to_dict()  # enumerations as text, tokens hidden
    found = {name: told[name] for name in _ALWAYS if name in told}
    found["batch_size"] = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    if args.max_steps > 0:
        found["max_steps"] = args.max_steps
    for field in fields(args):
        default = field.default if field.default_factory is MISSING else field.default_factory()
        value = getattr(args, field.name)
        is_as_it_was = value == default or not (value or default)
        if field.name in told and not is_as_it_was and not field.name.startswith(_NOT_OF_ARGUMENTS):
            found.setdefault(field.name, told[field.name])
    epochs = found.get("num_train_epochs")
    if isinstance(epochs, float) and math.isfinite(epochs) and epochs.is_integer():
        found["num_train_epochs"] = int(epochs)
    return found


def _of_model(model: Any) -> dict[str, Any]:
    """Return the model's name and what its description says that is not left as it is."""
    config = getattr(model, "config", None)
    if config is None:
        return {"model": type(model).__name__} if model is not None else {}
    told = config.to_diff_dict() if hasattr(config, "to_diff_dict") else dict(config)
    name = getattr(config, "name_or_path", "") or getattr(config, "model_type", "") or type(model).__name__
    found = {f"config.{key}": value for key, value in told.items() if key not in _NOT_OF_CONFIG}
    return {"model": name, "config.num_labels": getattr(config, "num_labels", None), **found}
