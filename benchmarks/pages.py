"""The dashboard in a real browser, over 10,000 runs: seconds until a page shows its data, and memory.

Beside it, in the same browser, a page of Streamlit with a table of two rows that imports nothing it need not.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.population import populate
from benchmarks.print_results import table

# Measured on a like machine with 10,000 runs: process start to the first answer, memory of all processes (RSS).
PEERS = {"TensorBoard 2.21": (1.68, 422), "Trackio 0.43": (0.93, 81), "MLflow 3.17": (23.36, 2568)}
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_WAIT_MS = 60_000
# What a page shows of a comparison: its heading, and the names of the lines.
_COMPARED = "[...document.querySelectorAll('h3')].map(e => e.textContent).filter(t => t.includes(' against ')).join()"
_CURVES = "[...document.querySelectorAll('.js-plotly-plot .legendtext')].map(e => e.textContent).join()"
# Without pandas, which tables of which no rows can be marked, and most ways into Arrow, import.
_BARE = """
import io
import pyarrow.json
import streamlit

rows = pyarrow.json.read_json(io.BytesIO(b'{"a": 1}\\n{"a": 2}'))
streamlit.dataframe(rows, on_select="rerun")
"""


def measure_pages(*, num_runs: int, rounds: int) -> str:
    """Return the figures as Markdown."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        populate(f"sqlite:///{path}", num_runs=num_runs, seeds=5, epochs_a_run=100)
        bare = Path(folder) / "bare.py"
        bare.write_text(_BARE, encoding="utf-8")
        with _served("streamlit", "run", str(bare), "--server.headless=true", "--server.port") as (address, _, up):
            least = {"server answers": up, **_in_browser(address, rounds, is_bare=True)}
        with _served("expdb", "--db", f"sqlite:///{path}", "dashboard", "--port") as (address, process, up):
            figures = {"server answers": up, **_in_browser(address, rounds)}
            memory = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
        figures |= _with_scripts_cached(path, rounds)
    rows = [
        [what, f"{seconds:.2f}", f"{least[what]:.2f}" if what in least else "-"] for what, seconds in figures.items()
    ]
    peers = [[name, f"{seconds:.2f}", str(mb)] for name, (seconds, mb) in PEERS.items()]
    return (
        f"### The dashboard over {num_runs:,} runs and {100 * num_runs:,} epochs\n\n"
        f"{table(['what', 's', 'a bare page, s'], rows)}\n"
        f"Memory of the server: {memory / 1e6:.0f} MB\n\n{table(['peer, 10,000 runs', 'first answer, s', 'MB'], peers)}"
    )


def _in_browser(address: str, rounds: int, *, is_bare: bool = False) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        figures = {"first page, nothing cached": _timed(lambda: _open(page, f"{address}/"))}
        figures["first page again"] = _median(lambda: _open(page, f"{address}/"), rounds)
        if not is_bare:
            numbers = iter(range(100))
            figures["another filter"] = _median(lambda: _filter(page, next(numbers)), rounds)
            page.get_by_role("link", name="Compare", exact=True).first.click()
            figures |= _compared("the first 20 runs", [_compare(page, 1)])
            figures |= _compared("20 others", [_compare(page, 101 + next(numbers)) for _ in range(rounds)])
            compare = f"{address}/compare?runs={_twenty(1)}"
            figures["Compare of 20, full reload"] = _median(lambda: _open(page, compare), rounds)
        browser.close()
    return figures


def _with_scripts_cached(path: Path, rounds: int) -> dict[str, float]:
    """Return the seconds of a new server's first page in a browser that has seen an earlier server's."""
    from playwright.sync_api import sync_playwright

    port, command = _free_port(), ("expdb", "--db", f"sqlite:///{path}", "dashboard", "--port")
    seconds: dict[float, list[float]] = {0.0: [], 2.0: []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        with _served(*command, port=port) as (address, _, _):
            _open(page, f"{address}/")
            page.wait_for_timeout(2000)  # for scripts that are loaded later
        for wait in list(seconds) * rounds:
            page.goto("about:blank")
            with _served(*command, port=port) as (address, _, _):
                time.sleep(wait)
                seconds[wait].append(_timed(partial(_open, page, f"{address}/")))
        browser.close()
    return {
        f"first page, scripts cached, {wait:.0f} s after the server answers": sorted(found)[len(found) // 2]
        for wait, found in seconds.items()
    }


def _twenty(first: int) -> str:
    return ",".join(str(run_id) for run_id in range(first, first + 100, 5))


def _compare(page: Any, first: int) -> tuple[float, float]:
    """Type other runs into the page of Compare; return seconds until it compares them, and until their curves stand."""
    box = page.get_by_role("textbox", name="Runs", exact=True).locator("visible=true").last
    box.wait_for(timeout=_WAIT_MS)
    before = [page.evaluate(shown) for shown in (_COMPARED, _CURVES)]
    box.fill(_twenty(first))
    started = time.perf_counter()
    box.press("Enter")
    seconds = []
    for shown, text in zip((_COMPARED, _CURVES), before, strict=True):
        page.wait_for_function(f"text => {shown} && {shown} !== text", arg=text, timeout=_WAIT_MS)
        seconds.append(time.perf_counter() - started)
    return seconds[0], seconds[1]


def _compared(what: str, seconds: list[tuple[float, float]]) -> dict[str, float]:
    table_seconds, curve_seconds = (sorted(column)[len(seconds) // 2] for column in zip(*seconds, strict=True))
    return {f"Compare of {what}, table": table_seconds, f"Compare of {what}, curves": curve_seconds}


def _open(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_test_id("stDataFrame").first.wait_for(timeout=_WAIT_MS)


def _filter(page: Any, number: int) -> None:
    """Type a filter that was not asked for before, and wait until the page says how many runs pass."""
    box = page.get_by_label("Filter", exact=True)
    before = page.get_by_test_id("stCaptionContainer").first.inner_text()
    box.fill(f"id > {1000 + 100 * number}")
    box.press("Enter")
    changed = "(text) => document.querySelector('[data-testid=stCaptionContainer]')?.innerText !== text"
    page.wait_for_function(changed, arg=before, timeout=_WAIT_MS)


@contextmanager
def _served(module: str, *arguments: str, port: int | None = None) -> Iterator[tuple[str, psutil.Process, float]]:
    """Let a module serve on a port, its last argument; yield the address, the process and seconds until it answered."""
    port = port or _free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", module, *arguments, str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own interpreter
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}", psutil.Process(server.pid), time.perf_counter() - started
    finally:
        server.terminate()
        server.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(address: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise TimeoutError("the dashboard did not start within a minute")


def _median(work: Callable[[], None], rounds: int) -> float:
    return sorted(_timed(work) for _ in range(rounds))[rounds // 2]


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
