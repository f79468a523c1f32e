"""What a table lacks: which runs it takes, how long they take here, and training them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from expdb.domain.spec import RunSpec
from expdb.domain.table import TableDefinition
from expdb.errors import DataError, LaunchError, SpecError, TrainingError
from expdb.launch.estimate import estimate_seconds
from expdb.launch.preflight import require_means
from expdb.launch.spec_warnings import spec_warnings
from expdb.launch.train_runs import TrainingSetup, train_recorded
from expdb.report.tables.missing_runs import Gap, Gaps, find_gaps
from expdb.store.store import Store


@dataclass(frozen=True, kw_only=True)
class FillPlan:
    """What a table lacks, and how long each run of each gap will take.

    Attributes:
        seconds: of one run of each gap; None: not known.
        shown: the gaps with only those seeds that the table would show.
        why_none: which part of the table's filter leaves no run; None where it leaves some.
    """

    definition: TableDefinition
    num_seeds: int
    found: Gaps
    seconds: Sequence[float | None]
    shown: Sequence[Gap]
    why_none: str | None = None

    @property
    def num_runs(self) -> int:
        """How many runs it takes."""
        return _num_runs(self.found.gaps)

    @property
    def num_hidden(self) -> int:
        """How many of them the table would never show."""
        return self.num_runs - _num_runs(self.shown)

    @property
    def num_unknown(self) -> int:
        """How many of them no past run tells the time of."""
        pairs = zip(self.found.gaps, self.seconds, strict=True)
        return sum(len(gap.seeds) for gap, each in pairs if each is None)

    @property
    def total_seconds(self) -> float:
        """Time of those runs whose time is known."""
        pairs = zip(self.found.gaps, self.seconds, strict=True)
        return sum(each * len(gap.seeds) for gap, each in pairs if each is not None)


def plan_fill(store: Store, name: str, *, num_seeds: int) -> FillPlan:
    """Find out what a saved table lacks. Raises NotFoundError, SpecError."""
    definition = store.table(name)
    found = find_gaps(store, definition, num_seeds=num_seeds)
    return FillPlan(
        definition=definition,
        num_seeds=num_seeds,
        found=found,
        seconds=estimate_seconds(store, [gap.spec for gap in found.gaps]) if found.gaps else [],
        shown=_shown(store, definition, found.gaps),
        why_none=None if found.num_groups else store.searching.why_none(definition.where),
    )


def fill_table(store: Store, plan: FillPlan, setup: TrainingSetup) -> int:
    """Train what a table lacks and would show, one run after the other; return how many runs it still lacks.

    What cannot be trained here, and a run that fails, keeps no other from being trained.

    Raises:
        ExpdbError: nothing of it can be trained here.
        KeyboardInterrupt, Terminated: a run was stopped.
    """
    ready = _those_with_means(store, plan.shown, setup)
    num_lacking = plan.num_runs - _num_runs(ready)
    is_warned = bool(plan.definition.specs)  # these are of the table, whatever its filter
    for gap in ready:
        for spec in gap.specs:
            run_id = store.add_run_once(spec, **_labels(gap, plan.definition))
            if run_id is None:
                setup.tell(f"{gap.row} of {gap.cell}, seed {spec.seed}: somebody else runs it by now")
                continue
            try:
                train_recorded(store, run_id, spec, setup, environment=setup.describe())
            except (DataError, LaunchError, TrainingError) as error:
                setup.warn(f"run {run_id}: {error}")
                num_lacking += 1
                continue
            if not is_warned and run_id not in store.ids(plan.definition.where):
                where = plan.definition.where
                setup.warn(f"run {run_id} is not in table {plan.definition.name}: its filter is {where!r}")
                is_warned = True
    return num_lacking


def _those_with_means(store: Store, gaps: Sequence[Gap], setup: TrainingSetup) -> list[Gap]:
    """Return what can be trained here, with a warning about it and the rest. Raises ExpdbError if it is nothing."""
    ready, refused = [], []
    told, remarks = list[str](), list[str]()
    for gap in gaps:
        try:
            told += spec_warnings(gap.spec)
            spec, known = require_means(store, gap.spec, data_dir=setup.data_dir)
            remarks += known
            _require_same_code(store, gap, spec)
            ready.append(replace(gap, spec=spec))
        except (DataError, SpecError) as error:
            refused.append((gap, error))
    if not ready:
        raise refused[0][1]
    for line in dict.fromkeys(remarks):
        setup.tell(line)
    for gap, reason in refused:
        setup.warn(f"{gap.row} of {gap.cell} is left out: {reason}")
    for line in dict.fromkeys(told):
        setup.warn(line)
    return ready


def _require_same_code(store: Store, gap: Gap, spec: RunSpec) -> None:
    """Raise SpecError where a new run would be of other code than the row's, and so of another group."""
    then, now = gap.spec.model.code, spec.model.code
    is_other_group = now is not None and gap.group is not None and store.own_code.group_of(spec) != gap.group
    if then not in (None, now) or is_other_group:
        raise SpecError(
            f"the code of {spec.model.arch} is not that of its runs (digest {now}, then {then or 'another'}): "
            "put it back, or train what it is now by expdb run"
        )


def _shown(store: Store, definition: TableDefinition, gaps: Sequence[Gap]) -> list[Gap]:
    """Return the gaps with only those seeds whose runs the table's filter may let in; their results may be any."""
    if definition.specs:
        return list(gaps)
    shown = []
    for gap in gaps:
        let_in = [store.may_let_in(definition.where, spec, **_labels(gap, definition)) for spec in gap.specs]
        seeds = tuple(seed for seed, is_let_in in zip(gap.seeds, let_in, strict=True) if is_let_in)
        shown += [replace(gap, seeds=seeds)] if seeds else []
    return shown


def _labels(gap: Gap, definition: TableDefinition) -> dict[str, Any]:
    """Return group, tags and note of the runs that fill a gap."""
    labels = {"group": gap.like.group, "tags": gap.like.tags} if gap.like else {}
    return {**labels, "note": f"fills table {definition.name}"}


def _num_runs(gaps: Sequence[Gap]) -> int:
    return sum(len(gap.seeds) for gap in gaps)
