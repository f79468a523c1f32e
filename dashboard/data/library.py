"""What the pages read of the library: papers, and claims with what the runs say of them."""

from dashboard.data.store import kept_until_changed, one_line_errors
from expdb.domain.claim import Claim, Paper
from expdb.report.library.claims import Verdict, claim_verdict
from expdb.store.store import Store


@one_line_errors()
@kept_until_changed(2)
def load_papers(store: Store) -> tuple[Paper, ...]:
    """Return the papers in the order of their list."""
    return tuple(store.library.papers())


@one_line_errors()
@kept_until_changed(2)
def load_claims(store: Store) -> tuple[tuple[Claim, Verdict], ...]:
    """Return the claims in the order they were entered, with what the runs say of them now."""
    return tuple((claim, claim_verdict(store, claim)) for claim in store.library.claims())
