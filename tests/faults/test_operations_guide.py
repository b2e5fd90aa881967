"""docs/operations.md followed word by word by somebody who has only it: its own commands, one after the
other, as processes on databases of their own, from the keys for backups to the restored server.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.attacks.test_walls import of_server
from tests.faults.processes import ROOT
from tests.homeschool.test_operations_guide import CODE, GUIDE

OLD, NEW = "guide_old", "guide_new"
# What the guide leaves to its reader.
CHOSEN = {
    "--county": "古浪县", "--name": "黄羊川中心小学", "--code": "62062201", "--admin": "周玲",
    "--login": "13909350001",
}  # fmt: skip


def told(beginning: str) -> str:
    """A command of the guide; without `docker compose run …` in front, as its first lines say."""
    return next(one for one in CODE if one.startswith(beginning))


@pytest.fixture
def databases() -> Iterator[str]:
    """Of the old and the new server, empty; the beginning of their URLs."""
    clear = [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in (OLD, NEW)]
    clear += [
        f"DROP ROLE IF EXISTS {name}_{kind}"
        for name in (OLD, NEW)
        for kind in ("web", "worker", "sender")
    ]
    with closing(psycopg2.connect(**of_server())) as opened, opened.cursor() as cursor:
        opened.autocommit = True
        for statement in [*clear, f"CREATE DATABASE {OLD}", f"CREATE DATABASE {NEW}"]:
            cursor.execute(statement)
        yield os.environ["DATABASE_URL"].rpartition("/")[0]
        for statement in clear:
            cursor.execute(statement)


class Reader:
    """Types what the guide says, in a folder of their own."""

    def __init__(self, folder: Path, base: str) -> None:
        self.folder, self.base = folder, base
        self.backups = folder / "backups"
        self.backups.mkdir(mode=0o700)
        self.env = {
            name: os.environ[name] for name in ("PATH", "HOME", "REDIS_URL") if name in os.environ
        }
        self.env |= {
            "LANG": "C.UTF-8", "JIAQIAO_DATA": str(folder), "PUBLIC_URL": "https://jiaqiao.example.org",
            "ALLOWED_HOSTS": "jiaqiao.example.org", "TRIAL_KEYS": "0", "DATABASE_ROLES": "1",
            "DEFAULT_FROM_EMAIL": "runs@example.org", "PGOPTIONS": "-c synchronous_commit=off",
            "EMAIL_URL": "smtp+tls://nobody:nothing@mail.invalid:587", "ALERT_EMAILS": "runs@example.org",
        }  # fmt: skip
        self.at(OLD)

    def at(self, database: str) -> None:
        self.env["DATABASE_URL"] = f"{self.base}/{database}"

    def types(self, command: str, **instead: str) -> str:
        words = shlex.split(re.sub(r"\s+#.*", "", command))
        for option, value in (CHOSEN | instead).items():
            if option in words and words[words.index(option) + 1] == "…":
                words[words.index(option) + 1] = value
        assert "…" not in words, words
        words = [self._here(word) for word in words]
        words[0:1] = [sys.executable, ROOT / "manage.py"]
        done = subprocess.run(
            words, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr[-3000:])
        return done.stdout

    def makes(self, line: str) -> str:
        """A line of Python that makes a key."""
        code = shlex.split(line.partition(" > ")[0])[2]
        asked = [sys.executable, "-c", code]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    def _here(self, word: str) -> str:
        if re.fullmatch(r"/backups/jiaqiao-\w+\.tar\.age", word):
            return str(max(self.backups.glob("*.age")))
        return re.sub("^/backups", str(self.backups), word)


@pytest.fixture
def reader(databases, tmp_path) -> Reader:
    return Reader(tmp_path, databases)


def test_from_the_keys_to_the_restored_server(reader):
    secret = reader.makes(told("python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"))
    short = told("python3 -c 'import secrets; print(secrets.token_urlsafe(32))'")
    reader.env |= {
        "SECRET_KEY": secret,
        "NOTE_KEYS": reader.makes(short),
        "AUDIT_KEYS": reader.makes(short),
    }
    pair = reader.makes(told("python -c 'import pyrage"))
    (reader.folder / "key.txt").write_text(pair + "\n")
    reader.env["BACKUP_KEYS"] = re.match(r"# (age1\w+)", pair)[1]

    reader.types("manage.py migrate --no-input")  # what the service of that name does
    assert "https://jiaqiao.example.org/" in reader.types(told("manage.py create_school"))
    for number in ("1", "2"):
        officer = {"--name": f"王强{number}", "--login": f"1390935001{number}"}
        reader.types(told("manage.py appoint --county"), **officer)
    last = {"--name": "马建国", "--login": "13909350020"}
    reader.types(told("manage.py appoint --school"), **last)

    reader.types(told("manage.py backup /backups"))
    reader.types(told("manage.py erasures /backups"))
    assert (reader.backups / "erasures.jsonl").is_file()
    reader.types(told("manage.py restore_drill"))
    assert "✗" not in reader.types(told("manage.py upgrade_check"))

    reader.at(NEW)
    reader.types(told("manage.py restore /backups"))
    reader.types(told("manage.py migrate"))
    reader.types("manage.py verify_access_log --after-restore")
    reader.types(told("manage.py verify_access_log"))
    assert "manage.py verify_access_log --after-restore" in GUIDE
    reader.env["NOTE_KEYS"] = f"{reader.makes(short)},{reader.env['NOTE_KEYS']}"
    reader.types(told("manage.py rotate_note_keys"))
    reader.types(told("manage.py privacy_report"))
    assert (reader.folder / "audit.xlsx").stat().st_size > 5000
