"""Analyse recorded runs: what it will cost, the work, and the result beside what training measured."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expdb.analysis.stored_arrays import write_arrays
from expdb.analysis.stored_predictions import stored_predictions
from expdb.catalog.analyses import AnalysisEntry
from expdb.catalog.analysis_settings import AnalysisSettings
from expdb.catalog.class_names import names_of_classes
from expdb.data.run_files import run_file
from expdb.domain.analyses.result import AnalysisResult
from expdb.domain.own_package import DISTRIBUTION
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, RunFinishedError
from expdb.store.store import Store

if TYPE_CHECKING:
    from expdb.analysis.network import Network
    from expdb.analysis.subject import Found, Subject


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What an analysis of one run takes.

    Attributes:
        num_images: of the test split, that are looked at.
        num_forward: images that go through the network.
        num_macs: multiply-accumulates of these together; None where the network's are not known.
    """

    num_images: int
    num_forward: int
    num_macs: int | None


def analysable(run: Run, entry: AnalysisEntry) -> RunSpec:
    """Return the spec of a run that can be analysed so.

    Raises:
        RunFinishedError: there is no network of it here, or it is not finished.
    """
    if run.spec is None:
        raise RunFinishedError(f"run {run.id} is {run.kind}: there is no network here that could be analysed")
    if entry.needs == "network" and run.weights_file is None:
        raise RunFinishedError(f"run {run.id} is {run.status} and has no final weights: analyse a finished one")
    return run.spec


def cost_of(run: Run, entry: AnalysisEntry, settings: AnalysisSettings) -> Cost:
    """Return what an analysis of a run would take.

    Raises:
        RunFinishedError: it cannot be analysed.
    """
    spec = analysable(run, entry)
    split = run.fields["num_test_images"] or 0
    num_images = min(settings.images or split, split) if split else settings.images
    if entry.needs != "network":
        return Cost(num_images=num_images, num_forward=0, num_macs=None)
    num_forward: int = _function(entry, "num_forward")(settings, num_images, spec=spec)
    macs = run.fields["macs"]
    return Cost(num_images=num_images, num_forward=num_forward, num_macs=None if macs is None else macs * num_forward)


def analyse_run(
    store: Store,
    run: Run,
    entry: AnalysisEntry,
    settings: AnalysisSettings,
    *,
    data_dir: Path,
    device: str = "cpu",
    threads: int | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> AnalysisResult:
    """Analyse one run, and record what is found; until then nothing of it is stored.

    Args:
        store: where the run is.
        run: it.
        entry: which analysis.
        settings: of the analysis.
        data_dir: where datasets and further data are.
        device: cpu or cuda.
        threads: CPU threads to compute with; None: as torch has them.
        tell: called with the number of images that went through the network so far.

    Raises:
        RunFinishedError: the run cannot be analysed.
        NotFoundError: it kept no predictions, which the analysis needs.
        SpecError: the network has not what the analysis looks at, or its code is another by now.
        DataError: weights, images or further data cannot be read.
    """
    started = time.perf_counter()
    subject = _subject(store, run, entry, settings, data_dir=data_dir, device=device, threads=threads, tell=tell)
    found = _computed(entry, settings, subject)
    result = _result(
        entry,
        settings,
        subject,
        found,
        started=started,
        device=device,
        arrays=write_arrays(store, run, entry.name, found.arrays),
    )
    store.analyses.save(run.id, result, epoch=run.results.epochs_done or 1)
    return result


def analyse_architecture(
    spec: RunSpec, entry: AnalysisEntry, settings: AnalysisSettings, *, data_dir: Path
) -> AnalysisResult:
    """Analyse a network that nobody has trained; nothing is recorded, and what is too large to print is left out.

    Raises:
        SpecError: the network cannot be built, or does not take these images.
    """
    from expdb.analysis.subject import Subject

    started = time.perf_counter()
    subject = Subject(spec=spec, data_dir=data_dir)
    return _result(
        entry, settings, subject, _computed(entry, settings, subject), started=started, device="cpu", arrays=None
    )


def _result(
    entry: AnalysisEntry,
    settings: AnalysisSettings,
    subject: "Subject",
    found: "Found",
    *,
    started: float,
    device: str,
    arrays: str | None,
) -> AnalysisResult:
    network, run = subject.own_network, subject.run
    has_data = entry.needs != "architecture"
    own_digest = run.fields["data_digest"] if run is not None and has_data else None
    return AnalysisResult(
        name=entry.name,
        version=entry.version,
        package=version(DISTRIBUTION),
        settings=settings.model_dump(mode="json"),
        dataset=subject.spec.data.dataset if has_data else None,
        data_digest=found.data_digest or (network.data_digest if network else own_digest),
        num_images=found.num_images if found.num_images is not None else (len(network.images) if network else 0),
        num_forward=network.num_forward if network else 0,
        seconds=time.perf_counter() - started,
        device=device if network else "cpu",
        made_at=datetime.now(UTC),
        values=found.values,
        charts=found.charts,
        listings=found.listings,
        arrays_file=arrays,
        notes=found.notes,
    )


def _subject(
    store: Store,
    run: Run,
    entry: AnalysisEntry,
    settings: AnalysisSettings,
    *,
    data_dir: Path,
    device: str,
    threads: int | None,
    tell: Callable[[int], None],
) -> "Subject":
    from expdb.analysis.subject import Subject

    spec = analysable(run, entry)
    network = None
    if entry.needs == "network":
        network = _network(store, run, spec, settings, data_dir=data_dir, device=device, threads=threads)
        network.tell = tell
    return Subject(
        spec=spec,
        data_dir=data_dir,
        class_names=names_of_classes(spec.data.dataset, spec.data.num_classes),
        own_network=network,
        own_predictions=stored_predictions(store, run) if entry.needs == "predictions" else None,
        run=run,
        weights=_weights_at_hand(store, run) if entry.needs == "architecture" else None,
    )


def _weights_at_hand(store: Store, run: Run) -> Path | None:
    if run.weights_file is None:
        return None
    try:
        return run_file(store.artifact_dir(run.id), run.weights_file)
    except OSError:
        return None


def _network(
    store: Store,
    run: Run,
    spec: RunSpec,
    settings: AnalysisSettings,
    *,
    data_dir: Path,
    device: str,
    threads: int | None,
) -> "Network":
    import torch

    from expdb.analysis.network import open_network

    if threads is not None and threads != torch.get_num_threads():
        torch.set_num_threads(threads)
    folder = store.artifact_dir(run.id)
    try:
        weights = run_file(folder, str(run.weights_file))
    except OSError as error:
        path = str(folder / str(run.weights_file))
        raise DataError(f"run {run.id}: its weights {path!r} are not on this machine: copy them there") from error
    return open_network(
        spec, weights, run_id=run.id, data_dir=data_dir, most=settings.images, device=torch.device(device)
    )


def _computed(entry: AnalysisEntry, settings: AnalysisSettings, subject: "Subject") -> "Found":
    """Compute with torch's global random state as it was before: whatever is drawn has a generator of its own."""
    if entry.needs == "predictions":
        guard: Any = nullcontext()
    else:
        import torch

        guard = torch.random.fork_rng(devices=[])
    with guard:
        found: Found = _function(entry, "analyse")(subject, settings)
    odd = [key for key in found.values if key not in entry.metrics]
    assert not odd, f"{entry.name} measures {odd}, which its entry does not name"  # noqa: S101 - our own mistake
    return found


def _function(entry: AnalysisEntry, kind: str) -> Callable[..., Any]:
    module, _, name = entry.code.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name.replace("analyse", kind, 1))
    return function
