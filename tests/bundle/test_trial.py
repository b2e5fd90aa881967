"""`./test bundle`: two bundles on a plain server without network, from the first install to another machine.

One test is one step, and each goes on where the one before it ended.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle.plain_server import ADDRESS, ROOT, PlainServer, make_tree

pytestmark = pytest.mark.bundle
PASSWORD = "on-the-third-shelf-7"
SERVICES = ("web", "sender", "worker", "beat", "redis", "caddy")
MIGRATION = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("meetings", "{before}")]
    operations = [
        migrations.RunSQL("CREATE TABLE of_the_trial (id int)", migrations.RunSQL.noop)
    ]
"""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory) -> Iterator[tuple[Path, Path]]:
    """Of this commit, and of one that comes after it with a step more to migrate."""
    folder = tmp_path_factory.mktemp("bundles")
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, clone], check=True)
    for name in (".venv", "node_modules"):
        (clone / name).symlink_to(ROOT / name)
    exclude = clone / ".git" / "info" / "exclude"
    exclude.write_text(".venv\nnode_modules\n")
    first = make(clone, folder / "first")
    migrations = clone / "meetings" / "migrations"
    newest = migrations / "max_migration.txt"
    (migrations / "9999_trial.py").write_text(MIGRATION.format(before=newest.read_text().strip()))
    newest.write_text("9999_trial\n")
    subprocess.run(["git", "add", "--all"], cwd=clone, check=True)
    who = ["-c", "user.name=trial", "-c", "user.email=trial@example.org"]
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "A step more"], cwd=clone, check=True)
    second = make(clone, folder / "second")
    yield first, second
    shutil.rmtree(folder)


def make(clone: Path, out: Path) -> Path:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run([clone / "bundle", "--out", out], env=kept | {"LANG": "C.UTF-8"}, check=True)
    return next(out.glob("*.tar"))


@pytest.fixture(scope="module")
def server(tmp_path_factory, bundles) -> Iterator[PlainServer]:
    tree = tmp_path_factory.mktemp("server") / "tree"
    make_tree(tree)
    running = PlainServer(tree)
    yield running
    said = running.run("journalctl", "--unit=jiaqiao-*", "--lines=60", check=False).stdout
    sys.stdout.write(said)  # shown where a step failed
    running.stop()


@pytest.fixture(scope="module")
def scripts(server, bundles) -> list[str]:
    return [server.bring(archive) for archive in bundles]


def version(script: str) -> str:
    return re.search(r"jiaqiao-(.+)-\w+-[\d.]+-\w+/", script)[1]


def main_processes(server: PlainServer) -> dict[str, str]:
    names = [f"jiaqiao-{name}.service" for name in SERVICES]
    shown = server.run("systemctl", "show", "--property=MainPID", "--value", *names).stdout
    return dict(zip(SERVICES, shown.split(), strict=True))


def rows(server: PlainServer, query: str) -> list[str]:
    argv = ["runuser", "-u", "jiaqiao", "--", "psql", "-X", "-A", "-t", "-c", query, "jiaqiao"]
    return server.run(*argv).stdout.split()


def is_well(server: PlainServer) -> bool:
    status, _path, text = server.visit("health").split(" ", 2)
    return status == "200" and json.loads(text)["status"] == "ok"


def test_there_is_no_network(server):
    assert server.run("ls", "/sys/class/net").stdout.split() == ["lo"]


def test_it_looks_and_says_what_it_would_do(server, scripts):
    said = server.run("sh", scripts[0], "--check", "--address", f"https://{ADDRESS}").stdout
    assert version(scripts[0]) in said
    assert "jiaqiao-*" in said
    refused = server.run("sh", scripts[0], check=False)
    assert (refused.returncode, "--address https://" in refused.stderr) == (1, True)
    chinese = server.run("sh", scripts[0], check=False, language="zh_CN.UTF-8")
    assert "请说明访问地址" in chinese.stderr
    assert not (server.tree / "opt" / "jiaqiao").exists()
    assert not (server.tree / "etc" / "jiaqiao").exists()


def test_it_installs(server, scripts):
    said = server.run("sh", scripts[0], "--address", f"https://{ADDRESS}").stdout
    assert f"{version(scripts[0])} runs" in said
    assert "/root/jiaqiao-backup-key.txt" in said
    assert is_well(server)
    env = server.tree / "etc" / "jiaqiao" / "env"
    assert env.stat().st_mode & 0o777 == 0o640
    for name in SERVICES:
        assert server.run("systemctl", "is-active", f"jiaqiao-{name}").stdout.strip() == "active"
    users = server.run("ps", "-eo", "user:20,args").stdout
    ours = [line.split()[0] for line in users.splitlines() if "/opt/jiaqiao/" in line]
    assert len(ours) > 10
    assert set(ours) == {"jiaqiao", "caddy"}


def test_run_again_it_changes_nothing(server, scripts):
    env = (server.tree / "etc" / "jiaqiao" / "env").read_bytes()
    before = main_processes(server)
    assert "nothing had to be changed" in server.run("sh", scripts[0]).stdout
    assert main_processes(server) == before
    assert (server.tree / "etc" / "jiaqiao" / "env").read_bytes() == env


def test_the_first_administrator_signs_in(server):
    school = ["--county", "古浪县", "--name", "黄羊川中心小学", "--code", "62062201"]
    person = ["--admin", "周玲", "--login", "13909350001"]
    said = server.run("jiaqiao", "create_school", *school, *person).stdout
    link = re.search(rf"https://{ADDRESS}(/accounts/first/\S+)", said)[1]
    server.visit("first", link, PASSWORD)
    status, path, _text = server.visit("sign-in", "13909350001", PASSWORD).split(" ", 2)
    assert status == "200"
    assert "login" not in path  # on to the second step, which this post needs
    status, path, _text = server.visit("sign-in", "13909350001", "another").split(" ", 2)
    assert path == "/accounts/login/"


def test_pages_become_pdf_with_chinese_type(server):
    asked = "from core.printing import why_no_pdf; print(repr(str(why_no_pdf())))"
    assert server.run("jiaqiao", "shell", "-v", "0", "-c", asked).stdout.strip() == "''"


def test_what_dies_begins_again(server):
    before = main_processes(server)["sender"]
    server.run("kill", "-9", before)
    server.run("sh", "-c", "sleep 5; systemctl is-active jiaqiao-sender")
    assert main_processes(server)["sender"] not in (before, "0")


def test_the_backup_of_the_night(server):
    timers = server.run("systemctl", "list-timers", "--all", "--no-pager").stdout
    assert {"jiaqiao-backup.timer", "jiaqiao-erasures.timer"} <= set(timers.split())
    server.run("systemctl", "start", "jiaqiao-erasures", "jiaqiao-backup")
    folder = server.tree / "var" / "backups" / "jiaqiao"
    assert len(list(folder.glob("jiaqiao-*.tar.age"))) == 1
    assert (folder / "erasures.jsonl").exists()


def test_a_newer_bundle_upgrades_after_a_backup(server, scripts):
    env = (server.tree / "etc" / "jiaqiao" / "env").read_bytes()
    said = server.run("sh", scripts[1]).stdout
    assert "1 migration step is pending" in said
    assert f"{version(scripts[1])} runs" in said
    assert is_well(server)
    assert rows(server, "SELECT to_regclass('of_the_trial')") == ["of_the_trial"]
    assert rows(server, "SELECT name FROM schools_school") == ["黄羊川中心小学"]
    backups = server.tree / "var" / "backups" / "jiaqiao"
    assert len(list(backups.glob("jiaqiao-*.tar.age"))) == 2
    assert (server.tree / "etc" / "jiaqiao" / "env").read_bytes() == env


def test_an_older_bundle_is_refused_and_the_newer_goes_on(server, scripts):
    before = main_processes(server)
    refused = server.run("sh", scripts[0], check=False)
    assert refused.returncode == 1
    assert "do not go back" in refused.stdout
    assert f"{version(scripts[1])} still runs" in refused.stderr
    assert main_processes(server) == before
    assert is_well(server)


def test_uninstalling_leaves_the_data(server, scripts):
    server.run("sh", scripts[1], "--uninstall")
    assert not (server.tree / "opt" / "jiaqiao").exists()
    assert not list((server.tree / "etc" / "systemd" / "system").glob("jiaqiao*"))
    assert "/opt/jiaqiao/" not in server.run("ps", "-eo", "args").stdout
    assert (server.tree / "etc" / "jiaqiao" / "env").exists()
    assert rows(server, "SELECT name FROM schools_school") == ["黄羊川中心小学"]


def test_another_machine_gets_the_data_from_the_backup(server, scripts):
    """As docs/operations.md says it: the settings are there, the database is not."""
    server.run("runuser", "-u", "postgres", "--", "dropdb", "jiaqiao")
    said = server.run("sh", scripts[1], "--without-start").stdout
    assert "not started" in said
    newest = max((server.tree / "var" / "backups" / "jiaqiao").glob("*.age")).name
    key = "/var/lib/jiaqiao/key.txt"
    own = ["install", "-o", "jiaqiao", "-m", "400", "/root/jiaqiao-backup-key.txt", key]
    server.run(*own)
    folder = "/var/backups/jiaqiao"
    given = ["--identity", key, "--erasures", f"{folder}/erasures.jsonl"]
    server.run("jiaqiao", "restore", f"{folder}/{newest}", *given)
    server.run("rm", key)
    assert f"{version(scripts[1])} runs" in server.run("sh", scripts[1]).stdout
    assert is_well(server)
    assert rows(server, "SELECT name FROM schools_school") == ["黄羊川中心小学"]
    assert rows(server, "SELECT to_regclass('of_the_trial')") == ["of_the_trial"]
