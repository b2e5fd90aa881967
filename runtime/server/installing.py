"""Installs a release or upgrades a server to it. Each step checks first, so a second run changes nothing."""

import os
import pwd
import re
import shutil
import subprocess
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from runtime.server import database, places, releases, services, units, variables
from runtime.words import Trouble, sentence

HEALTHY_SECONDS = 120  # two slow cores, and a round of sending every five seconds
WRAPPER = """#!/bin/sh
# manage.py of the release that runs, as the services run it: jiaqiao verify_access_log
PYTHONPATH={app} exec {python} -P -m runtime.server manage "$@"
"""


def install(options: Namespace) -> None:
    was, version = releases.current(), options.version
    make_user()
    make_folders()
    is_new = releases.make(Path(options.bundle), version)
    write_settings(options.address)
    services.systemctl("start", "postgresql")
    if database.is_here(variables.read(places.VARIABLES).get("DATABASE_URL", "")):
        database.ensure()
    if was and was != version:
        prepare_upgrade(was, version)
    changed = lay_units() or is_new or was != version
    if changed and was:
        services.stop()
    if not options.without_start:
        migrate(version)
    releases.switch(version)
    if changed:
        lay_links()
    if options.without_start:
        print(sentence("server_waits"))
    else:
        services.start()
        wait_until_healthy()
        releases.drop_old()
        told = {"version": version, "address": variables.read(places.VARIABLES)["PUBLIC_URL"]}
        if changed:
            print(sentence("server_ready", **told))
        else:
            print(sentence("server_unchanged", **told))
    if places.BACKUP_KEY.exists():
        print(sentence("server_first", file=places.BACKUP_KEY, variables=places.VARIABLES))


def make_user() -> None:
    try:
        pwd.getpwnam(places.USER)
    except KeyError:
        words = ["--system", "--user-group", "--home-dir", str(places.DATA), "--no-create-home"]
        subprocess.run(["useradd", *words, "--shell", "/usr/sbin/nologin", places.USER], check=True)


def make_folders() -> None:
    """Create the folders. Root owns the program and its settings, the services own what they write."""
    user = places.USER
    for folder, owner, group, mode in (
        (places.RELEASES, "root", "root", 0o755),
        (places.SETTINGS, "root", user, 0o750),
        (places.DATA, user, user, 0o750),
        (places.DATA / "media", user, user, 0o700),
        (places.BACKUPS, user, user, 0o700),
        (places.CADDYS_DATA, "caddy", "caddy", 0o700),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        shutil.chown(folder, owner, group)


def write_settings(address: str) -> None:
    """Write each missing file. The files next to the variables are filled in from those."""
    values = {}
    if not places.VARIABLES.exists():
        values = variables.of_address(address) | variables.new_keys() | {"BACKUP_KEY": backup_key()}
    write_setting(places.VARIABLES, values)
    known = variables.read(places.VARIABLES)
    password = urlsplit(known.get("REDIS_URL", "")).password or ""
    write_setting(places.REDIS_SETTINGS, {"REDIS_PASSWORD": password})
    write_setting(places.CADDYS_VARIABLES, {"PUBLIC_URL": known["PUBLIC_URL"]})


def write_setting(path: Path, values: Mapping[str, str]) -> None:
    template = (places.FILES / f"{path.name}.template").read_text()
    if not variables.write_once(path, variables.fill(template, values), places.USER):
        shutil.chown(
            path, "root", places.USER
        )  # a file from another machine has that machine's user numbers


def backup_key() -> str:
    """Return the public key for backups, creating the pair if it is missing.

    Without one there can be no backup. The private key must be taken away from the server.
    """
    if not places.BACKUP_KEY.exists():
        subprocess.run(["age-keygen", "-o", places.BACKUP_KEY], check=True, capture_output=True)
    found = re.search(r"public key: (age1\w+)", places.BACKUP_KEY.read_text())
    if found is None:
        raise Trouble("server_no_key", file=places.BACKUP_KEY)
    return found[1]


def lay_units() -> bool:
    known = variables.read(places.VARIABLES)
    values = {
        "POSTGRES_PROGRAMS": str(database.programs()),
        "BACKUP_FOLDER": known.get("BACKUP_FOLDER") or str(places.BACKUPS),
        "BACKUP_HOUR": known.get("BACKUP_HOUR") or "02",
    }
    return units.lay(places.UNITS, units.texts(places.FILES / "units", values))


def lay_links() -> None:
    static = places.DATA / "static"
    if not static.is_symlink():
        static.symlink_to(places.CURRENT / "collected" / "static")
    python = places.CURRENT / "venv" / "bin" / "python"
    places.COMMAND.parent.mkdir(parents=True, exist_ok=True)
    places.COMMAND.write_text(WRAPPER.format(app=places.CURRENT / "app", python=python))
    places.COMMAND.chmod(0o755)


def prepare_upgrade(was: str, version: str) -> None:
    """Make a backup with the running version, then check what the upgrade will do.

    The running version's models match the tables.
    """
    folder = variables.read(places.VARIABLES).get("BACKUP_FOLDER") or places.BACKUPS
    print(sentence("server_backup", folder=folder), flush=True)
    if releases.manage(was, "backup", folder) or releases.manage(was, "erasures", folder):
        raise Trouble("server_no_backup", was=was)
    if releases.manage(version, "upgrade_check", folder):
        raise Trouble("server_not_yet", was=was)


def migrate(version: str) -> None:
    print(sentence("migrate"), flush=True)
    if releases.manage(version, "migrate", "--no-input", "--verbosity", "0"):
        raise Trouble("server_migrate", version=version)


def wait_until_healthy() -> None:
    """Wait until the web server answers and the sender has finished a round."""
    print(sentence("serve"), flush=True)
    deadline = time.monotonic() + HEALTHY_SECONDS
    waiting = ["web", "sender", "worker", "beat"]
    python = str(places.CURRENT / "venv" / "bin" / "python")
    while waiting:
        ask = [python, "-m", "homeschool.health", waiting[0]]
        asked = subprocess.run(
            ask, cwd=places.CURRENT / "app", **releases.as_services(), check=False
        )
        if asked.returncode == 0:
            waiting.pop(0)
        elif time.monotonic() > deadline:
            raise Trouble("server_not_healthy", process=waiting[0], seconds=HEALTHY_SECONDS)
        else:
            time.sleep(1)


def uninstall() -> None:
    """Remove the program and its units. Database, settings, files, backups and Debian's packages stay."""
    services.stop()
    services.forget()
    places.COMMAND.unlink(missing_ok=True)
    (places.DATA / "static").unlink(missing_ok=True)
    os.chdir("/")  # we are inside the folder that is removed
    shutil.rmtree(places.HOME)
    kept = [places.SETTINGS, places.DATA, places.CADDYS_DATA, places.BACKUPS]
    print(sentence("server_gone", kept=" ".join(map(str, kept)), database=database.NAME))
