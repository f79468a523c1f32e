"""What does not fit in reported rows: a printed number against a count, two rows that may be one."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.preset_sizes import preset_sizes
from expdb.domain.run import Run
from expdb.domain.value_text import format_value
from expdb.report.compare.differences import differences, model_factors

# What timm's train.py does where nothing is said (its argument parser, version 1.0).
_TIMM_DEFAULTS = {"momentum": 0.9, "decay_rate": 0.1, "smoothing": 0.1, "color_jitter": 0.4, "weight_decay": 2e-5}
_MILLION = 1_000_000
_NEAR = 1.5  # times of an epoch at 224 px and at 32 differ by far more than this
_SLOWER = 1.1  # times per epoch of one model that are further apart than this say something of the machine


def doubts(runs: Sequence[Run]) -> list[str]:
    """Return what does not fit in the reported ones of these runs, one sentence each, in their order."""
    reported = [run for run in runs if run.kind == "reported"]
    found = [text for run in reported if (text := _printed_size(run, reported))]
    found += filter(None, [_inconsistent_sizes(reported)])
    for a, b in combinations(reported, 2):
        found += filter(None, (_may_be_one(a, b), _other_speed(a, b)))
    found += [f"{_name(run)}: “{text}” has no single reading." for run in reported for text in run.unparsed]
    found += [
        f"{_name(run)} starts with “+” and does not say which row it extends."
        for run in reported
        if run.extends_another
    ]
    for run in reported:
        found += filter(None, (_other_network(run, reported), _same_size(run, reported)))
    return found


def _printed_size(run: Run, others: Sequence[Run]) -> str | None:
    """Compare a printed number of parameters with the count of the preset of that name (100 classes)."""
    counted = _counted(model_factors(run.model))
    if run.results.num_params is None or counted is None or _fits(run.results.num_params, counted):
        return None
    twin = next(
        (
            _bare(other)
            for other in others
            if _bare(other) != _bare(run) and other.results.num_params == run.results.num_params
        ),
        None,
    )
    same = f": the row repeats {twin}'s number" if twin else ""
    return (
        f"{_name(run)}: {format_value(run.results.num_params, 'millions_cut')} parameters are printed, "
        f"{format_value(counted, 'millions')} are counted{same}."
    )


def _inconsistent_sizes(runs: Sequence[Run]) -> str | None:
    """Say where some of the printed numbers of parameters contain squeeze-and-excitation and others do not."""
    contain, lack = [], []
    for run in runs:
        factors = model_factors(run.model)
        counted, without = _counted(factors), _counted(factors | {"se": False})
        if not factors.get("se") or run.results.num_params is None or counted is None or without is None:
            continue
        printed = f"{_bare(run)}'s {format_value(run.results.num_params, 'millions_cut')}"
        if _fits(run.results.num_params, counted) and not _fits(run.results.num_params, without):
            contain.append(f"{printed} contains SE (without it {format_value(without, 'millions')} are counted)")
        elif _fits(run.results.num_params, without) and not _fits(run.results.num_params, counted):
            lack.append(f"{printed} does not")
    if not contain or not lack:
        return None
    told = ", ".join(dict.fromkeys([*contain, *lack]))
    return f"The printed numbers of parameters are not consistent: {told}."


def _counted(factors: Mapping[str, Any]) -> int | None:
    """Return how many parameters the preset has whose name says these factors (100 classes)."""
    sizes = preset_sizes()
    names = (entry.name for entry in ALIASES.values() if model_factors(entry.label) == factors)
    return next((sizes[name].num_params for name in names if name in sizes), None)


def _fits(printed: int, counted: int) -> bool:
    """Tell whether a number of millions is the count, cut or rounded."""
    return printed // _MILLION in (counted // _MILLION, round(counted / _MILLION))


def _may_be_one(a: Run, b: Run) -> str | None:
    """Say whether two rows may be one configuration, if timm's script trained them: what differs has no effect."""
    if a.results.top1 is None or b.results.top1 is None or a.extends_another or b.extends_another:
        return None
    found = differences(a, b)
    if found.unreadable or not (found.differ or found.unstated):
        return None
    reasons = []
    for key, (x, y) in found.differ.items():
        if key == "color_jitter" and a.settings.get("auto_augment") and b.settings.get("auto_augment"):
            reasons.append("color jitter is off under AutoAugment")
        elif key == "auto_augment" and x and y:
            reasons.append("which AutoAugment policy is not always named")
        else:
            return None
    for key in found.unstated:
        stated = a.settings.get(key, b.settings.get(key))
        if _TIMM_DEFAULTS.get(key) != stated:
            return None
        reasons.append(f"{key.replace('_', ' ')} {format_value(stated, 'number')} is the default")
    points = abs(a.results.top1 - b.results.top1) * 100
    return (
        f"{_name(a)} and {_name(b)} may be one configuration twice, if timm's script trained them "
        f"({'; '.join(reasons)}): their {points:.2f} points are then the noise between two runs."
    )


def _other_speed(a: Run, b: Run) -> str | None:
    if not _is_timed(a) or not _is_timed(b) or a.extends_another or b.extends_another:
        return None
    if model_factors(a.model) != model_factors(b.model) or (a.fields["img_size"], a.machine.num_devices) != (
        b.fields["img_size"],
        b.machine.num_devices,
    ):
        return None
    speeds = sorted((_speed(a), _speed(b)))
    if speeds[1] < _SLOWER * speeds[0]:
        return None
    return (
        f"{_name(a)} and {_name(b)}: the same model takes {speeds[0]:.1f} and {speeds[1]:.1f} s an epoch; "
        "wall time on a shared machine is no property of a model."
    )


def _other_network(run: Run, runs: Sequence[Run]) -> str | None:
    """Say where a variant of a model takes another time an epoch than the model: settings such as lr do not do that."""
    factors = model_factors(run.model)
    if "model variant" not in factors or run.extends_another or not _is_timed(run):
        return None
    plain = {key: value for key, value in factors.items() if key != "model variant"}
    others = [
        other
        for other in runs
        if model_factors(other.model) == plain
        and _is_timed(other)
        and not other.extends_another
        and (other.fields["img_size"], other.machine.num_devices) == (run.fields["img_size"], run.machine.num_devices)
    ]
    speeds = sorted(map(_speed, others))
    if not speeds or speeds[0] / _SLOWER <= _speed(run) <= speeds[-1] * _SLOWER:
        return None
    tops = [other.results.top1 for other in others if other.results.top1 is not None]
    apart = (
        f", and some of the {100 * abs(run.results.top1 - max(tops)):.2f} points between them too"
        if run.results.top1 and tops
        else ""
    )
    return (
        f"{_name(run)} takes {_speed(run):.1f} s an epoch, {_bare(others[0])} {_range(speeds)}: settings such as the "
        f"learning rate do not explain that; another network (its stem, say) or image size would{apart}."
    )


def _same_size(run: Run, runs: Sequence[Run]) -> str | None:
    """Say where the time an epoch suggests from which row one that extends another has its image size."""
    if not run.extends_another or run.fields["img_size"] is not None or not _is_timed(run):
        return None
    others = sorted(
        (
            other
            for other in runs
            if other is not run
            and _is_timed(other)
            and _is_same_model(run, other)
            and other.machine.num_devices == run.machine.num_devices
        ),
        key=lambda other: abs(math.log(_speed(other) / _speed(run))),
    )
    sized = [other for other in others if other.fields["img_size"] is not None]
    if not sized or others[0] is not sized[0]:
        return None
    near = sized[0]
    far = sorted(_speed(other) for other in others if other.fields["img_size"] != near.fields["img_size"])
    if not far or not _is_near(_speed(run), _speed(near)) or any(_is_near(_speed(run), speed) for speed in far):
        return None
    return (
        f"{_name(run)} does not state its image size; its {_speed(run):.1f} s an epoch are near the {_speed(near):.1f}"
        f" s of {_name(near)} at {near.fields['img_size']} px and far from the {_range(far)} of the other rows: "
        "it may extend that one."
    )


def _is_timed(run: Run) -> bool:
    return bool(run.results.train_seconds and run.fields["epochs"])


def _speed(run: Run) -> float:
    """Return the seconds that an epoch takes."""
    assert run.results.train_seconds is not None and run.fields["epochs"] is not None  # noqa: S101, PT018 - the callers have looked
    return float(run.results.train_seconds / run.fields["epochs"])


def _range(speeds: Sequence[float]) -> str:
    """Return sorted times in words."""
    low, high = f"{speeds[0]:.1f}", f"{speeds[-1]:.1f}"
    return f"{low} s" if low == high else f"{low} to {high} s"


def _is_near(a: float, b: float) -> bool:
    return max(a, b) < _NEAR * min(a, b)


def _is_same_model(a: Run, b: Run) -> bool:
    """Tell whether two names are of one model, as far as they say, whatever its variant."""
    left, right = ({**model_factors(run.model), "model variant": None} for run in (a, b))
    return left == right


def _bare(run: Run) -> str:
    return run.model.partition(" + ")[0]


def _name(run: Run) -> str:
    return f"{run.model} ({run.name or f'run {run.id}'})"
