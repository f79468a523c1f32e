"""Claims: what was concluded, and what the runs say of it (`?claim_status=supported`, `?claim=K9`)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import streamlit as st

from dashboard.data.library import load_claims
from dashboard.navigation import MOST_COMPARED, link_to_comparison, link_to_run, link_to_runs
from dashboard.text import literal
from dashboard.widgets.download import csv_of_rows, offer_file
from dashboard.widgets.table import Links, ListColumn, show_table
from expdb.catalog.labels import model_aug
from expdb.domain.claim import Claim, ClaimStatus
from expdb.domain.group import RunGroup
from expdb.report.library.claims import Verdict
from expdb.report.library.markdown import claims_to_markdown
from expdb.report.mean_text import measure_text
from expdb.report.run_ids import in_order

COLORS: Mapping[ClaimStatus, Literal["green", "red", "orange", "blue", "gray"]] = {
    "supported": "green",
    "contradicted": "red",
    "confounded": "orange",
    "untested": "blue",
    "not testable": "gray",
}
ICONS: Mapping[ClaimStatus, str] = {
    "supported": ":material/check_circle:",
    "contradicted": ":material/cancel:",
    "confounded": ":material/shuffle:",
    "untested": ":material/hourglass_empty:",
    "not testable": ":material/block:",
}
STATUSES: tuple[ClaimStatus, ...] = get_args(ClaimStatus)
MOST_GROUPS = MOST_COMPARED // 2  # of a side, so that both can be compared
ALL = "all of them"
LIST = {
    "claim": ListColumn(heading="Claim", kind="text", letters=7),
    "status": ListColumn(heading="Status", kind="labels", colors=COLORS, letters=14),
    "sentence": ListColumn(heading="Sentence", kind="text", letters=47),
    "why": ListColumn(heading="Why", kind="text", letters=53),
    "source": ListColumn(heading="Source", kind="text", letters=26),
}


def show_claim(claim: Claim, verdict: Verdict) -> None:
    """Show everything about one claim: what it says, what decides it, and the runs behind that."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(verdict.status, color=COLORS[verdict.status], icon=ICONS[verdict.status])
            st.text(f"{claim.key}, from: {claim.source}", width="content")
        st.subheader(literal(claim.sentence), anchor=False)
        lines = [("Why", verdict.reason), ("Tested by", claim.tested_by), ("Known so far", claim.known)]
        for name, text in lines:
            if text and not (name == "Known so far" and text == verdict.reason):
                st.markdown(f"**{name}:** {literal(text)}")
        for small in verdict.small:
            st.markdown(f"**{small.test.metric}**: {literal(small.text)}")
            ids = [group.run.id for side in (small.a, small.b) for group in side[:MOST_GROUPS]]
            if len(ids) > 1:
                link_to_comparison(ids, f"Compare both sides by {small.test.metric}")
        if claim.test is None:
            st.caption(
                "No test is written down: the status is a person's. Write one into the claim to let runs decide."
            )
            st.code("expdb import claims FILE", language="bash")
            return
        st.caption(literal(f"The runs decide: {claim.test.metric} of B minus that of A."))
        show_side("A", claim.test.a, verdict.a)
        show_side("B", claim.test.b, verdict.b)
        ids = [group.run.id for side in (verdict.a, verdict.b) for group in side[:MOST_GROUPS]]
        if len(ids) > 1:
            link_to_comparison(ids, "Compare both sides")


def show_side(name: str, where: str, groups: Sequence[RunGroup]) -> None:
    """Show one side of a test: its filter, and the groups of runs that it gives."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{name}: {where}", width="content")
        link_to_runs(where, "All its runs")
    if not groups:
        st.caption("No finished measured run passes it yet.")
    for group in groups[:MOST_GROUPS]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{model_aug(group.run.fields)}: {mean_of(group)}", width="content")
            for run_id in group.run_ids[:10]:
                link_to_run(run_id)
    if (num_more := len(groups) - MOST_GROUPS) > 0:
        st.caption(f"and {num_more:,} more group{'' if num_more == 1 else 's'}")


def mean_of(group: RunGroup) -> str:
    """Return what a group's seeds say, as `79.05 ± 0.12 (3)`."""
    return ", ".join(measure_text(measure, sample) for measure, sample in group.samples.items())


def show_list(found: Sequence[tuple[Claim, Verdict]]) -> None:
    """Show the claims with their status and why, and buttons that show one of them."""
    rows = [(claim.key, [verdict.status], claim.sentence, verdict.reason, claim.source) for claim, verdict in found]

    def open_claim(row: int) -> None:
        st.session_state.claim = found[row][0].key

    links = Links(key="open_claim", open=open_claim)
    show_table(rows, LIST, alt="Claims with their status", links=links, height=640, lines=3, key="claims_list")


def csv_of(found: Sequence[tuple[Claim, Verdict]]) -> str:
    """Return the claims as CSV."""
    headings = ("Claim", "Status", "Sentence", "Why", "Source", "Tested by", "Runs A", "Runs B")
    rows = []
    for claim, verdict in found:
        runs = [in_order([i for group in side for i in group.run_ids]) for side in (verdict.a, verdict.b)]
        rows.append(
            (claim.key, verdict.status, claim.sentence, verdict.reason, claim.source, claim.tested_by or "", *runs)
        )
    return csv_of_rows("claims", headings, rows)


st.title("Claims")
judged = load_claims()
if not judged:
    st.info("No claims yet. Enter those that come with expdb, or your own:")
    st.code("expdb import claims\nexpdb import claims FILE", language="bash")
    st.stop()

counts = Counter(verdict.status for _, verdict in judged)
with st.container(horizontal=True, vertical_alignment="top"):
    chosen = st.pills(
        "Status",
        [status for status in STATUSES if counts[status]],
        selection_mode="multi",
        wrap=True,
        key="claim_status",
        bind="query-params",
    )
    keys = [ALL, *(claim.key for claim, _ in judged)]
    key = st.selectbox("Claim", keys, key="claim", bind="query-params", width=160)

for claim, verdict in judged:
    if claim.key == key:
        show_claim(claim, verdict)
found = [(claim, verdict) for claim, verdict in judged if not chosen or verdict.status in chosen]
told = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
st.caption(
    f"{len(found):,} of {len(judged):,} claims ({told}). Where a claim has a test, the runs that are there now decide."
)
show_list(found)
with st.container(horizontal=True):
    offer_file("claims.md", claims_to_markdown(found), key="md")
    offer_file("claims.csv", csv_of(found), key="csv")
