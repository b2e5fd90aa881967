"""docker-compose.yml without Docker: what it runs exists here and takes the options given."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from homeschool import secret_files
from runtime.layout import VENV
from runtime.postgres import find_programs
from runtime.start import WORKERS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "jiaqiao"]
# Compose fills these in; its default stands after ":-" or "-".
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::?-((?:[^{}]|\$\{[^{}]*\})*)|:?\?[^}]*)?\}")
INNER = re.compile(r"(?<!\$)\$\{(\w+)")


def words(service: str) -> list[str]:
    return [VARIABLE.sub(lambda m: m[2] or "1", str(w)) for w in SERVICES[service]["command"]]


def run(*argv: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, argv)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def of_readme() -> set[str]:
    table = (ROOT / "README.md").read_text().split("\n| `SECRET_KEY`")[1].split("\n\n")[0]
    rows = ["| `SECRET_KEY`" + table.split("\n")[0], *table.split("\n")[1:]]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}


def of_compose() -> set[str]:
    return {match[1] for match in INNER.finditer(TEXT)}


def of_example() -> set[str]:
    example = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))


def test_readme_compose_and_example_name_the_same_variables():
    """A variable that is told and does not arrive does nothing, and nobody sees it."""
    only_for_trying = {"TEST_PHONE"}
    assert len(of_compose()) > 60
    assert of_readme() - only_for_trying == of_compose() == of_example()


def test_every_variable_that_the_settings_read_arrives():
    source = (ROOT / "homeschool" / "settings.py").read_text()
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', source))
    assert len(read) > 40
    # Of tests, of `./start`, or said by the image.
    elsewhere = {"DEBUG", "TRIAL_KEYS", "TEST_DB_NAME", "TEST_PHONE", "SSL_REDIRECT"}
    elsewhere |= set(
        re.findall(r"^\s*(?:ENV )?([A-Z_]+)=", (ROOT / "Dockerfile").read_text(), re.M)
    )
    assert read - elsewhere == set(SERVICES["web"]["environment"]) & read


def test_a_secret_in_a_file_arrives_for_each_that_may_lie_in_one():
    files = {name.removesuffix("_FILE") for name in of_compose() if name.endswith("_FILE")}
    assert files == {*secret_files.NAMES, "POSTGRES_PASSWORD"}
    for service in OURS:
        assert "./secrets:/run/secrets:ro" in SERVICES[service]["volumes"]


def test_the_services_are_those_of_a_school():
    assert set(SERVICES) == {
        "migrate", "web", "sender", "worker", "beat", "db", "redis", "caddy", "backup",
        "replica",
    }  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_logs_and_memory_have_an_end(service):
    found = SERVICES[service]
    assert found["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert re.fullmatch(r"\d+[mg]", found["mem_limit"])


def test_postgresql_is_of_the_version_of_the_tests_and_so_are_its_programs():
    said = subprocess.check_output([find_programs() / "postgres", "--version"], text=True)
    major = said.split()[-1].split(".")[0]
    assert SERVICES["db"]["image"] == f"postgres:{major}"
    folder = re.search(r"POSTGRES_PROGRAMS=/venv/(\S+)", (ROOT / "Dockerfile").read_text())[1]
    assert (VENV / folder.replace("python3.13", find_programs().parents[3].name)).samefile(
        find_programs()
    )
    # Where the image of this version keeps its data; that of 17 kept it one folder deeper.
    assert SERVICES["db"]["volumes"][0].endswith(":/var/lib/postgresql")


@pytest.mark.parametrize("service", ["web", "worker"])
def test_there_may_be_several(service):
    """No name and no port of the host of their own; each worker is called after its container."""
    assert not SERVICES[service].keys() & {"container_name", "ports", "hostname"}
    if service == "worker":
        assert "worker@%h" in words(service)


def test_the_backup_is_made_in_its_hour_and_not_twice(tmp_path):
    """The very words of the service, with clock and command in our hands."""
    shell, option, script = SERVICES["backup"]["command"]
    script = script.replace("$$", "$").replace("/backups", str(tmp_path))
    asked = tmp_path / "asked"
    made, hour = tmp_path / "jiaqiao-1.tar.age", tmp_path / "hour"
    python = f'python() {{ echo "$2" >> {asked}; [ "$2" = erasures ] || touch {made}; }}'
    # Three rounds: at one, at two, at two again.
    rounds = f"$(wc -l < {hour})"
    clock = f"date() {{ echo x >> {hour}; [ {rounds} = 1 ] && echo 01 || echo 02; }}"
    sleep = f"sleep() {{ :; }}; wait() {{ [ {rounds} -lt 3 ] || exit 0; }}"
    whole = f"{python}; {clock}; {sleep}; {script}"
    subprocess.run(
        [shell, option, whole], env=os.environ | {"BACKUP_HOUR": "02"}, check=True, timeout=20
    )
    assert asked.read_text().split() == ["erasures", "erasures", "backup", "erasures"]
    kind, test = SERVICES["backup"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    healthy = test.replace("/backups", str(tmp_path))
    assert subprocess.run(["sh", "-c", healthy], check=False).returncode == 0
    made.unlink()
    assert subprocess.run(["sh", "-c", healthy], check=False).returncode == 1


def test_web_starts_gunicorn_with_our_configuration():
    program, *options = words("web")
    assert program == "gunicorn"
    checked = run("-m", "gunicorn", *options, "--check-config")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("service", "runs"), [("sender", "worker"), ("worker", "worker"), ("beat", "beat")]
)
def test_celery_takes_the_options(service, runs):
    program, *options = words(service)
    assert program == "celery"
    # Options are parsed before help is shown: an unknown one fails.
    helped = run("-m", "celery", *options, "--help")
    assert helped.returncode == 0, helped.stderr
    assert f"celery {runs} [OPTIONS]" in helped.stdout
    assert run("-m", "celery", *options, "--no-such-option", "--help").returncode != 0


def test_each_queue_has_a_worker_and_that_of_the_rescue_has_no_place_of_the_senders():
    """What waits for a provider's look-up holds up neither alerts nor messages."""
    taken = {name: words(name)[words(name).index("-Q") + 1] for name in ("sender", "worker")}
    assert taken == {name: queues for name, queues, _ in WORKERS}
    assert set(taken["sender"].split(",")) == {"alerts", "sending"}
    every = {queue for queues in taken.values() for queue in queues.split(",")}
    assert every == {queue.name for queue in settings.CELERY_TASK_QUEUES}
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= every
    assert settings.DRAINS_AT_ONCE < settings.SENDER_CONCURRENCY


def test_migrate_is_a_command_of_manage():
    program, *options = words("migrate")
    assert program == "python"
    helped = run(*options, "--help")
    assert helped.returncode == 0, helped.stderr


@pytest.mark.parametrize("service", ["web", "sender", "worker", "beat"])
def test_a_health_check_runs_and_tells_the_dead(service, monkeypatch):
    kind, program, *options = SERVICES[service]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    monkeypatch.setenv("PORT", "9")
    checked = run(*options)
    assert (checked.returncode, checked.stderr) == (1, "")


@pytest.mark.parametrize("service", OURS)
def test_ours_run_without_privileges(service):
    found = SERVICES[service]
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert "USER jiaqiao" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"migrate"}))
def test_everything_that_lasts_has_a_health_check(service):
    assert SERVICES[service]["healthcheck"]["test"]
    assert SERVICES[service]["restart"] == "unless-stopped"


def test_each_variable_is_read_by_somebody():
    readers = ["homeschool/settings.py", "homeschool/health.py", "gunicorn.conf.py"]
    source = "".join((ROOT / path).read_text() for path in readers)
    for service in OURS:
        for name in set(SERVICES[service]["environment"]) - {"BACKUP_HOUR", "TZ"}:
            name = name.removesuffix("_FILE")
            assert f'"{name}"' in source or f"'{name}'" in source, name


def test_secrets_come_from_the_environment_and_are_demanded():
    demanded = set(re.findall(r"\$\{(\w+):?\?", TEXT))
    assert demanded >= {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "PUBLIC_URL"}
    example = (ROOT / ".env.example").read_text()
    assert {
        line[:-1] for line in example.splitlines() if re.fullmatch(r"[A-Z_]+=", line)
    } == demanded


def test_the_image_has_each_package_of_the_project():
    """The build takes only what .dockerignore names: a package forgotten there fails at the school."""
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= kept
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    sources = {source for line in copied for source in line.split()} - {"."}
    assert sources <= kept
    assert all((ROOT / source).exists() for source in kept)
