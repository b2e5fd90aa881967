"""docs/operations.md: its commands exist and take what they are given; variables, links, rules are there."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "operations.md").read_text()
# In a line of its own or within a sentence.
CODE = re.findall(r"^ {4,}(\S.*)$", GUIDE, re.MULTILINE) + re.findall(r"`([^`]+)`", GUIDE)
MANAGE = sorted(
    {
        re.sub(r"^(python manage\.py|jiaqiao) ", "manage.py ", one.split("  #")[0])
        for one in CODE
        if re.match(r"((python )?manage\.py|jiaqiao) [a-z]", one)
    }
)
COMPOSE = sorted({one.split("  #")[0] for one in CODE if one.startswith("docker compose ")})
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OPTIONS = {
    "up": {"-d", "--build", "--wait", "--scale"}, "ps": {"-a"}, "build": set(), "stop": set(), "down": set(),
    "restart": set(), "exec": {"-T"}, "logs": {"--since"}, "run": {"--rm", "--no-deps", "-v"},
}  # fmt: skip
VALUED = {"--since", "-v", "--scale"}


def words(line: str) -> list[str]:
    return shlex.split(line.replace("…", "x").split(" < ")[0].split(" > ")[0])


def parse(argv: list[str]) -> None:
    name, *given = argv
    assert name in get_commands(), name
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(given)


@pytest.mark.parametrize("line", MANAGE)
def test_each_command_of_ours_takes_what_the_guide_gives_it(line):
    with translation.override("en"):
        parse(words(line.removeprefix("python ").removeprefix("manage.py ")))


def test_it_names_every_command_of_an_operator():
    told = {words(line.removeprefix("python "))[1] for line in MANAGE}
    ours = {
        path.stem for path in (ROOT / "homeschool" / "management" / "commands").glob("[a-z]*.py")
    }
    assert ours - {"migrate"} <= told


@pytest.mark.parametrize("line", COMPOSE)
def test_each_command_of_compose_names_services_that_are_there(line):
    _docker, _compose, verb, *rest = words(line)
    known = OPTIONS[verb]
    named = []
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            named.append(word)
            if verb in ("exec", "run"):
                break
            continue
        assert word in known, word
        if word in VALUED:
            value = rest.pop(0)
            assert word != "--scale" or value.split("=")[0] in SERVICES
    assert set(named) <= set(SERVICES)
    if verb in ("exec", "run") and rest[:2] == ["python", "manage.py"] and rest[2] != "x":
        parse(rest[2:])
    elif verb in ("exec", "run") and rest[0] != "python":
        assert rest[0] in ("pg_dump", "pg_restore", "psql", "sh")


def test_each_variable_that_it_names_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)", GUIDE))
    assert len(named) > 10
    elsewhere = {"SECRET_KEY_FALLBACKS"}
    assert {name for name in named - elsewhere if f"{name}=" not in example} == set()


def test_links_within_it_and_to_files_lead_somewhere():
    headings = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
    links = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert {one[1:] for one in links if one.startswith("#")} <= anchors
    files = [one for one in links if not one.startswith(("#", "http"))]
    assert files
    assert all((ROOT / "docs" / one).exists() for one in files)


def test_each_alert_has_a_row_that_says_what_to_do():
    rules = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"][0]["rules"]
    table = GUIDE.split("| rule |")[1].split("\n\n")[0]
    assert {rule["alert"] for rule in rules} == set(re.findall(r"`([A-Z]\w+[a-z])`", table)) - {
        "OOMKilled"
    }
