"""What a bundle lays on a server: variables and units, beside what docker-compose.yml says of them."""

import grp
import os
import re
import shlex

import pytest

from homeschool import schema
from runtime.server import database, places, units, variables
from runtime.words import Trouble
from tests.runtime.test_compose import ROOT, SERVICES, of_compose, words

FOLDER = places.FILES / "units"
TEMPLATE = places.FILES / "env.template"
VALUES = {"BACKUP_FOLDER": "/var/backups/jiaqiao", "BACKUP_HOUR": "02", "POSTGRES_PROGRAMS": "/p"}
# Docker publishes ports and keeps passwords by them; here PostgreSQL knows the user, redis.conf the password.
OF_COMPOSE_ALONE = {
    "POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "REDIS_PASSWORD", "WEB_BIND", "HTTP_PORT", "HTTPS_PORT",
}  # fmt: skip
LASTING = ("web", "sender", "worker", "beat")


def named(path) -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", path.read_text(), re.MULTILINE))


def lines(service: str) -> dict[str, str]:
    text = (FOLDER / f"jiaqiao-{service}.service").read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_every_variable_of_compose_arrives():
    caddys = named(places.FILES / "caddy.env.template")
    assert caddys == {"SITE_ADDRESS", "ACME_EMAIL", "FRONT_PROXIES", "CERTIFICATES"}
    assert caddys == set(SERVICES["caddy"]["environment"]) - {"WEB_ADDRESSES"}
    derived = {"CSRF_TRUSTED_ORIGINS"}  # compose makes it of PUBLIC_URL
    assert named(TEMPLATE) - derived == of_compose() - caddys - OF_COMPOSE_ALONE


def test_what_the_image_says_the_units_say():
    image = re.search(r"^ENV (.+?)[^\\]$", (ROOT / "Dockerfile").read_text(), re.M | re.S)[1]
    said = set(re.findall(r"([A-Z_]+)=", image)) - {"PATH"}
    common = set(re.findall(r"([A-Z_]+)=", (FOLDER / units.COMMON).read_text()))
    assert said - {"HOST", "PORT"} <= common
    assert "HOST=127.0.0.1 PORT=8000" in (FOLDER / "jiaqiao-web.service").read_text()


@pytest.mark.parametrize("service", LASTING)
def test_units_start_what_compose_starts(service):
    program, *given = shlex.split(lines(service)["ExecStart"])
    assert program == f"/opt/jiaqiao/current/venv/bin/{words(service)[0]}"
    names = re.findall(r"\$\{(\w+)\}", " ".join(given))
    values = dict(re.findall(r"^([A-Z_]+)=(.+)$", TEMPLATE.read_text(), re.MULTILINE))
    assert set(names) <= values.keys()
    for name in names:
        given = [word.replace(f"${{{name}}}", values[name]) for word in given]
    assert [word.replace("%%", "%") for word in given] == words(service)[1:]


@pytest.mark.parametrize("service", [*LASTING, "redis", "caddy", "backup"])
def test_memory_has_the_same_end_as_in_compose(service):
    assert lines(service)["MemoryMax"].lower() == SERVICES[service]["mem_limit"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.service")), ids=lambda path: path.stem)
def test_services_run_without_rights(path):
    found = lines(path.stem.removeprefix("jiaqiao-"))
    assert found["User"] in ("jiaqiao", "caddy")
    assert found["CapabilityBoundingSet"] == (
        "CAP_NET_BIND_SERVICE" if found["User"] == "caddy" else ""
    )
    assert found.get("Restart", "") == ("" if found.get("Type") == "oneshot" else "on-failure")
    common = (FOLDER / units.COMMON).read_text().splitlines()
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"} <= set(common)
    # Caddy, which strangers speak to first, gets no key.
    assert found.get("EnvironmentFile") == {"caddy": "/etc/jiaqiao/caddy.env"}.get(
        found["User"], None if path.stem.endswith("redis") else "/etc/jiaqiao/env"
    )


def test_units_are_filled_and_each_that_the_target_wants_is_there():
    texts = units.texts(FOLDER, VALUES)
    assert not [name for name, text in texts.items() if re.search(r"@[A-Z_]+@", text)]
    wanted = re.findall(r"jiaqiao-\w+\.(?:service|timer)", texts[units.TARGET])
    assert {name for name in texts if re.search(r"\.(service|timer)$", name)} - set(wanted) == {
        "jiaqiao-backup.service", "jiaqiao-erasures.service",
    }  # fmt: skip
    assert set(wanted) <= texts.keys()


def test_units_are_laid_once_and_what_others_laid_stays(tmp_path):
    texts = units.texts(FOLDER, VALUES)
    own = tmp_path / "jiaqiao-web.service.d" / "override.conf"
    own.parent.mkdir()
    own.write_text("[Service]\nMemoryMax=4G\n")
    (tmp_path / "jiaqiao-former.service").write_text("")
    assert units.lay(tmp_path, texts)
    assert not units.lay(tmp_path, texts)
    assert own.exists()
    assert not (tmp_path / "jiaqiao-former.service").exists()
    assert units.lay(tmp_path, units.texts(FOLDER, VALUES | {"BACKUP_HOUR": "04"}))
    assert "*-*-* 04:00:00" in (tmp_path / "jiaqiao-backup.timer").read_text()


def test_variables_are_written_once_and_not_for_everybody(tmp_path):
    group = grp.getgrgid(os.getgid()).gr_name
    path = tmp_path / "env"
    assert variables.write_once(path, "A=1\n", group)
    assert path.stat().st_mode & 0o777 == 0o640
    assert not variables.write_once(path, "A=2\n", group)
    assert path.read_text() == "A=1\n"


def test_variables_are_read_as_systemd_reads_them(tmp_path):
    path = tmp_path / "env"
    path.write_text("# A=0\nA=1 = 2\n; B=0\nC='a b'\nCERTIFICATES=tls internal\n\nD=\n")
    expected = {"A": "1 = 2", "C": "a b", "CERTIFICATES": "tls internal", "D": ""}
    assert variables.read(path) == expected


def test_the_first_variables_are_those_of_the_address_with_keys_of_their_own(tmp_path):
    path = tmp_path / "env"
    values = variables.of_address("https://192.168.1.10") | {"BACKUP_KEY": "age1x"}
    first = variables.fill(TEMPLATE.read_text(), values | variables.new_keys())
    path.write_text(first)
    found = variables.read(path)
    assert not re.search(r"@[A-Z_]+@", first)
    assert found["PUBLIC_URL"] == found["CSRF_TRUSTED_ORIGINS"] == "https://192.168.1.10"
    assert found["ALLOWED_HOSTS"] == "192.168.1.10"
    assert re.fullmatch(r"redis://:\w{40}@127\.0\.0\.1:6390/0", found["REDIS_URL"])
    assert database.is_here(found["DATABASE_URL"])
    assert not database.is_here("postgres://jiaqiao:x@db.example.org:5432/jiaqiao")
    second = variables.new_keys()
    assert not {found[name] for name in ("SECRET_KEY", "NOTE_KEYS", "AUDIT_KEYS")} & set(
        second.values()
    )


@pytest.mark.parametrize(
    "address", ["", "jiaqiao.example.org", "ftp://a", "https://", "https://a/b", "https://u:p@a"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Trouble):
        variables.of_address(address)


def test_an_older_postgresql_understands_the_snapshot():
    """Debian 13 brings 17; `./test bundle` loads it there."""
    text = schema.SNAPSHOT.read_text()
    older = schema.as_understood(text, 170_000)
    gone = set(text.splitlines()) - set(older.splitlines())
    assert gone
    assert all(re.fullmatch(r"    NOT NULL \w+,?", line) for line in gone)
    assert schema.as_understood(text, 180_000) == text
