"""A real `./start` on a data folder of a test's own, and a hand in its database."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from runtime.redis_server import free_port
from runtime.start import health
from tests.faults.processes import ROOT, wait_for

# It brings its own.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "TRIAL_KEYS", "JIAQIAO_DATA", "PUBLIC_URL", "TEST_DB_NAME")
START_SECONDS = 90


class Copy:
    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self._env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self._env |= {"LANG": "C.UTF-8", "DISPATCH_LEASE_SECONDS": "5"}
        self.said = Path(tempfile.mkstemp(prefix="jiaqiao-said-")[1])  # on no full disk
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.told = ""  # on its terminal, once it has ended
        self.process: subprocess.Popen | None = None
        self._hand: subprocess.Popen | None = None

    def __enter__(self) -> "Copy":
        words = [ROOT / "start", "--port", str(self.port), "--data", self.data, "--no-demo"]
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(words, env=self._env, stdout=said, stderr=said)
        wait_for(lambda: self.is_well() or self.has_ended(), START_SECONDS)
        assert not self.has_ended(), self.said.read_text()
        self._hand = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.in_copy"],
            cwd=ROOT, env=self._env | {"JIAQIAO_DATA": str(self.data)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._hand.kill()
        self._hand.wait()
        self._hand.stdin.close()
        self._hand.stdout.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)
        self.told = self.said.read_text()
        self.said.unlink()

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def hand(self, *words: str) -> Any:
        """See tests/faults/in_copy.py."""
        self._hand.stdin.write(" ".join(words) + "\n")
        self._hand.stdin.flush()
        return json.loads(self._hand.stdout.readline())

    def pids(self) -> dict[str, int]:
        entries = json.loads((self.data / "run" / "processes.json").read_text())
        return {entry["name"]: entry["pid"] for entry in entries}

    def is_well(self) -> bool:
        try:
            return health(self.port)["status"] == "ok"
        except (OSError, ValueError):
            return False

    def ask(self, path: str, **form: str) -> tuple[int, str]:
        """Status and page; 0 where nobody answers."""
        data = urllib.parse.urlencode(form).encode() if form else None
        address = f"http://127.0.0.1:{self.port}{path}"
        try:
            with self._browser.open(address, data, timeout=40) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def end(self, name: str) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pids()[name], signal.SIGKILL)
