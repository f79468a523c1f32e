"""The app's pages, title and icon. `expdb dashboard` starts it."""

from pathlib import Path

import streamlit as st

from dashboard.page_memory import remembered
from dashboard.widgets.images import png_url

# Before the navigation: without an icon of the app, the browser fetches the page's from a font host to show in its tab.
st.set_page_config(page_icon=png_url((Path(__file__).parent / "icon.png").read_bytes()), layout="wide")
page = st.navigation(
    {
        "": [
            st.Page(
                "views/runs.py",
                title="Runs",
                icon=":material/list:",
                default=True,
                help="All runs: filter them, choose columns, open one, mark some to compare, tag or archive them.",
            ),
            st.Page(
                "views/compare.py",
                title="Compare",
                icon=":material/compare_arrows:",
                url_path="compare",
                help="Two to twenty runs or groups: deltas with tests, curves over each other, what differs.",
            ),
            st.Page(
                "views/tables.py",
                title="Tables",
                icon=":material/table:",
                url_path="tables",
                help="Saved comparison tables: as they print, to copy, to edit, and what they lack.",
            ),
            st.Page("views/run.py", title="Run", url_path="run", visibility="hidden"),
        ],
        "Analyse": [
            st.Page(
                "views/tradeoffs.py",
                title="Trade-offs",
                icon=":material/scatter_plot:",
                url_path="tradeoffs",
                help="Accuracy against parameters, MACs or train time, with the Pareto front.",
            ),
            st.Page(
                "views/disagreement.py",
                title="Disagreement",
                icon=":material/difference:",
                url_path="disagreement",
                help="The test images that one model gets right and another wrong.",
            ),
            st.Page(
                "views/analyse.py",
                title="Analyse",
                icon=":material/troubleshoot:",
                url_path="analyse",
                help="Why networks answer as they do: spectra, noise, shape, attention, of one run and up to six.",
            ),
        ],
        "Follow": [
            st.Page(
                "views/live.py",
                title="Live",
                icon=":material/monitor_heart:",
                url_path="live",
                help="What is running and waiting, how far it is, and how busy this machine is.",
            ),
        ],
        "Library": [
            st.Page(
                "views/papers.py",
                title="Papers",
                icon=":material/article:",
                url_path="papers",
                help="The reading list by week, and the runs that its papers stand behind.",
            ),
            st.Page(
                "views/claims.py",
                title="Claims",
                icon=":material/fact_check:",
                url_path="claims",
                help="What was concluded, and whether the runs support it.",
            ),
        ],
    },
    position="top",
)
st.set_page_config(page_title=f"{page.title} · expdb")
with st.container(gap=None):  # the script has no height, but would have a gap below it
    st.html(Path(__file__).with_name("history.html"), unsafe_allow_javascript=True)
    with st.container(), remembered(page.url_path):
        page.run()
