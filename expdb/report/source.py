"""What a table is built from. The store is one such source; reports know no other thing about it."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from expdb.domain.analyses.result import AnalysisResult
from expdb.domain.group import GroupHeads, Measure, RunGroup
from expdb.domain.metric import Metric
from expdb.domain.points import MetricSummary
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.domain.table import Where

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from expdb.data.outcomes import Outcomes


class Correctness(Protocol):
    """Per-image correctness of runs on the test split."""

    def __call__(self, run_id: int, /) -> "npt.NDArray[np.bool_] | None":
        """Return whether a run was right about each image, (N,) bool; None where that is not on this machine."""

    def outcomes(self, run_id: int, field: str, /) -> "Outcomes | None":
        """Return what a run got of every item of the test split, by the field of a run; None likewise."""


class MergedNumbers(Protocol):
    """A database that was merged into the source."""

    @property
    def label(self) -> str:
        """How messages name it."""

    @property
    def numbers(self) -> Mapping[int, int]:
        """The id of a run here, by the one it had there."""


class MergedSources(Protocol):
    """What a source knows of the databases that were merged into it."""

    def merged(self, uuid: str, /) -> MergedNumbers | None:
        """Return the one whose uuid begins so."""


class OwnCodeSource(Protocol):
    """What a source knows of the groups of runs of the user's own code."""

    def group_of(self, spec: RunSpec, /) -> str:
        """Return the digest of the group that a run of this spec would be of."""

    def groups_of_settings(self, spec: RunSpec, /) -> Sequence[str]:
        """Return the digests of the groups of a spec's settings, whatever their code."""


class FilterSearch(Protocol):
    """What a source tells of filters beside the runs that they let through."""

    def why_none(self, where: Where, /) -> str | None:
        """Return in one line which part of filters leaves no run; None where some run passes."""


class MeasuredPoints(Protocol):
    """What a source knows of whatever is measured that has no column of its own."""

    def metrics(self) -> Mapping[str, Metric]:
        """Return the metrics that are no task's, by name."""

    def logged(self, run_ids: Sequence[int], /) -> Mapping[str, set[int]]:
        """Return which of these runs have values of a metric that has no column, by its name."""

    def summaries(self, run_ids: Sequence[int], /) -> Mapping[int, Mapping[str, MetricSummary]]:
        """Return what sums the points of runs up, by run and metric."""


class AnalysisSource(Protocol):
    """What a source knows of analyses of its runs."""

    def of(
        self, run_ids: Sequence[int], names: Collection[str] | None = None
    ) -> Mapping[int, Mapping[str, AnalysisResult]]:
        """Return the results of runs, by run and name: of these analyses, if given."""


class TableSource(Protocol):
    """Where runs come from; `expdb.store.store.Store` has these methods, and says what they raise."""

    @property
    def uuid(self) -> str:
        """What names the database everywhere."""

    @property
    def own_code(self) -> OwnCodeSource:
        """The groups of runs of the user's own code."""

    @property
    def points(self) -> MeasuredPoints:
        """Whatever is measured that has no column of its own."""

    @property
    def analyses(self) -> AnalysisSource:
        """What analyses found of its runs."""

    @property
    def searching(self) -> FilterSearch:
        """Why filters find no run."""

    @property
    def merging(self) -> MergedSources:
        """The databases that were merged into it."""

    def runs(
        self,
        where: Where = "",
        *,
        ids: Collection[int] | None = None,
        sort: Sequence[str] = (),
        limit: int | None = None,
        include_removed: bool = False,
    ) -> Sequence[Run]:
        """Return the runs that a filter holds for."""

    def groups(
        self,
        where: str = "",
        measures: Sequence[Measure] = (),
        *,
        keys: Collection[str] | None = None,
        fields: Collection[str] = (),
    ) -> Sequence[RunGroup]:
        """Return the runs that a filter holds for, in groups that differ only in the seed."""

    def heads(
        self, where: Where, measures: Sequence[Measure], *, fields: Sequence[str], is_single: bool = False
    ) -> GroupHeads:
        """Return what decides where groups, or single runs, stand in a table."""

    def ids(self, where: Where) -> set[int]:
        """Return the ids of the runs that a filter holds for."""

    def reported_rows(self, document: str) -> Mapping[str, Run]:
        """Return the rows that were imported from a document, by their keys (see `written.row_identity`)."""

    def values(self, run_ids: Sequence[int], measure: Measure) -> Mapping[int, float]:
        """Return a measure of single runs, by id."""
