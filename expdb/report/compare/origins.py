"""What the runs of one row came from and should share: own code, commits, images. Where they do not, a note says so."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from expdb.catalog.models import is_own_model
from expdb.domain.codec import settings_digest
from expdb.domain.group import RunGroup
from expdb.domain.run import Run
from expdb.report.run_ids import runs_text

# What has to be known of the runs of a group to tell.
TOLD_FIELDS = ("code_digest", "git_commit", "git_dirty", "earlier_data_digest")
_MOST_DIGITS = 8  # of a commit


def origins_told(groups: Sequence[RunGroup]) -> Iterator[str]:
    """Yield what is to be said of where the runs of these groups came from, a sentence each."""
    own = [group for group in groups if group.run.kind == "measured" and _is_own(group.run)]
    yield from _codes(own)
    yield from _rows_of_other_code(own)
    yield from _commits(groups)
    changed = [run_id for group in groups for run_id in of_two_data(group)]
    if changed:
        yield f"Trained on two data, for the images were changed on the way: {runs_text(changed)}."


def of_two_data(group: RunGroup) -> list[int]:
    """Return the runs of a group that went on with other images than they began with."""
    if group.members:
        return [run["id"] for run in group.members if run["earlier_data_digest"] is not None]
    return [] if group.run.results.earlier_data_digest is None else list(group.run_ids) or [group.run.id]


def _codes(own: Sequence[RunGroup]) -> Iterator[str]:
    unknown: list[int] = []
    for group in own:
        codes = group.values(itemgetter("code_digest"))
        if len(group.seeds) > 1 and None in codes:
            unknown += [run["id"] for run in group.members if run["code_digest"] is None] or group.run_ids
        if len([code for code in codes if code is not None]) > 1:
            yield f"The own code of {runs_text(group.run_ids)} is not the same: their mean is of different networks."
    if unknown:
        yield f"The own code of {runs_text(unknown)} was not recorded: whether it is that of the row cannot be told."


def _rows_of_other_code(own: Sequence[RunGroup]) -> Iterator[str]:
    """Say which groups differ in nothing but the code, as their rows may look alike."""
    by_settings: dict[str, list[RunGroup]] = {}
    for group in own:
        if group.run.spec is not None and group.seeds:
            by_settings.setdefault(settings_digest(group.run.spec), []).append(group)
    for alike in by_settings.values():
        if len({group.run.group_digest for group in alike}) > 1:
            told = "; ".join(f"{runs_text(group.run_ids)}: {_code_of(group)}" for group in alike)
            yield f"Rows of the same settings differ in own code ({told})."


def _code_of(group: RunGroup) -> str:
    known = (code for code in group.values(itemgetter("code_digest")) if code is not None)
    return next((f"digest {code}" for code in known), "not recorded")


def _commits(groups: Sequence[RunGroup]) -> Iterator[str]:
    """Say which runs of a row were started from other commits; runs outside a repository say nothing."""
    apart = []
    for group in groups:
        by_commit: dict[tuple[str, bool], list[int]] = {}
        for run in group.members:
            commit, is_dirty = run["git_commit"], run["git_dirty"]
            if commit is not None:
                by_commit.setdefault((commit, bool(is_dirty)), []).append(run["id"])
        if len(by_commit) > 1:
            apart.append(by_commit)
    if apart:
        told = "; ".join(f"{runs_text(ids)} at {_commit_text(*commit)}" for commit, ids in apart[0].items())
        more = f"; and in {len(apart) - 1} more rows" if len(apart) > 2 else "; and in 1 more row"
        yield f"Commits differ within a row ({told}{more if len(apart) > 1 else ''})."


def _commit_text(commit: str, is_dirty: bool) -> str:  # noqa: FBT001 - as the runs have it
    return commit[:_MOST_DIGITS] + (" with uncommitted changes" if is_dirty else "")


def _is_own(run: Run) -> bool:
    return run.fields["arch"] is not None and is_own_model(run.fields["arch"])
