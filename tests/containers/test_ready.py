"""The health check of our containers needs no engine to be tested: it is a program that asks a port."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local.ports import free_port
from tests.containers.engine import ROOT


class Answers(BaseHTTPRequestHandler):
    """Answers `/200` with 200, and so on."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.lstrip("/")))
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield server.server_port
    server.shutdown()
    serving.join()
    server.server_close()


def test_only_a_process_that_says_it_is_ready_is_healthy(port: int) -> None:
    assert _check(port, "/200") == (0, "")
    assert _check(port, "/503") == (
        1,
        f"not ready: /503 on port {port} answers 'HTTP/1.0 503 Service Unavailable'\n",
    )
    assert _check(port, "/302")[0] == 1


def test_a_port_where_nobody_listens_is_not_healthy() -> None:
    code, said = _check(free_port(), "/200")
    assert code == 1
    assert said.startswith("not ready: nobody answers on port")


def _check(port: int, path: str) -> tuple[int, str]:
    ready = ROOT / "deploy" / "containers" / "ready.py"
    done = subprocess.run(
        [sys.executable, "-I", str(ready), str(port), path],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stderr
