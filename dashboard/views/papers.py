"""Papers: what was read, by week, and the runs that it stands behind (`?week=2&paper_tag=T-CUTMIX`)."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import streamlit as st

from dashboard.data.library import load_papers
from dashboard.data.paper_runs import filters_of
from dashboard.data.runs import count_runs, load_listing
from dashboard.navigation import link_to_runs
from dashboard.text import literal
from dashboard.widgets.download import csv_of_rows, offer_file
from expdb.catalog.labels import MODEL_FIELDS
from expdb.domain.claim import Paper
from expdb.report.library.markdown import papers_to_markdown

NO_WEEK = "no week"
MOST_SHOWN = 200


def linked(paper: Paper) -> str:
    """Return the title as Markdown, with its link where that is one of the web."""
    title = literal(paper.title)
    link = (paper.link or "").strip()
    is_safe = link.startswith(("https://", "http://")) and not set(link) & set(" <>()[]\"'\\\n\t")
    return f"**[{title}]({link})**" if is_safe else f"**{title}**"


def show_paper(paper: Paper, filters: Mapping[str, str]) -> None:
    """Show a paper, and links to the runs that its tags find."""
    with st.container(gap="xxsmall"):
        st.markdown(linked(paper))
        about = [paper.venue, None if paper.year is None else str(paper.year), paper.note]
        if any(about):
            st.caption(literal(" · ".join(filter(None, about))))
        if paper.tags:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                for tag in paper.tags:
                    show_tag(tag, filters.get(tag))


def show_tag(tag: str, where: str | None) -> None:
    """Show a tag: with a link to the runs that it finds, where there are any."""
    number = count_runs(where) if where else 0
    if where and number:
        words = f"{tag}: {number:,} run{'' if number == 1 else 's'}"
        link_to_runs(where, literal(words), icon=":material/science:")
    else:
        st.badge(literal(tag), color="gray")


def csv_of(papers: Sequence[Paper]) -> str:
    """Return the papers as CSV."""
    headings = ("Week", "Paper", "Venue", "Year", "Link", "Note", "Tags")
    rows = [(p.week, p.title, p.venue, p.year, p.link, p.note, ", ".join(p.tags)) for p in papers]
    return csv_of_rows("papers", headings, rows)


st.title("Papers")
papers = load_papers()
if not papers:
    st.info("No papers yet. Enter the reading list that comes with expdb, or one of your own:")
    st.code("expdb import papers\nexpdb import papers FILE", language="bash")
    st.stop()

tags = list(dict.fromkeys(tag for paper in papers for tag in paper.tags))
with st.grid(3, min_column_width=220, vertical_alignment="bottom"):
    weeks = st.multiselect(
        "Week",
        list(dict.fromkeys(paper.week or NO_WEEK for paper in papers)),
        key="week",
        bind="query-params",
        placeholder="all",
    )
    chosen = st.multiselect("Tag", sorted(tags), key="paper_tag", bind="query-params", placeholder="all")
    words = st.text_input("Words", key="words", bind="query-params", placeholder="in title, venue or note")

found = [
    paper
    for paper in papers
    if (not weeks or (paper.week or NO_WEEK) in weeks)
    and (not chosen or not set(chosen).isdisjoint(paper.tags))
    and words.casefold() in " ".join(filter(None, (paper.title, paper.venue, paper.note))).casefold()
]
st.caption(f"{len(found):,} of {len(papers):,} papers.")
if not found:
    st.info("No paper passes these filters.")
    st.stop()
found_filters = filters_of(
    (tag for paper in found for tag in paper.tags), load_listing(frozenset(("arch", *MODEL_FIELDS)))
)
for week, of_week in groupby(found[:MOST_SHOWN], key=lambda paper: paper.week):
    st.subheader(literal(f"Week {week}") if week else "Without a week", anchor=False)
    with st.grid(3, min_column_width=420, gap="medium"):
        for entry in of_week:
            show_paper(entry, found_filters)
if len(found) > MOST_SHOWN:
    st.caption(f"These are the first {MOST_SHOWN}; the files have all.")
with st.container(horizontal=True):
    offer_file("papers.md", papers_to_markdown(found), key="md")
    offer_file("papers.csv", csv_of(found), key="csv")
