"""Tables: a saved comparison as it prints, and its Markdown to copy."""

import streamlit as st

from dashboard.data import load_runs, load_tables
from dashboard.widgets import REPORTED_NOTE, literal, show_table
from expdb.errors import ExpdbError
from expdb.report.markdown import to_markdown
from expdb.report.plain import to_csv
from expdb.report.table import build_table

st.title("Tables")
definitions = {definition.name: definition for definition in load_tables()}
if not definitions:
    st.info("No saved tables yet. Save one:")
    st.code("expdb table --columns model_aug,top1,num_params,train_seconds --save my-table", language="bash")
    st.stop()

name = st.selectbox("Table", list(definitions), key="table", bind="query-params", width=320)
definition = definitions[name]
runs = load_runs(definition.where)
try:
    table = build_table(runs, definition)
except ExpdbError as error:
    st.error(literal(str(error)))
    st.stop()

if definition.title:
    st.subheader(literal(definition.title), anchor=False)
if not runs:
    st.info("No run passes this table's filter:")
    st.code(definition.where, language=None)
    st.stop()
show_table(table, key="rendered", alt=f"The saved table {name}")

reported = [str(row.run_id) for row in table.rows if row.run_id in {run.id for run in runs if run.kind == "reported"}]
filtered = f" where {definition.where}" if definition.where else ""
st.caption(literal(f"{len(runs)} runs{filtered}."))
if reported:
    st.markdown(f":violet-badge[reported] {REPORTED_NOTE}: run {', '.join(reported)}")

markdown = to_markdown(table)
st.subheader("Markdown", anchor=False)
with st.container(horizontal=True):
    st.download_button("Download .md", markdown, file_name=f"{name}.md", mime="text/markdown", on_click="ignore")
    st.download_button("Download .csv", to_csv(table), file_name=f"{name}.csv", mime="text/csv", on_click="ignore")
st.code(markdown, language=None, wrap_lines=True)
