"""A comparison of a few runs or groups, made ad hoc: its table of deltas, and what sets the runs apart."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from expdb.catalog.datasets import dataset_label
from expdb.catalog.labels import model_aug
from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.own_package import comparable_packages
from expdb.domain.run import Run
from expdb.domain.settings import told_settings
from expdb.domain.table import Adjust, ColumnChoice, Format, TableDefinition, TestName
from expdb.domain.value_text import MISSING, format_value, is_known, one_line
from expdb.report.columns import COLUMNS
from expdb.report.compare.comparability import machine_reasons, protocol_of, protocol_reasons, texts
from expdb.report.compare.differences import differences, model_factors, words_of
from expdb.report.mean_text import group_text
from expdb.report.measures import measure_of
from expdb.report.stats.power import FEWEST, smallest_detectable
from expdb.report.table import Cell, Row, Table, TableColumn
from expdb.report.testable import why_untested

NOT_STATED = MISSING
# Settings whose column of a run is called otherwise than their last part.
_FIELDS = {"optim.name": "optimizer", "schedule.name": "schedule", "aug.preset": "aug", "model.name": "model"}
Method = Literal["welch", "paired", "images"]
# How rows are compared with the baseline: what gives the interval, and what gives the p.
METHODS: Mapping[Method, tuple[TestName, TestName]] = {
    "welch": ("welch", "welch"),
    "paired": ("paired", "paired"),
    "images": ("bootstrap", "mcnemar"),
}
METHOD_WORDS: Mapping[Method, str] = {
    "welch": "Welch's t-test on the seeds",
    "paired": "t-test on seeds in pairs",
    "images": "McNemar's test and the paired bootstrap on the same test images, one run of each (top1 only)",
}
# What two runs can be compared by, and what else a comparison lists of them.
COMPARED = ("top1", "top5", "val_top1", "best_top1", "test_loss", "train_loss", "train_seconds", "images_per_second")
RESULTS = (*COMPARED[:6], "num_params", "macs", *COMPARED[6:], "gpu_hours", "wall_seconds", "peak_memory_bytes")
MEASURES: tuple[Measure, ...] = tuple(
    dict.fromkeys(measure for key in RESULTS if (measure := measure_of(COLUMNS[key])) is not None)
)
_ENVIRONMENT: dict[str, Callable[[Run], Any]] = {
    "Dataset": lambda run: dataset_label(run.dataset),
    "Data digest": lambda run: run.results.data_digest,
    "Earlier data digest": lambda run: run.results.earlier_data_digest,
    "Own code": lambda run: run.fields["code_digest"],
    "Test images": lambda run: run.results.num_test_images,
    "Device": lambda run: run.machine.device_name or run.machine.device,
    "Devices": lambda run: run.machine.num_devices,
    "Driver": lambda run: run.machine.driver,
    "Threads": lambda run: run.machine.num_threads,
    "Precision": lambda run: run.machine.precision,
    "Host": lambda run: run.environment.host,
    "Commit": lambda run: run.environment.git_commit and run.environment.git_commit[:10],
    "Uncommitted changes": lambda run: run.environment.git_dirty,
    "Python": lambda run: run.environment.python_version,
}


def line_label(run: Run) -> str:
    """Return how figures and headings call a run or the group that it stands for: `16 SENet-mini + RandAugment`."""
    return f"{run.id} {model_aug(run.fields)}"


def single_group(run: Run) -> RunGroup:
    """Return a run as a group of its own, in any state, with what is known of its results."""
    values = {measure: run.fields[measure.field] for measure in MEASURES}
    samples = {key: Sample(n=1, mean=float(value), std=None) for key, value in values.items() if is_known(value)}
    return RunGroup(run=run, seeds={run.id: run.fields["seed"]}, samples=samples)


def comparison_definition(
    groups: Sequence[RunGroup],
    base: RunGroup,
    *,
    metric: str,
    method: Method,
    is_collapsed: bool,
    adjust: Adjust = "holm",
) -> TableDefinition:
    """Return the table that compares groups with one of them, as it would be saved.

    Args:
        groups: the rows; one run each unless collapsed.
        base: the baseline, one of them.
        metric: one of COMPARED.
        method: what p and interval come from; `images` goes with top1 only.
        is_collapsed: a row is a group, of all its finished seeds.
        adjust: what is done to p for the number of comparisons.
    """
    digests = [group.run.group_digest for group in groups if is_collapsed and group.run.group_digest]
    ids = [str(group.run.id) for group in groups if not (is_collapsed and group.run.group_digest)]
    parts = [f"id in ({', '.join(ids)})"] if ids else []
    parts += [f"group_digest in ({', '.join(digests)})"] if digests else []
    of_interval, of_p = METHODS[method]
    shown: list[ColumnChoice] = [
        ColumnChoice(key="id", heading="Run"),
        ColumnChoice(key="model_aug"),
        ColumnChoice(key=metric),
        ColumnChoice(key=metric, shows="delta"),
        ColumnChoice(key=metric, shows="interval", test=of_interval, heading="95 % interval"),
        ColumnChoice(key=metric, shows="p", test=of_p, adjust=adjust),
        ColumnChoice(key="changes", heading="Differs from the baseline in"),
    ]
    return TableDefinition(
        name="comparison",
        where=" or ".join(parts),
        rows="groups" if is_collapsed else "runs",
        columns=tuple(shown),
        baseline=f"id = {base.run_ids[0] if base.run_ids else base.run.id}",
        emphasis="best",
    )


def comparability(groups: Sequence[RunGroup], base: RunGroup, keys: Sequence[str]) -> list[str]:
    """Return why groups cannot be compared with the baseline as they stand, of times also the machine: a line a reason.

    A group is called by the id of its run.

    Args:
        groups: what is compared.
        base: with what.
        keys: columns that are compared.
    """
    bases = [base] * len(groups)
    found = [texts(protocol_reasons(groups, protocol_of(), bases))]
    if any(COLUMNS[key].format == "duration" for key in keys if key in COLUMNS):
        found.append(texts(machine_reasons(groups, bases)))
    ids: dict[str, list[str]] = {}
    for group, *reasons in zip(groups, *found, strict=True):
        for reason in dict.fromkeys(filter(None, reasons)):
            ids.setdefault(reason, []).append(str(group.run.id))
    return [f"run {', '.join(named)}: {reason}" for reason, named in ids.items()]


def power_sentence(groups: Sequence[RunGroup], base: RunGroup, key: str) -> str:
    """Return what a comparison of these few seeds can show at all, in one sentence; empty where nothing is known.

    Args:
        groups: those that are compared; of those that are never tested against the baseline, and those of one seed,
            nothing is learned of the spread.
        base: the baseline, one of them.
        key: the metric, one of COMPARED.
    """
    known = COLUMNS[key]
    measure = measure_of(known)
    if measure is None or known.format == "duration":
        return ""  # times differ by the machine, not by chance
    tested = [group for group in groups if not why_untested(base, group, measure.field)]
    samples = [group.samples[measure] for group in tested if measure in group.samples]
    spread = [sample for sample in samples if sample.std is not None]
    if len(samples) < 2:
        return ""
    if not spread:
        return "One seed each: a difference may be the seed's as well as the setting's. Run more seeds of each."
    freedom = sum(sample.n - 1 for sample in spread)
    std = math.sqrt(sum((sample.n - 1) * (sample.std or 0.0) ** 2 for sample in spread) / freedom)
    n = min(sample.n for sample in spread)
    if std == 0:
        return ""
    if n < FEWEST:
        return "Two seeds a side are too few to say how large a difference they could show. Run more seeds of each."
    least = smallest_detectable(std, n)
    points = " percentage points" if known.format == "percent" else ""
    seen, spread_text = (format_value(value, known.format, known.decimals) for value in (least, std))
    return (
        f"With {n} seeds a side and their pooled standard deviation of {spread_text}{points}, this comparison"
        f" could show a difference of {seen}{points} or more (found in 80 % of cases, Welch's t-test); smaller ones it"
        " mostly misses."
    )


def settings_table(groups: Sequence[RunGroup], base: RunGroup) -> Table:
    """Return the settings in which any of the groups differs from the baseline: a row a setting, a column a group."""
    found = {group.run.id: differences(base.run, group.run) for group in groups if group is not base}
    keys = list(dict.fromkeys(key for one in found.values() for key in [*one.differ, *one.unstated]))
    of_base = {key: pair[0] for one in found.values() for key, pair in one.differ.items()}
    rows: list[tuple[str, list[str]]] = []
    for key in keys:
        printed = []
        for group in groups:
            differ = {} if group is base else found[group.run.id].differ
            value = differ[key][1] if key in differ else stated(group.run, key)
            if value is None and key not in differ and _is_alike(group, base):
                value = of_base.get(key) if group is base or key not in found[group.run.id].unstated else None
            form: Format = "number" if isinstance(value, float) else "text"
            printed.append(NOT_STATED if value is None else format_value(value, form))
        # A spec and a document may call a setting by two names (`optim.lr`, `lr`): once is enough.
        is_told = any(words_of(other) == words_of(key) and texts == printed for other, texts in rows)
        if len(set(printed)) > 1 and not is_told:
            rows.append((key, printed))
    unreadable = [one_line("; ".join(group.run.unparsed)) for group in groups]
    if any(unreadable):
        rows.append(("also said, without one reading", [text or MISSING for text in unreadable]))
    return _text_table("settings", "Setting", groups, rows)


def _is_alike(group: RunGroup, base: RunGroup) -> bool:
    """Tell whether what a comparison with the baseline passes over is the same in both, not unknown in one."""
    return group is base or (group.run.kind == "reported") == (base.run.kind == "reported")


def stated(run: Run, key: str) -> Any:
    """Return what is known of a setting by any of the names that a comparison uses; None where nothing is."""
    if run.spec is not None and key in (flat := told_settings(run.spec)):
        return flat[key]
    if key in (factors := model_factors(run.model)):
        return factors[key]
    value = run.fields.get(_FIELDS.get(key, key.rpartition(".")[2]))
    return run.settings.get(key) if value is None else value


def results_table(groups: Sequence[RunGroup]) -> Table:
    """Return all that was measured of the groups: a row a quantity, a column a group."""
    rows = []
    for key in RESULTS:
        printed = [group_text(group, COLUMNS[key]) for group in groups]
        if any(text != MISSING for text in printed):
            rows.append((COLUMNS[key].heading, printed))
    return _text_table("results", "Result", groups, rows)


def environment_table(groups: Sequence[RunGroup]) -> tuple[Table, tuple[str, ...]]:
    """Return in what machine, code and data the groups differ, and the names of what is the same of all."""
    rows, same = [], []
    packages = [comparable_packages(group.run.environment.packages) for group in groups]
    facts = {name: [value_of(group.run) for group in groups] for name, value_of in _ENVIRONMENT.items()}
    names = sorted({name for of_group in packages for name in of_group})
    facts |= {name: [of_group.get(name) for of_group in packages] for name in names}
    for name, values in facts.items():
        if all(value is None for value in values):
            continue
        if len(set(values)) == 1:
            same.append(name)
        else:
            rows.append((name, [NOT_STATED if value is None else format_value(value, "text") for value in values]))
    return _text_table("environment", "Environment", groups, rows), tuple(same)


def _text_table(name: str, first: str, groups: Sequence[RunGroup], rows: Sequence[tuple[str, list[str]]]) -> Table:
    headings = [first, *(line_label(group.run) for group in groups)]
    columns = tuple(
        TableColumn(key=f"{name}{index}", heading=one_line(heading), format="text", decimals=None, align="left")
        for index, heading in enumerate(headings)
    )
    return Table(
        name=name,
        title="",
        columns=columns,
        rows=tuple(
            Row(run_ids=(), cells=tuple(Cell(value=text, text=text) for text in (key, *printed)))
            for key, printed in rows
        ),
    )
