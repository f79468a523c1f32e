"""The app's pages, title and icon. `expdb dashboard` starts it."""

from pathlib import Path

import streamlit as st

page = st.navigation(
    [
        st.Page("views/runs.py", title="Runs", default=True, help="All runs: filter them, choose columns, open one."),
        st.Page("views/tables.py", title="Tables", url_path="tables", help="Saved comparison tables, to copy."),
        st.Page("views/run.py", title="Run", url_path="run", visibility="hidden"),
    ],
    position="top",
)
# A local file: the icon of a `:material/...:` name would be fetched from a font host.
st.set_page_config(page_title=f"{page.title} · expdb", page_icon=str(Path(__file__).parent / "icon.png"), layout="wide")
page.run()
