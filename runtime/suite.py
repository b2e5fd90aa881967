"""`./test`: everything that must pass, each step timed.

It goes on after a failure and reports all failures.
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from runtime import environment, frontend, redis_server
from runtime.layout import ROOT, VENV, VENV_PYTHON, DataFolder, check_disk
from runtime.postgres import Postgres
from runtime.processes import Processes, Program, Stopped
from runtime.start import manage
from runtime.words import Trouble, sentence

DATA = ROOT / ".local" / "test"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The same engine without window and frame takes half of the processor time for the same pages.
HEADLESS_SHELL = "chromium-headless-shell"
# `./test faults`: the whole fault list; tests/faults/README.md says which test shows what.
FAULTS = (
    "tests/faults", "tests/delivery/test_faults.py", "tests/delivery/test_dispatch.py",
    "tests/delivery/test_providers.py", "tests/delivery/test_receipts.py",
    "tests/delivery/test_archive.py", "tests/homeschool/test_away.py",
    "tests/homeschool/test_restored_sending.py", "tests/homeschool/test_backups.py",
    "tests/homeschool/test_upgrade.py", "tests/homeschool/test_time_limits.py",
)  # fmt: skip
# `./test attacks`: every attack, and every odd value for every address (tests/attacks/test_odd_values.py).
ATTACKS = ("tests/attacks", "-n", "2", "-m", "attacks or not attacks")
# `./test bundle`: a plain server without network, installed, upgraded, moved (tests/bundle/test_trial.py).
NORMAL = "not browser and not faults and not attacks and not bundle"
# Started while tools are downloaded, and running beside the other checks: the two that take longest.
BEFOREHAND = ("mypy", "schema")
BUNDLE = ("tests/bundle/test_trial.py", "-m", "bundle", "-x")
# Variables set in a developer's own shell must not decide a test.
FOREIGN = (
    "DATABASE_URL", "DATABASE_REPLICA_URL", "DATABASE_WINDOW_URL", "PROVINCE_HUB", "REDIS_URL",
    "SECRET_KEY", "NOTE_KEYS", "AUDIT_KEYS", "TRIAL_KEYS", "ANCHOR_URL", "DEBUG", "ALLOWED_HOSTS",
    "PUBLIC_URL", "EMAIL_URL", "TEST_DB_NAME", "JIAQIAO_DATA", "STATIC_HASHED",
    "PYTEST_ADDOPTS", "TRUSTED_PROXIES", "LANG", "LC_ALL",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    name: str
    argv: list[object]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    name: str
    passed: bool
    seconds: float


def main(arguments: list[str]) -> int:
    fast = arguments[:1] == ["fast"]
    to_pytest = arguments[1:] if fast else arguments
    if arguments[:1] == ["faults"]:
        to_pytest = [*FAULTS, "-m", "not browser", *arguments[1:]]
    if arguments[:1] == ["attacks"]:
        to_pytest = [*ATTACKS, *arguments[1:]]
    if arguments[:1] == ["bundle"]:
        to_pytest = [*BUNDLE, *arguments[1:]]
    data = DataFolder(DATA)
    check_disk(data.path)
    data.prepare()
    with data.lock(f"PID {os.getpid()}"), Processes(data.run) as processes:
        try:
            env = services(data, processes)
            ahead = [] if to_pytest else everything(env, fast=fast)
            begun = {
                step.name: begin(step, data, processes) for step in ahead if step.name in BEFOREHAND
            }
            env |= tools(data, processes, browser=not (fast or arguments[:1] == ["mutants"]))
            if arguments[:1] == ["bundle"]:
                need(
                    "mmdebstrap",
                    lambda: shutil.which("mmdebstrap"),
                    ["mmdebstrap"],
                    data,
                    processes,
                )
            steps = tests(env, to_pytest, fast=fast) if to_pytest else everything(env, fast=fast)
            outcomes = [perform(step, processes, begun.get(step.name)) for step in steps]
        except Stopped:
            return 130
    summarise(outcomes)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def services(data: DataFolder, processes: Processes) -> dict[str, str]:
    """Start packages, PostgreSQL and Redis, and return the environment of every step."""
    processes.end_leftovers()
    environment.make_venv(data, processes)
    environment.prepare(data, processes, dev=True)
    env = environment.clean_environment()
    env = {name: value for name, value in env.items() if name not in FOREIGN}
    return env | {
        "DJANGO_SETTINGS_MODULE": "homeschool.settings",
        "TRIAL_KEYS": "1",
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "LANG": "C.UTF-8",
        "JIAQIAO_DATA": str(data.path),
        "DATABASE_URL": Postgres(data, for_tests=True).start(processes),
        "REDIS_URL": redis_server.start(data, processes),
    }


def tools(data: DataFolder, processes: Processes, *, browser: bool) -> dict[str, str]:
    processes.finish(frontend.begin(data, processes))
    need("gettext", lambda: shutil.which("msgfmt"), ["gettext"], data, processes)
    need("espeak-ng", lambda: shutil.which("espeak-ng"), ["espeak-ng"], data, processes)
    need("nginx", find_nginx, ["nginx-light"], data, processes)
    if browser:
        need("Chromium", find_chromium, ["chromium"], data, processes)
        need("a Chinese font", chinese_font, ["fonts-noto-cjk", "fontconfig"], data, processes)
        with suppress(Trouble):  # not every system has it
            need(HEADLESS_SHELL, headless_shell, [HEADLESS_SHELL], data, processes)
    return {"CHROMIUM": find_chromium() or "", "HEADLESS_SHELL": headless_shell() or ""}


def need(
    tool: str,
    find: Callable[[], str | None],
    packages: list[str],
    data: DataFolder,
    processes: Processes,
) -> None:
    """Install with apt if that is possible without asking for a password."""
    if find():
        return
    names, become_root = " ".join(packages), as_root()
    if not shutil.which("apt-get") or become_root is None:
        raise Trouble("no_tool", tool=tool, packages=names)
    commands = "apt-get update && apt-get install -y --no-install-recommends " + names
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        processes.run(
            sentence("apt", packages=names),
            [*become_root, "sh", "-c", commands],
            log=data.logs / "apt.log",
            env=env,
        )
    except Trouble as trouble:
        raise Trouble("no_tool", tool=tool, packages=names) from trouble
    if not find():
        raise Trouble("no_tool", tool=tool, packages=names)


def as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def find_chromium() -> str | None:
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


def headless_shell() -> str | None:
    return shutil.which(HEADLESS_SHELL)


def find_nginx() -> str | None:
    """Return nginx, which Debian installs where only an administrator's PATH looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")


def chinese_font() -> str | None:
    if not shutil.which("fc-list"):
        return None
    fonts = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, text=True, check=False)
    return fonts.stdout.strip() or None


def everything(env: Mapping[str, str], *, fast: bool) -> list[Step]:
    def step(name: str, *argv: object, **extra: str) -> Step:
        return Step(name, list(argv), {**env, **extra})

    def tool(name: str, module: str, *argv: object) -> Step:
        return step(name, VENV_PYTHON, "-m", module, *argv)

    return [
        tool("ruff check", "ruff", "check", "--quiet", "."),
        tool("ruff format", "ruff", "format", "--check", "--quiet", "."),
        tool("djlint", "djlint", "templates", "--lint", "--quiet"),
        tool("mypy", "mypy"),
        step("import contracts", VENV / "bin" / "lint-imports"),
        step("migrations", *manage("makemigrations", "--check", "--dry-run")),
        tool("translations", "runtime.translations_check"),
        step(
            "check --deploy",
            *manage("check", "--deploy", "--fail-level", "WARNING"),
            **like_production(),
        ),
        tool("known holes", "runtime.audit", "--tell"),
        *tests(env, [], fast=fast),
    ]


def tests(env: Mapping[str, str], arguments: list[str], *, fast: bool) -> list[Step]:
    """Return the test steps. Browser tests run alone, because they would disturb the timings of other tests.

    A browser test that was too slow, or was ended because it hung, is run again at most twice (and listed,
    RERUN); a wrong page fails.
    """
    if arguments[:1] == ["mutants"]:
        return [Step("mutants", [VENV_PYTHON, "-m", "runtime.mutants", *arguments[1:]], env)]
    pytest = [VENV_PYTHON, "-m", "pytest", "-q", "--no-header"]
    if arguments:
        chosen = [*arguments, "-m", "not browser"] if fast else arguments
        return [Step("pytest", [*pytest, *chosen], env)]
    # Each process creates its database again and leaves it there; the slowest tests are listed.
    pytest += ["--create-db", "--reuse-db", "--durations=12", "--durations-min=5"]
    steps = [Step("tests", [*pytest, "-n", "2", "-m", NORMAL], env)]
    if not fast:
        # Three processes on two cores: a third of the time each waits for a browser, a worker or a timer.
        argv = [*pytest, "-n", "3", "tests/journeys", "-r", "aR", "--reruns", "2"]
        argv += ["--only-rerun", "TimeoutError", "--only-rerun", "TargetClosedError"]
        steps += [Step("browser journeys", argv, env), schema(env)]
    return steps


def schema(env: Mapping[str, str]) -> Step:
    return Step("schema", [VENV_PYTHON, "-m", "homeschool.schema", "check"], env)


def like_production() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "NOTE_KEYS": secrets.token_urlsafe(32),
        "AUDIT_KEYS": secrets.token_urlsafe(32),
        "TRIAL_KEYS": "0",
        "ANCHOR_URL": "https://anchors.example.org/jiaqiao",
        "PUBLIC_URL": "https://jiaqiao.example.org",
        "ALLOWED_HOSTS": "jiaqiao.example.org",
        "DEBUG": "0",
    }


def begin(step: Step, data: DataFolder, processes: Processes) -> Program:
    log = data.logs / f"{step.name}.log"
    log.unlink(missing_ok=True)
    return processes.start(step.name, step.argv, log=log, env=step.env, cwd=ROOT)


def perform(step: Step, processes: Processes, begun: Program | None) -> Outcome:
    """Show a step, or wait for one that is already running. The seconds are those that we had to wait."""
    print(f"\n── {step.name}", flush=True)
    began = time.monotonic()
    if begun:
        code = processes.wait(begun)
        if code and begun.log:
            print(begun.log.read_text(), flush=True)
    else:
        code = processes.show(step.name, step.argv, env=step.env, cwd=ROOT)
    return Outcome(step.name, code == 0, time.monotonic() - began)


def summarise(outcomes: list[Outcome]) -> None:
    print()
    for outcome in outcomes:
        print(f"{'✓' if outcome.passed else '✗'} {outcome.name:<20} {outcome.seconds:6.1f} s")
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    total = f"{sum(outcome.seconds for outcome in outcomes):.0f} s"
    verdict = f"failed: {', '.join(failed)}" if failed else "all passed"
    print(f"{verdict} ({total})", file=sys.stderr if failed else sys.stdout, flush=True)
