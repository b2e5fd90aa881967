"""What reads the figures relies on: the last line, true counts, no figure from a page that failed."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.benchmarks import harness
from tests.benchmarks.load import Page, press, warm_up

BODY = "这星期通话了吗？".encode()


@pytest.fixture
def served():
    """A page that is there, one that is not, and how often each was asked for."""
    asked: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked[self.path] = asked.get(self.path, 0) + 1
            self.send_response(200 if self.path == "/there/" else 404)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def test_the_last_line_is_one_object_with_every_key(capsys):
    row = harness.ratio("drain", [1.0, 70.0, 500.0], [90.0, 100.0, 800.0], "reminders/s", 0.7)
    harness.report("dispatch", [row | {"queries": 9}])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {
        "benchmark": "dispatch",
        "results": [
            {
                "name": "drain",
                "ours": 70.0,
                "limit": 100.0,
                "ratio": 0.7,
                "unit": "reminders/s",
                "goal": 0.7,
                "queries": 9,
            }
        ],
    }


def test_sides_take_turns_and_the_first_round_does_not_count():
    turns: list[str] = []
    sides = {name: lambda name=name: turns.append(name) or len(turns) for name in ("ours", "limit")}
    assert harness.interleave(sides, rounds=2) == {"ours": [3, 5], "limit": [4, 6]}
    assert turns == ["ours", "limit"] * 3


def test_every_answer_is_counted_once(served):
    port, asked = served
    load = press(Page(port, "/there/"), connections=2, seconds=0.2)
    assert len(load.latencies) == asked["/there/"]
    assert load.per_second == pytest.approx(asked["/there/"] / load.seconds)


def test_every_connection_asks_as_often_before_what_counts(served):
    port, asked = served
    warm_up(Page(port, "/there/"), connections=3, each=4)
    assert asked["/there/"] == 12


def test_a_page_that_fails_gives_no_figure(served):
    port, _ = served
    with pytest.raises(SystemExit, match="404"):
        press(Page(port, "/gone/"), connections=1, seconds=0.2)


def test_processor_time_counts_the_process_and_its_children():
    before = harness.cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True)
    assert harness.cpu_seconds(os.getpid()) > before
