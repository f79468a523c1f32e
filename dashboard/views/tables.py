"""Tables: a saved comparison as it prints, to copy, to open runs from and to edit (`?table=NAME&mode=Edit`)."""

from functools import partial

import streamlit as st

from dashboard.data.runs import why_no_run
from dashboard.data.store import is_read_only
from dashboard.data.tables import load_table, load_tables
from dashboard.tables_page.about import show_about
from dashboard.tables_page.copies import show_copies
from dashboard.tables_page.form import show_form
from dashboard.tables_page.marked_runs import show_links
from dashboard.tables_page.saving import EDIT, MODE_KEY, NEW, TABLE_KEY, VIEW, show_saved
from dashboard.text import literal
from dashboard.widgets.download import offer_file
from dashboard.widgets.printed_table import show_printed
from dashboard.widgets.sortable_table import show_markable
from dashboard.widgets.table_notes import show_notes
from expdb.report.writers.csv_json import to_csv


def name_table(names: list[str]) -> None:
    """Choose the first table where none is chosen, and name it in the address, so that a link to it stays one to it."""
    is_drawn = TABLE_KEY in st.session_state
    asked = st.session_state[TABLE_KEY] if is_drawn else st.query_params.get(TABLE_KEY)
    if asked in names:
        return
    st.session_state[TABLE_KEY] = names[0]
    if not is_drawn:
        # Streamlit itself names what is chosen by code from the second run on.
        st.query_params[TABLE_KEY] = names[0]
    if asked:
        st.warning(literal(f"No table is called {asked}: this is {names[0]}."))


st.title("Tables")
show_saved()
definitions = {definition.name: definition for definition in load_tables()}
modes = [mode for mode in (VIEW, EDIT, NEW) if definitions or mode != EDIT]
if definitions:
    name_table(list(definitions))
with st.container(horizontal=True, vertical_alignment="center"):
    name = ""
    if definitions:
        # Without an index: a choice that is the default is left out of the address. The label would say "(required)".
        chosen = st.selectbox(
            "Table",
            list(definitions),
            index=None,
            required=True,
            key=TABLE_KEY,
            bind="query-params",
            label_visibility="collapsed",
            width=320,
        )
        name = chosen or next(iter(definitions))
    mode = VIEW
    if not is_read_only():
        # A radio, and no segmented control: the first choice is its default without being named, so that saving
        # may set it.
        mode = st.radio("Mode", modes, key=MODE_KEY, bind="query-params", horizontal=True, label_visibility="collapsed")

if mode != VIEW:
    show_form(None if mode == NEW else definitions[name])
    st.stop()
if not definitions:
    st.info("No saved tables yet. Save one:")
    st.code("expdb table --columns model_aug,top1,num_params,train_seconds --save my-table", language="bash")
    st.stop()

definition = definitions[name]
table = load_table(definition)
if definition.title:
    st.subheader(literal(definition.title), anchor=False)
if not table.rows:
    st.info("No run passes this table's filter:")
    st.code(definition.where, language=None)
    if told := why_no_run(definition.where):
        st.caption(literal(told))
    show_about(definition)
    st.stop()

printed, sortable = st.tabs(["As printed", "Sort, and open runs"], key="view", bind="query-params")
with printed:
    show_printed(table, alt=f"The saved table {name}")
with sortable:
    # Another key for another table: the browser keeps positions, which would mark other rows.
    marked = show_markable(table, key=f"rows_of_{name}", alt=f"The saved table {name}, to sort")
    show_links(marked)
show_notes(table)
run_ids = {run_id for row in table.rows for run_id in row.run_ids}
filtered = f" where {definition.where}" if definition.where else ""
st.caption(literal(f"{len(run_ids):,} run{'' if len(run_ids) == 1 else 's'}{filtered}."))
offer_file(f"{name}.csv", partial(to_csv, table), key="download_table")
st.subheader("Copy", anchor=False)
show_copies(table, name)
show_about(definition)
