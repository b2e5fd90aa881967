"""docker-compose.yml without Docker: what it runs exists here and takes the options given."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from runtime.start import WORKERS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "jiaqiao"]
# Compose fills these in; its default stands after ":-".
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")


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


def test_every_setting_that_the_readme_names_can_be_given():
    table = (ROOT / "README.md").read_text().split("\n| `SECRET_KEY`")[1].split("\n\n")[0]
    rows = ["| `SECRET_KEY`" + table.split("\n")[0], *table.split("\n")[1:]]
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
    assert len(named) > 30
    only_for_trying = {"TEST_PHONE"}
    assert named - only_for_trying - {match[1] for match in VARIABLE.finditer(TEXT)} == set()


def test_the_services_are_those_of_a_school():
    assert set(SERVICES) == {"migrate", "web", "sender", "worker", "beat", "db", "redis"}


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
        for name in SERVICES[service]["environment"]:
            assert f'"{name}"' in source or f"'{name}'" in source, name


def test_secrets_come_from_the_environment_and_are_demanded():
    demanded = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert demanded >= {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "PUBLIC_URL"}
    example = (ROOT / ".env.example").read_text()
    assert {line[:-1] for line in example.splitlines() if line.endswith("=")} == demanded


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
