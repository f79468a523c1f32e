"""Claims: what was concluded, and what the runs say of it (`?claim_status=supported`, `?claim=K9`)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import pandas as pd
import streamlit as st

from dashboard.data.library import load_claims
from dashboard.widgets.basics import literal
from dashboard.widgets.run_picker import MOST_RUNS, listed
from expdb.domain.claim import Claim, ClaimStatus
from expdb.domain.group import RunGroup
from expdb.report.labels import model_aug
from expdb.report.library.claims import Verdict
from expdb.report.library.markdown import claims_to_markdown
from expdb.report.mean_text import measure_text
from expdb.report.run_list import plain_table
from expdb.report.writers.csv_json import to_csv

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
MOST_GROUPS = MOST_RUNS // 2  # of a side, so that both can be compared
ALL = "all of them"


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
            st.page_link(
                "views/compare.py",
                label="Compare both sides",
                icon=":material/compare_arrows:",
                query_params={"runs": listed(ids)},
            )


def show_side(name: str, where: str, groups: Sequence[RunGroup]) -> None:
    """Show one side of a test: its filter, and the groups of runs that it gives."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{name}: {where}", width="content")
        st.page_link("views/runs.py", label="All its runs", icon=":material/list:", query_params={"where": where})
    if not groups:
        st.caption("No finished measured run passes it yet.")
    for group in groups[:MOST_GROUPS]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{model_aug(group.run)}: {mean_of(group)}", width="content")
            for run_id in group.run_ids[:10]:
                st.page_link("views/run.py", label=f"Run {run_id}", query_params={"run": str(run_id)})
    if (num_more := len(groups) - MOST_GROUPS) > 0:
        st.caption(f"and {num_more:,} more group{'' if num_more == 1 else 's'}")


def mean_of(group: RunGroup) -> str:
    """Return what a group's seeds say, as `79.05 ± 0.12 (3)`."""
    return ", ".join(measure_text(measure, sample) for measure, sample in group.samples.items())


def open_claim(keys: Sequence[str]) -> None:
    """Show the claim whose button was pressed; a callback."""
    st.session_state.claim = keys[st.session_state.open_claim.row]


def show_list(found: Sequence[tuple[Claim, Verdict]]) -> None:
    """Show the claims with their status and why."""
    frame = pd.DataFrame(
        {
            "open": ["Open"] * len(found),
            "claim": [claim.key for claim, _ in found],
            "status": [[verdict.status] for _, verdict in found],
            "sentence": [claim.sentence for claim, _ in found],
            "why": [verdict.reason for _, verdict in found],
            "source": [claim.source for claim, _ in found],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(found) <= 12 else 640,
        row_height=74,
        column_config={
            "open": st.column_config.ButtonColumn(
                "",
                width=68,
                pinned=True,
                key="open_claim",
                on_click=open_claim,
                args=([claim.key for claim, _ in found],),
            ),
            "claim": st.column_config.TextColumn("Claim", width=64),
            "status": st.column_config.MultiselectColumn(
                "Status", options=STATUSES, color=[COLORS[status] for status in STATUSES], width=112
            ),
            "sentence": st.column_config.TextColumn("Sentence", width=330),
            "why": st.column_config.TextColumn("Why", width=370),
            "source": st.column_config.TextColumn("Source", width=190),
        },
        key="claims_list",
        alt="Claims with their status",
    )


def csv_of(found: Sequence[tuple[Claim, Verdict]]) -> str:
    """Return the claims as CSV."""
    headings = ("Claim", "Status", "Sentence", "Why", "Source", "Tested by", "Runs A", "Runs B")
    rows = []
    for claim, verdict in found:
        runs = [listed([i for group in side for i in group.run_ids]) for side in (verdict.a, verdict.b)]
        rows.append(
            (claim.key, verdict.status, claim.sentence, verdict.reason, claim.source, claim.tested_by or "", *runs)
        )
    return to_csv(plain_table("claims", headings, rows))


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
    for form, text in (("md", claims_to_markdown(found)), ("csv", csv_of(found))):
        st.download_button(
            f"Download .{form}", text, file_name=f"claims.{form}", mime="text/plain", on_click="ignore", key=form
        )
