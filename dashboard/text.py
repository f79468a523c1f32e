"""Text from the database on a page: shown as text, never as HTML or Markdown."""

import re

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # all ASCII punctuation may be escaped


def literal(text: str) -> str:
    """Return text so that Streamlit's Markdown shows it as it is (but for `->` and `>=`, which it draws as signs)."""
    return _MARKDOWN.sub(r"\\\1", text)
