import socket
import subprocess
import sys

import pytest

from expdb.cli.commands.dashboard import is_listening, may_only_read, require_free
from expdb.errors import LaunchError


@pytest.mark.parametrize(
    ("host", "asked", "expected"),
    [
        ("127.0.0.1", None, False),
        ("localhost", True, True),
        ("0.0.0.0", None, True),
        ("0.0.0.0", False, False),
        ("192.168.1.5", True, True),
    ],
)
def test_pages_change_things_on_this_machine_and_elsewhere_only_if_asked(host, asked, expected):
    assert may_only_read(host, asked=asked) is expected


def test_a_port_that_is_taken_is_said_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(
            LaunchError, match=rf"cannot listen on 127\.0\.0\.1, port {port} \(Address already in use\)"
        ):
            require_free("127.0.0.1", port)
    require_free("127.0.0.1", port)


def test_a_server_that_ends_is_not_waited_for():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])

    assert not is_listening(ended, "127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_server_that_listens_is_found(host: str):
    with socket.create_server(("127.0.0.1", 0)) as server, subprocess.Popen(["sleep", "60"]) as process:
        try:
            assert is_listening(process, host, server.getsockname()[1])
        finally:
            process.kill()


def test_an_address_of_no_machine_is_refused():
    with pytest.raises(LaunchError, match=r"cannot listen on 192\.0\.2\.1"):
        require_free("192.0.2.1", 8501)
