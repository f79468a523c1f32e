import re

import pytest

from dashboard.text import literal

# What Streamlit's Markdown makes links of, after it has read the escapes (mdast-util-gfm-autolink-literal).
MADE_LINKS = (
    re.compile(r"(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)", re.IGNORECASE),
    re.compile(r"([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)"),
)
WRITTEN = (
    *("https://evil.example", "HTTP://EVIL.example/x", "www.evil.example", "WWW.evil.example", "a@b.example"),
    *("mailto:a+b.c@evil.example", "see https://x.example, www.y.example and z@w.example", "httpshttps://x.example"),
)


@pytest.mark.parametrize("text", WRITTEN)
def test_no_address_is_left_that_becomes_a_link(text: str):
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", literal(text))

    assert read.replace("\u2060", "") == text
    assert [pattern.search(read) for pattern in MADE_LINKS] == [None, None]


def test_other_text_is_only_escaped():
    assert literal("lr 0.1 @ 5e-4: *x*, top-1 = 90%") == r"lr 0\.1 \@ 5e\-4\: \*x\*\, top\-1 \= 90\%"
