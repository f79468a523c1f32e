"""Text from the database on a page: shown as text, never as HTML or Markdown."""

import re

# Streamlit makes links of bare addresses, escaped or not: in what it takes for one stands a sign that nobody sees.
_ADDRESS = re.compile(r"(https?:|www(?=\.)|[-.\w+]@)", re.IGNORECASE)
_JOINER = "\u2060"
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # all ASCII punctuation may be escaped


def literal(text: str) -> str:
    """Return text so that Streamlit's Markdown shows it as it is (but for `->` and `>=`, which it draws as signs).

    An address in it is no link.
    """
    return _MARKDOWN.sub(r"\\\1", _ADDRESS.sub(rf"\1{_JOINER}", text))
