"""LaTeX that tests compile, where a LaTeX is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest


def latex() -> str:
    """Return a LaTeX that can compile a table, or skip."""
    found = shutil.which("pdflatex") or shutil.which("lualatex")
    if found is None:
        pytest.skip("no pdflatex or lualatex is installed")
    packages = ("booktabs.sty", "amssymb.sty", "array.sty", "graphicx.sty", "longtable.sty")
    if subprocess.run(["kpsewhich", *packages], capture_output=True).stdout.count(b"\n") < len(packages):
        pytest.skip("LaTeX is installed without booktabs, amssymb, array, graphicx or longtable")
    return found


def compiled(program: str, sources: list[str], folder: Path) -> str:
    """Compile tables in a plain article with the packages that they name, and return what LaTeX says of it."""
    packages = sorted({name for source in sources for name in re.findall(r"\\usepackage\{(\w+)\}", source)})
    head = [r"\documentclass{article}", rf"\usepackage{{{','.join(packages)}}}", r"\begin{document}"]
    return compiled_document(program, "\n\\clearpage\n".join(["\n".join(head), *sources, r"\end{document}"]), folder)


def compiled_document(program: str, document: str, folder: Path) -> str:
    """Compile a whole document, and return what LaTeX says of it."""
    (folder / "t.tex").write_text(document, encoding="utf-8")

    ended = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "t.tex"], cwd=folder, capture_output=True
    )

    log = ended.stdout.decode("utf-8", "replace")
    assert ended.returncode == 0, log[-2000:]
    return log
