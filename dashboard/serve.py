"""Start Streamlit's server and, as soon as it answers, read what the first page will ask for; then what others do.

Importing SQLAlchemy and reading ten thousand runs takes seconds: they pass while a browser is opened.
"""

import gc
import socket
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

_QUIET_SECONDS = 5.0
APP = Path(__file__).with_name("app.py")


def main() -> None:
    """Serve until SIGINT or SIGTERM; further arguments are those of `streamlit run`."""
    gc.set_threshold(100_000, 20, 20)  # else it looks through all runs again for every few thousand that are read
    threading.Thread(target=_prepare, daemon=True).start()
    from streamlit.web.cli import main as streamlit

    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    streamlit()


def _prepare() -> None:
    from streamlit import config, runtime

    while not runtime.exists():
        time.sleep(0.05)
    place = config.get_option("server.address"), config.get_option("server.port")
    for _ in range(600):  # until it listens: what is imported earlier only delays that
        with suppress(OSError), socket.create_connection(place, timeout=1):
            break
        time.sleep(0.05)
    with suppress(BaseException):  # what cannot be read the pages say themselves
        from dashboard.widgets.run_table import prepare_listing

        prepare_listing()
        time.sleep(_QUIET_SECONDS)  # the first page loads its scripts from here, which all this would slow down
        import_module("pandas")
        from dashboard.data.runs import load_groups

        load_groups()
        import_module("scipy.stats")


if __name__ == "__main__":
    main()
