"""What is said about a saved table: conclusions, what is missing, its file, its revisions."""

import streamlit as st

from dashboard.data.tables import load_explanation
from dashboard.tables_page.history import show_history
from dashboard.tables_page.missing_runs import show_missing
from dashboard.widgets.download import offer_file
from dashboard.widgets.long_text import MOST_LETTERS, show_text
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.tables.definition_files import definition_to_text


def show_about(definition: TableDefinition) -> None:
    """Show, each below its heading that opens it: what can be concluded, what is missing, the file, the revisions."""
    parts = {
        "What this table allows to conclude": ("explain", ":material/balance:", _show_explanation),
        "What is missing": ("missing", ":material/playlist_add:", show_missing),
        "Definition": ("definition", ":material/data_object:", _show_definition),
        "History": ("history", ":material/history:", show_history),
    }
    for label, (key, icon, show) in parts.items():
        expander = st.expander(label, key=key, icon=icon, on_change="rerun", bind="query-params")
        if expander.open:
            with expander:
                show(definition)


def _show_explanation(definition: TableDefinition) -> None:
    text = load_explanation(definition)
    show_text(text, None)
    if len(text) > MOST_LETTERS:
        offer_file(f"{definition.name}-explained.txt", text, key="download_explanation")


def _show_definition(definition: TableDefinition) -> None:
    ending = "toml"
    try:
        text = definition_to_text(definition, "toml")
    except SpecError:  # TOML has no null
        ending, text = "yaml", definition_to_text(definition, "yaml")
    st.code(text.removesuffix("\n"), language=ending, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_file(f"{definition.name}.{ending}", text, key="download_definition")
        st.caption("expdb tables add FILE reads it back.", width="content")
