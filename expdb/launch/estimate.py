"""How long runs will take on this machine, told by past ones."""

import json
from collections.abc import Sequence
from functools import cache
from statistics import fmean

from expdb.catalog.datasets import DATASETS
from expdb.domain.codec import settings_digest
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.store.store import Store

_MOST_RUNS = 500  # of a model, the newest


def estimate_seconds(store: Store, specs: Sequence[RunSpec]) -> list[float | None]:
    """Return how many seconds of wall time each run will take here; None where no past run tells.

    As long as the runs that differ only in the seed took, on the same kind and number of devices. Without such runs,
    as long per training image and epoch as runs of the same model at the same image size took.
    """

    @cache
    def past(model: str, device: str, num_devices: int) -> list[Run]:
        where = f"kind = measured and status = finished and model = {json.dumps(model, ensure_ascii=False)}"
        where += f" and device = {device} and num_devices = {num_devices} and wall_seconds > 0"
        found = store.runs(where, sort=["-id"], limit=_MOST_RUNS)
        return [run for run in found if run.model == model]  # the filter does not look at case

    return [_estimate(spec, past(spec.model.name, _device_of(spec), spec.gpus)) for spec in specs]


def _estimate(spec: RunSpec, past: Sequence[Run]) -> float | None:
    same = [run for run in past if _settings_of(run) == settings_digest(spec)]
    if same:
        return fmean(run.results.wall_seconds or 0.0 for run in same)
    similar = [run for run in past if run.fields["img_size"] == spec.data.img_size]
    seen = sum((run.results.num_train_images or 0) * run.results.epochs_done for run in similar)
    num_images = _num_train_images(spec, past)
    if not seen or num_images is None:
        return None
    return sum(run.results.wall_seconds or 0.0 for run in similar) / seen * num_images * spec.epochs


def _settings_of(run: Run) -> str | None:
    return run.group_digest if run.fields["code_digest"] is None or run.spec is None else settings_digest(run.spec)


def _num_train_images(spec: RunSpec, past: Sequence[Run]) -> int | None:
    """Return how many images a run trains on: as recorded of the same data, or by the catalog."""
    for run in past:
        if run.spec is not None and run.spec.data == spec.data and run.results.num_train_images:
            return run.results.num_train_images
    entry = DATASETS.get(spec.data.dataset)
    if entry is None or entry.num_train is None:
        return None
    num_left = entry.num_train - round(spec.data.val_fraction * entry.num_train)
    return num_left if spec.data.limit is None else min(num_left, spec.data.limit)


def _device_of(spec: RunSpec) -> str:
    """Return the kind of device that the spec is trained on here; what it asks for where that is not there."""
    from expdb.train.device import choose_device  # torch: seconds to import

    try:
        return choose_device(spec).type
    except SpecError:
        return spec.device
