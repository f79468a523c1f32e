"""The trainer: a generator of events. It knows nothing of databases, commands or launchers."""

import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

import torch

from expdb.data.cpus import CpuWatch
from expdb.data.image_folders import ImageFiles
from expdb.data.predictions import Predictions
from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES
from expdb.domain.events import EpochEnded, Evaluated, Event, RunFinished, RunStarted
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError, TrainingError, UnwrittenError
from expdb.train.checkpoint import Checkpoints
from expdb.train.checkpoint_fit import load_fitting
from expdb.train.checkpoint_state import written_bytes
from expdb.train.device import choose_device, describe_device, peak_memory_bytes
from expdb.train.distributed import joined, max_over, sum_over, team_of, wait_for_all
from expdb.train.engine import Engine, make_engine
from expdb.train.epoch import TrainedEpoch, train_epoch
from expdb.train.evaluate import Evaluations, evaluate
from expdb.train.finite import require_finite, require_finite_training, require_finite_weights
from expdb.train.input.fingerprint import data_digest
from expdb.train.input.splits import find_data, load_data
from expdb.train.model.count import ModelSummary, describe_model
from expdb.train.model.pretrained import file_of_weights, find_pretrained
from expdb.train.model.teacher import RunFolders
from expdb.train.results import (
    PREDICTIONS_FILE,
    WEIGHTS_FILE,
    require_room_for_run,
    what_to_do,
    write_results,
)
from expdb.train.threads import use_threads
from expdb.train.torch_errors import run_error_of

NO_TEACHERS: RunFolders = MappingProxyType({})


def train(
    spec: RunSpec,
    *,
    data_dir: Path,
    out_dir: Path,
    teachers: RunFolders = NO_TEACHERS,
    resume: bool = False,
    checkpoint_seconds: float = 60 * DEFAULT_CHECKPOINT_MINUTES,
    threads: int | None = None,
) -> Generator[Event]:
    """Train and evaluate as the spec says; weights and predictions go into `out_dir`, checkpoints until then.

    Yields `RunStarted`, `Progress` about every half second, `EpochEnded` after every epoch, and `RunFinished`. A spec
    of no epochs trains nothing: then there is one `Evaluated` instead of epochs.
    With several processes (see `distributed`) each yields the same events, but for `Progress`, which is its own.
    Errors are raised, not yielded. Closing the generator ends its loader processes and writes the last finished
    epoch as a checkpoint; so does an error, but a KeyboardInterrupt raised inside leaves at once. Where all epochs are
    trained already, `first_epoch` is one more than there are, and no epoch is told again.

    Args:
        spec: what to do.
        data_dir: where datasets are.
        out_dir: the run's own folder.
        teachers: spec and final weights of the runs that `model.init_from` and `distill.teacher` name, by id.
        resume: go on from the newest whole checkpoint in `out_dir`, from the beginning where there is none. On a
            CPU, with as many threads, every later result is the same to the bit as without the break.
        checkpoint_seconds: least time between two checkpoints; 0: one after every epoch.
        threads: CPU threads to compute with; None: as many as `OMP_NUM_THREADS` says, else as help and are free.

    Raises:
        SpecError: the model, the optimizer or the device cannot be had with these settings.
        DataError: images are missing or broken.
        TrainingError: a loss or a logit is not finite, in training or in evaluation (`diverged`), or memory ran out
            (`out of memory`).
        UnwrittenError: there is no room for weights and predictions (`disk full`), or they cannot be written.
    """
    cpus, team = CpuWatch(), team_of(spec)
    device = choose_device(spec, local_rank=team.local_rank)
    with _translated(spec), joined(team, device):
        summary = describe_model(spec)
        if spec.model.code not in (None, summary.code):  # another process may have loaded another state of the files
            raise SpecError(
                f"the code of {spec.model.arch} has digest {summary.code}, not {spec.model.code} as recorded"
            )
        if team.is_first:
            find_data(spec, data_dir)
        wait_for_all(team)
        data = load_data(spec, data_dir)
        digest_of_data, picture_counts = data_digest(data), data.picture_counts
        why_not_more = use_threads(
            threads,
            num_macs=_macs_of_step(spec, summary),
            has_loaders=isinstance(data.train, ImageFiles),
            device=device,
            num_free=cpus.num_free,
        )
        engine = make_engine(spec, data, team=team, device=device, teachers=teachers)
        del data  # the engine holds what it needs, on its device
        checkpoints = Checkpoints(out_dir, spec, seconds=checkpoint_seconds)
        num_done = _restore(engine, checkpoints) if resume else 0
        if team.is_first:
            if not resume:
                checkpoints.discard()
            require_room_for_run(engine, checkpoints, out_dir)
        yield _started(
            engine,
            summary,
            digest_of_data=digest_of_data,
            picture_counts=picture_counts,
            first_epoch=num_done + 1,
            why_not_more_threads=why_not_more,
        )
        try:
            predictions = yield from (_epochs(engine, checkpoints, num_done) if spec.is_trained else _evaluated(engine))
            if team.is_first:
                write_results(engine, predictions, checkpoints, out_dir)
            wait_for_all(team)
            yield RunFinished(weights_file=WEIGHTS_FILE, predictions_file=PREDICTIONS_FILE)
        except UnwrittenError as error:
            checkpoints.finish()
            raise what_to_do(error, checkpoints, spec) from error
        except (Exception, SystemExit, GeneratorExit):
            # Not for a KeyboardInterrupt: someone wants to leave without waiting for a disk.
            checkpoints.finish()
            raise
        if team.is_first:
            checkpoints.discard()  # not before the run is recorded as finished


def _restore(engine: Engine, checkpoints: Checkpoints) -> int:
    """Put the engine into the state of the newest whole checkpoint, and return its epoch (0: there is none)."""
    # The first process decides, so that all go on from the same one.
    team, model_bytes = engine.team, written_bytes(engine.state_dict())
    found = checkpoints.restore(partial(load_fitting, engine), model_bytes=model_bytes) if team.is_first else 0
    epoch = int(max_over(team, [float(found)], engine.device)[0])
    if epoch and not team.is_first:
        engine.load_state_dict(checkpoints.read(epoch, model_bytes=model_bytes))
    return epoch


def _epochs(engine: Engine, checkpoints: Checkpoints, num_done: int) -> Generator[Event, None, Predictions]:
    """Train the epochs after `num_done`; return what the last one said about the test images."""
    last = engine.spec.epochs
    if num_done == last:
        if engine.team.is_first:
            checkpoints.hold(last, engine.state_dict())  # it may have to give way to the results, and be written again
        test = yield from evaluate(engine, "test", epoch=last)
        require_finite(engine, last, {"test": test})
        return test.predictions
    for epoch in range(num_done + 1, last):
        yield from _one_epoch(engine, checkpoints, epoch)
        if engine.team.is_first:
            checkpoints.keep()
    found = yield from _one_epoch(engine, checkpoints, last)  # its state stays as it is: no copy of it is needed
    return found["test"].predictions


def _evaluated(engine: Engine) -> Generator[Event, None, Predictions]:
    """Evaluate a network that is not trained here; return what it said about the test images."""
    test = yield from evaluate(engine, "test", epoch=0)
    require_finite(engine, 0, {"test": test})
    yield Evaluated(
        test_loss=test.loss,
        top1=test.top1,
        top5=test.top5,
        eval_seconds=test.seconds,
        peak_memory_bytes=peak_memory_bytes(engine.device),
    )
    return test.predictions


def _macs_of_step(spec: RunSpec, summary: ModelSummary) -> int | None:
    """Return the multiply-accumulates of a step's forward passes in one process."""
    return summary.macs and summary.macs * (spec.batch_size // spec.gpus)


def _started(
    engine: Engine,
    summary: ModelSummary,
    *,
    digest_of_data: str,
    picture_counts: Mapping[str, int] | None,
    first_epoch: int,
    why_not_more_threads: str,
) -> RunStarted:
    info = describe_device(engine.device)
    weights = find_pretrained(engine.spec) or file_of_weights(engine.spec)
    return RunStarted(
        num_params=summary.num_params,
        num_trainable_params=summary.num_trainable_params,
        macs=summary.macs,
        device=engine.device.type,
        device_name=info.name,
        driver=info.driver,
        num_devices=engine.team.size,
        num_threads=torch.get_num_threads(),
        why_not_more_threads=why_not_more_threads,
        precision=engine.precision,
        batch_size_per_device=engine.spec.batch_size // engine.team.size,
        num_train_images=engine.num_train if engine.spec.is_trained else None,
        num_val_images=engine.num_val if engine.spec.is_trained else None,
        num_test_images=engine.num_test,
        data_digest=digest_of_data,
        picture_counts=picture_counts,
        first_epoch=first_epoch,
        pretrained_tag=weights.tag if weights else None,
        pretrained_digest=weights.digest() if weights else None,
    )


def _one_epoch(engine: Engine, checkpoints: Checkpoints, epoch: int) -> Generator[Event, None, Evaluations]:
    """Train, evaluate where the spec asks for it, report; return what was found, by split.

    The state is held while the epoch is told, and not written before: a checkpoint is of an epoch that everybody knows,
    and who stops here loses none.

    Raises:
        TrainingError: a loss, a logit or a weight is not finite; the epoch is told without what was evaluated.
    """
    trained = yield from train_epoch(engine, epoch)
    found: Evaluations = {}
    seconds = 0.0
    try:
        require_finite_training(engine, epoch, trained)
        if is_evaluated(engine.spec, epoch):
            for split in engine.eval_splits:
                found[split] = yield from evaluate(engine, split, epoch=epoch, trained=trained)
                seconds += found[split].seconds
                require_finite(engine, epoch, found)
        else:
            require_finite_weights(engine, epoch)
    except TrainingError:
        yield _ended(engine, epoch, trained=trained, found={}, eval_seconds=seconds)
        raise
    if engine.team.is_first:
        checkpoints.hold(epoch, engine.state_dict())
    yield _ended(engine, epoch, trained=trained, found=found, eval_seconds=seconds)
    return found


def is_evaluated(spec: RunSpec, epoch: int) -> bool:
    """Tell whether the model is evaluated after an epoch (1-based): after every k-th, and after the last."""
    return epoch % spec.eval.every == 0 or epoch == spec.epochs


def _ended(engine: Engine, epoch: int, *, trained: TrainedEpoch, found: Evaluations, eval_seconds: float) -> EpochEnded:
    val, test = found.get("val"), found.get("test")
    own = [trained.seconds, eval_seconds, float(peak_memory_bytes(engine.device))]
    train_seconds, eval_seconds, memory = max_over(engine.team, own, engine.device)
    computing = torch.tensor([trained.cpu_seconds, trained.wait_seconds], dtype=torch.float64, device=engine.device)
    cpu_seconds, wait_seconds = sum_over(engine.team, computing).tolist()
    return EpochEnded(
        epoch=epoch,
        train_loss=trained.loss,
        test_loss=test.loss if test else None,
        top1=test.top1 if test else None,
        top5=test.top5 if test else None,
        val_loss=val.loss if val else None,
        val_top1=val.top1 if val else None,
        lr=trained.lr,
        train_seconds=train_seconds,
        cpu_seconds=cpu_seconds,
        cpu_wait_seconds=None if math.isnan(wait_seconds) else wait_seconds,
        eval_seconds=eval_seconds,
        images_per_second=trained.num_images / train_seconds,
        peak_memory_bytes=int(memory),
    )


@contextmanager
def _translated(spec: RunSpec) -> Iterator[None]:
    """Turn torch's own complaints, and the end of the program, into errors that a user can act on."""
    try:
        yield
    except (Exception, SystemExit) as error:
        known = run_error_of(error, spec)
        if known is None:
            raise
        raise known from error
