"""`./start`: from a fresh clone to a school to try out, and back down with nothing left running."""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runtime import environment, frontend, instances, redis_server
from runtime.demo_accounts import DEMO_ACCOUNTS, PASSWORD
from runtime.layout import ROOT, VENV, VENV_PYTHON, DataFolder, check_disk
from runtime.postgres import Postgres, has_programs
from runtime.processes import Processes, Progress, Stopped, last_line
from runtime.words import Trouble, sentence, speaks_chinese

DEFAULT_PORT = 8000
HEALTHY_SECONDS = 90  # two slow cores, four Python processes loading Django at once
LAN_PASSWORD_BYTES = 6  # 48 bits, 8 characters: typed by hand; axes limits guesses
ANYWHERE = "0.0.0.0"  # noqa: S104  --lan is the wish to be reached
# No talk between workers: it ends a worker whose Redis goes away (kombu issue 582).
ALONE = ("--without-gossip", "--without-mingle")
# Name, queues and places: whatever blocks the worker does not hold up messages (homeschool.settings).
WORKERS = (("sender", "alerts,sending", 3), ("worker", "celery,rescue", 2))


@dataclass(frozen=True)
class Options:
    port: int
    data: DataFolder
    demo: bool
    lan: bool


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    address = address_of(options)
    check_disk(options.data.path)
    # PostgreSQL checks this again when it starts; checking here saves minutes of installing.
    if "DATABASE_URL" not in os.environ and has_programs():
        Postgres(options.data).check_version()
    options.data.prepare()
    with (
        options.data.lock(f"{address}, PID {os.getpid()}"),
        contextlib.suppress(Stopped),
        Processes(options.data.run) as processes,
    ):
        instances.note(options.data)
        # Leftover processes may hold the port, so end them first.
        if count := processes.end_leftovers():
            print("  " + sentence("leftover", count=count), flush=True)
        check_port(options)
        run(options, address, processes)
    print(sentence("stopped", data=options.data.path), flush=True)
    return 0


def parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="./start", description="家桥 · Jiaqiao")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default: 8000")
    parser.add_argument("--data", type=Path, default=ROOT / ".local", help="default: .local")
    parser.add_argument("--no-demo", action="store_true", help="start with an empty database")
    parser.add_argument(
        "--lan", action="store_true", help="let phones on the same network open links"
    )
    given = parser.parse_args(arguments)
    if not 1024 <= given.port <= 65535:
        raise Trouble("bad_port", port=given.port)
    return Options(given.port, DataFolder(given.data), not given.no_demo, given.lan)


def address_of(options: Options) -> str:
    return f"http://{lan_address() if options.lan else '127.0.0.1'}:{options.port}"


def lan_address() -> str:
    """Return our own address on the way to another network. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for documentation
        except OSError as error:
            raise Trouble("no_network") from error
        return probe.getsockname()[0]


def check_port(options: Options) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ANYWHERE if options.lan else "127.0.0.1", options.port))
        except OSError:
            other = options.port + 1 if options.port < 65535 else options.port - 1
            raise Trouble("port_taken", port=options.port, other=other) from None


def run(options: Options, address: str, processes: Processes) -> None:
    data = options.data
    environment.make_venv(data, processes)
    front_end = frontend.begin(data, processes)
    environment.prepare(data, processes)
    env = child_environment(options, address, processes)
    state = bring_up_to_date(data, env, processes)
    if options.demo and state["empty"]:
        seed(data, env, processes)
        state["demo"] = True
    processes.finish(front_end)
    passwords = demo_passwords(options, env) if state["demo"] else {}
    collect_static(data, env, processes)
    serve(options, env, processes)
    welcome(options, address, passwords)
    if state["demo"] and not state.get("county"):
        load_county(data, env, processes)
    while True:
        time.sleep(0.5)
        processes.keep_alive()


# What `manage.py` needs next to a running `./start` (homeschool.settings reads it).
KEPT_FOR_COMMANDS = (
    "DATABASE_URL", "DATABASE_ROLES", "REDIS_URL", "SECRET_KEY", "NOTE_KEYS", "AUDIT_KEYS", "PUBLIC_URL",
    "JIAQIAO_DATA",
)  # fmt: skip


def child_environment(options: Options, address: str, processes: Processes) -> dict[str, str]:
    env = environment.clean_environment()
    env |= {
        "DJANGO_SETTINGS_MODULE": "homeschool.settings",
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "JIAQIAO_DATA": str(options.data.path),
        "HOST": ANYWHERE if options.lan else "127.0.0.1",
        "PORT": str(options.port),
        "STATIC_HASHED": "1",
        "SENDER_CONCURRENCY": str(WORKERS[0][2]),
    }
    host = urlsplit(address).hostname or ""
    env.setdefault("PUBLIC_URL", address)
    env.setdefault("SECRET_KEY", options.data.secret_key())
    env.setdefault("NOTE_KEYS", options.data.note_key())
    env.setdefault("AUDIT_KEYS", options.data.audit_key())
    env.setdefault("ALLOWED_HOSTS", ",".join(dict.fromkeys([host, "127.0.0.1", "localhost"])))
    if "DATABASE_URL" not in env:
        env["TEST_PHONE"] = "1"  # a copy for trying out
        env["DATABASE_URL"] = Postgres(options.data).start(processes)
        env.setdefault("DATABASE_ROLES", "1")
    # On somebody else's server, only they know whether roles may be created there.
    env.setdefault("DATABASE_ROLES", "0")
    if "REDIS_URL" not in env:
        env["REDIS_URL"] = redis_server.start(options.data, processes)
    options.data.keep_environment({name: env[name] for name in KEPT_FOR_COMMANDS})
    return env


def bring_up_to_date(
    data: DataFolder, env: Mapping[str, str], processes: Processes
) -> dict[str, Any]:
    state = database_state(env)
    if state["pending"]:
        processes.run(
            sentence("migrate"),
            manage("migrate", "--no-input"),
            log=data.logs / "migrate.log",
            env=env,
            cwd=ROOT,
        )
        state = database_state(env)
    return state


def database_state(env: Mapping[str, str]) -> dict[str, Any]:
    asked = subprocess.run(
        [VENV_PYTHON, "-m", "runtime.database_state"],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    if asked.returncode:
        raise Trouble("no_database", cause=last_line(asked.stderr))
    state = json.loads(asked.stdout)
    if "error" in state:
        raise Trouble("no_database", cause=state["error"])
    if state["unknown"]:
        raise Trouble("newer_schema", migration=state["unknown"][0])
    return state


def manage(*words: str) -> list[object]:
    return [VENV_PYTHON, ROOT / "manage.py", *words]


def seed(data: DataFolder, env: Mapping[str, str], processes: Processes) -> None:
    processes.run(
        sentence("seed"),
        manage("seed_demo"),
        log=data.logs / "seed.log",
        env=env,
        cwd=ROOT,
        progress=last_progress,
    )


def load_county(data: DataFolder, env: Mapping[str, str], processes: Processes) -> None:
    """Load it in the background. A failure leaves the demo school as it is."""
    try:
        processes.run(
            sentence("county"),
            ["nice", "-n", "10", *manage("seed_county")],
            log=data.logs / "county.log",
            env=env,
            cwd=ROOT,
            progress=last_progress,
            is_behind=True,
        )
    except Trouble as trouble:
        if trouble.key != "step_failed":
            raise
        print(f"  {trouble} {sentence('not_loaded')}", flush=True)


def last_progress(text: str) -> str:
    """Return the latest state of the command's own progress bar."""
    return text.replace("\r", "\n").rstrip().rpartition("\n")[2][-60:]


def demo_passwords(options: Options, env: Mapping[str, str]) -> dict[str, str]:
    """Return random passwords while other machines can reach us, and the public one again afterwards."""
    marker = options.data.path / "lan-passwords"
    if not options.lan and not marker.exists():
        return {account.login: PASSWORD for account in DEMO_ACCOUNTS}
    fresh = secrets.token_urlsafe
    passwords = {
        a.login: fresh(LAN_PASSWORD_BYTES) if options.lan else PASSWORD for a in DEMO_ACCOUNTS
    }
    marker.touch()
    with Progress(sentence("passwords")):
        subprocess.run(
            [VENV_PYTHON, "-m", "runtime.demo_passwords"],
            input=json.dumps(passwords),
            env=env,
            cwd=ROOT,
            text=True,
            check=True,
            start_new_session=True,
        )
    if not options.lan:
        marker.unlink()
    return passwords


def collect_static(data: DataFolder, env: Mapping[str, str], processes: Processes) -> None:
    """Copy files under hashed names, again if a file or a package that brings files has changed."""
    stamp = data.run / "static"
    sources = [path for path in frontend.DIST.rglob("*") if path.is_file()]
    value = environment.digest([environment.LOCK, *sorted(sources)])
    if stamp.exists() and stamp.read_text() == value and (data.path / "static").is_dir():
        return
    processes.run(
        sentence("static"),
        manage("collectstatic", "--no-input", "--clear"),
        log=data.logs / "static.log",
        env=env,
        cwd=ROOT,
    )
    stamp.write_text(value)


def serve(options: Options, env: Mapping[str, str], processes: Processes) -> None:
    logs, celery = options.data.logs, [VENV_PYTHON, "-m", "celery", "-A", "homeschool.celery:app"]
    common: dict[str, Any] = {"env": env, "cwd": ROOT}
    with Progress(sentence("serve")) as line:
        processes.start(
            "web",
            [VENV_PYTHON, "-m", "gunicorn", "-c", ROOT / "gunicorn.conf.py"],
            log=logs / "web.log",
            **common,
        )
        for name, queues, places in WORKERS:
            processes.start(
                name,
                [*celery, "worker", *ALONE, "-l", "INFO"]
                + ["-n", f"{name}@%h", "-Q", queues, "-c", places],
                log=logs / f"{name}.log",
                **common,
            )
        processes.start("beat", [*celery, "beat", "-l", "INFO"], log=logs / "beat.log", **common)
        wait_until_healthy(options, processes, line)


def wait_until_healthy(options: Options, processes: Processes, line: Progress) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    found: dict[str, Any] = {}
    while found.get("status") != "ok":
        if time.monotonic() > deadline:
            cause = ", ".join(f"{name}: {word}" for name, word in found.items()) or "—"
            raise Trouble(
                "not_healthy", seconds=HEALTHY_SECONDS, cause=cause, log=options.data.logs
            )
        time.sleep(0.2)
        line.tick()
        processes.check_alive()
        with contextlib.suppress(OSError, ValueError):
            found = health(options.port)


def health(port: int) -> dict[str, Any]:
    # Not through a proxy that the environment may name.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return json.load(answer)


def welcome(options: Options, address: str, passwords: Mapping[str, str]) -> None:
    print("\n" + sentence("ready", address=address) + "\n")
    if passwords:
        print_sign_ins(passwords)
        print(f"\n{sentence('try')}:")
        first, principal = DEMO_ACCOUNTS[0].login, DEMO_ACCOUNTS[2].login
        for key in ("try_1", "try_2", "try_3"):
            print(sentence(key, login=first, principal=principal, address=address))
    else:
        print(sentence("first_school"))
    if why := missing_voice():
        print(f"\n{why}")
    print("\n" + sentence("how_to_stop", data=options.data.path), flush=True)


def missing_voice() -> str:
    """Return a line if nothing on this machine reads pages aloud (uploads.speaking, doors.family.aloud)."""
    if shutil.which("espeak-ng") or os.environ.get("SPEECH_URL"):
        return ""
    command = "brew install espeak-ng" if sys.platform == "darwin" else "sudo apt install espeak-ng"
    return sentence("no_voice", command=command)


def print_sign_ins(passwords: Mapping[str, str]) -> None:
    print(f"{sentence('sign_ins')}:")
    same = len(set(passwords.values())) == 1
    for account in DEMO_ACCOUNTS:
        title = account.title_zh if speaks_chinese() else account.title_en
        password = "" if same else passwords[account.login]
        print(f"  {account.login:<12} {password:<10} {account.name} · {title}")
    if same:
        print("  " + sentence("password_for_all", password=next(iter(passwords.values()))))
