"""The blocks of docs/integrations.md, as code."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "integrations.md").read_text(encoding="utf-8")


def block_of(heading: str) -> str:
    """The one block of Python below a heading."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None, heading
    (block,) = re.findall(r"```python\n(.*?)```", section[1], re.DOTALL)
    return str(block)
