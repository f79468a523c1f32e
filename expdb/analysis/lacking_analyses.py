"""Which analyses the columns of a table lack, of which of its runs; and making them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from expdb.analysis.analyse_runs import analysable, analyse_run, cost_of
from expdb.catalog.analyses import AnalysisEntry, analysis_entry, analysis_settings
from expdb.catalog.analysis_settings import AnalysisSettings
from expdb.domain.analyses.metrics import analysis_of_metric
from expdb.domain.analyses.result import AnalysisResult
from expdb.domain.run import Run
from expdb.errors import DataError, NotFoundError, RunFinishedError, SpecError
from expdb.report.tables.plan import AskedTable, plan_of
from expdb.report.tables.rows import rows_of
from expdb.store.store import Store


@dataclass(frozen=True, kw_only=True)
class LackingAnalysis:
    """An analysis that a run of a table lacks, or has otherwise than most of them.

    Attributes:
        settings: with which it is to be made: those of most of the table's runs, else the defaults.
        num_forward: images that go through its network.
    """

    run: Run
    entry: AnalysisEntry
    settings: AnalysisSettings
    num_forward: int


def lacking_analyses(store: Store, asked: AskedTable) -> list[LackingAnalysis]:
    """Return what the columns of a table lack, by column, then by row. Runs that have no network here lack nothing.

    Raises:
        NotFoundError: the definition names an unknown column.
        SpecError: it is not understood.
    """
    plan = plan_of(asked, store.points)
    names = dict.fromkeys(filter(None, (analysis_of_metric(slot.known.key) for slot in plan.columns)))
    if not names:
        return []
    ids = list(dict.fromkeys(run_id for line in rows_of(store, plan).lines for run_id in line.run_ids))
    runs = sorted(store.runs(ids=ids), key=lambda run: ids.index(run.id))
    found = store.analyses.of(ids, set(names))
    lacking = []
    for name in names:
        entry = analysis_entry(name)
        results = {run_id: of_run[name] for run_id, of_run in found.items() if name in of_run}
        settings, conditions = _usual(entry, results)
        for run in runs:
            if run.id in results and results[run.id].conditions == conditions:
                continue
            try:
                analysable(run, entry)
                cost = cost_of(run, entry, settings)
            except RunFinishedError:
                continue
            if run.status == "finished":
                lacking.append(LackingAnalysis(run=run, entry=entry, settings=settings, num_forward=cost.num_forward))
    return lacking


def _usual(entry: AnalysisEntry, results: Mapping[int, AnalysisResult]) -> tuple[AnalysisSettings, str]:
    """Return the settings and conditions that most results of the current version have."""
    current = [result for result in results.values() if result.version == entry.version]
    if not current:
        return analysis_settings(entry, {}), ""
    conditions = Counter(result.conditions for result in current).most_common(1)[0][0]
    usual = next(result for result in current if result.conditions == conditions)
    return analysis_settings(entry, usual.settings), conditions


def make_lacking(
    store: Store,
    lacking: Sequence[LackingAnalysis],
    *,
    data_dir: Path,
    threads: int | None,
    tell: Callable[[str], None],
    warn: Callable[[str], None],
) -> int:
    """Make the analyses that a table lacks, one after the other; return how many could not be made.

    One that cannot be made keeps no other from being made.
    """
    num_failed = 0
    for number, one in enumerate(lacking, start=1):
        tell(f"{one.entry.name} of run {one.run.id} ({number} of {len(lacking)})")
        try:
            analyse_run(store, one.run, one.entry, one.settings, data_dir=data_dir, threads=threads)
        except (DataError, NotFoundError, RunFinishedError, SpecError) as error:
            warn(f"{one.entry.name} of run {one.run.id}: {error}")
            num_failed += 1
    return num_failed
