"""Text to copy, of which there may be much."""

import streamlit as st

MOST_LETTERS = 60_000  # more is for the file


def show_text(text: str, language: str | None) -> None:
    """Show text to copy, scrolling where it is long; of more than a browser draws at once, say so."""
    if len(text) > MOST_LETTERS:
        st.caption(f"{len(text):,} letters are too many to show: download the file.")
        return
    height = 480 if text.count("\n") > 30 else None
    st.code(text.removesuffix("\n"), language=language, wrap_lines=True, height=height)
