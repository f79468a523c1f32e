"""`expdb dashboard`: serve the Streamlit app on this machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from expdb.cli.context import Context, context_of
from expdb.cli.exit_codes import TERMINATED
from expdb.cli.output import print_line, warn
from expdb.config import READ_ONLY_VARIABLE
from expdb.errors import LaunchError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(dashboard)


def dashboard(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="port")] = 8501,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    is_read_only: Annotated[
        bool | None,
        typer.Option(
            "--read-only/--editable",
            help="whether tags, notes, archiving and tables may be changed on its pages",
            show_default="editable on this machine, read-only with another --host",
        ),
    ] = None,
) -> None:
    """Serve the dashboard on this machine until Ctrl-C.

    Its pages may change what people say about runs, and tables; never what was measured.
    """
    context = context_of(ctx)
    require_free(host, port)
    root = app_root()
    only_reads = may_only_read(host, asked=is_read_only)
    variables = {
        "EXPDB_URL": context.config.url,
        READ_ONLY_VARIABLE: "1" if only_reads else "0",
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
    }
    code = _serve(context, host, port, variables, only_reads=only_reads)
    if code:
        raise LaunchError(f"the dashboard ended with exit code {code}")


def _serve(context: Context, host: str, port: int, variables: Mapping[str, str], *, only_reads: bool) -> int:
    """Serve until the server ends, and return its exit code. Raises Exit when it is stopped from here."""
    from expdb.launch.stop_signals import Terminated, stop_request

    command = [sys.executable, "-m", "dashboard.serve", *server_flags(host, port)]
    with stop_request():
        # Streamlit says there that it stops, twice; what goes wrong it says on the other channel.
        process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        try:
            # Meanwhile: a missing or foreign database is said here, not on a page.
            context.open_store(is_read_only=True).close()
            if host not in LOOPBACK:
                may = "read" if only_reads else "read and change"
                warn(f"--host {host}: everyone who reaches this machine can {may} the database; there is no login")
            if is_listening(process, host, port):
                print_line(f"dashboard: http://{host}:{port} (Ctrl-C ends it)")
            return process.wait()
        except (KeyboardInterrupt, Terminated) as stop:
            raise typer.Exit(TERMINATED if isinstance(stop, Terminated) else 0) from None
        finally:
            process.terminate()
            process.wait()


def require_free(host: str, port: int) -> None:
    """Raise LaunchError if the port is taken, or the address is not of this machine."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(found[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[4])
    except OSError as error:
        raise LaunchError(f"cannot listen on {host}, port {port} ({error.strerror}): see --port and --host") from error


def is_listening(process: "subprocess.Popen[bytes]", host: str, port: int) -> bool:
    """Wait until a server can be reached; return False if it ended before."""
    while process.poll() is None:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def may_only_read(host: str, *, asked: bool | None) -> bool:
    """Return whether the pages may change nothing: as asked, or, not asked, where others reach this machine."""
    return host not in LOOPBACK if asked is None else asked


def server_flags(host: str, port: int) -> list[str]:
    """Return what this call changes of Streamlit's settings; the others stand in `dashboard/.streamlit/config.toml`."""
    names = sorted({*LOOPBACK, host})
    allowed = [flag for name in names for flag in ("--server.allowedHosts", name)]
    return [f"--server.port={port}", f"--server.address={host}", *allowed]


def app_root() -> Path:
    """Return the folder that holds the `dashboard` package: inside the wheel, or the source tree."""
    installed = Path(str(files("expdb"))) / "_app"
    return installed if installed.is_dir() else Path(str(files("expdb"))).parent
