"""Two web and two worker processes behind a real Caddy, with the file of deploy/: TLS, whose address counts,
one web process that dies, and messages that go once.
"""

import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from accounts.models import AccessRecord
from runtime.redis_server import free_port
from schools.roles import Role
from tests.factories.cast import PASSWORD, make_class, make_post, make_student, make_user
from tests.faults.conftest import check, states
from tests.faults.processes import ROOT, programs, running, wait_for

CADDY = shutil.which("caddy")
FILE = (ROOT / "deploy" / "Caddyfile").read_text()
# What differs from a server: no port below 1024, and a certificate that nobody has to install.
HERE = "admin off\n\thttp_port {http}\n\tskip_install_trust"
NEIGHBOUR, FORGED = "127.0.0.3", "203.0.113.9"
WEB = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"]


@dataclass
class Site:
    url: str
    webs: list[subprocess.Popen]
    root: Path  # the certificate of its own authority

    def browser(self, address: str = "127.0.0.1") -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.root))
        transport = httpx.HTTPTransport(verify=context, local_address=address)
        return httpx.Client(base_url=self.url, transport=transport, timeout=30)

    def answers(self) -> bool:
        try:
            with self.browser() as one:
                return one.get("/healthz").status_code == 200
        except (httpx.HTTPError, OSError):
            return False


@pytest.fixture
def site(school, own_redis, tmp_path) -> Iterator[Site]:
    if CADDY is None:
        pytest.skip("caddy is not installed (apt-get install caddy)")
    port, ports = free_port(), (free_port(), free_port())
    url = f"https://localhost:{port}"
    settings = {
        "PUBLIC_URL": url, "ALLOWED_HOSTS": "localhost", "CSRF_TRUSTED_ORIGINS": url, "TRUSTED_PROXIES": "1",
        "WEB_CONCURRENCY": "1", "REDIS_URL": own_redis.url, "TRIAL_KEYS": "0",
        "SECRET_KEY": "aZ09bY18cX27dW36eV45fU54gT63hS72iR81jQ90kP09lO18mN27",
        "NOTE_KEYS": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "AUDIT_KEYS": "zbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    }  # fmt: skip
    file = tmp_path / "Caddyfile"
    file.write_text(FILE.replace("admin off", HERE.format(http=free_port())))
    of_caddy = {
        "SITE_ADDRESS": url, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path),
        "WEB_ADDRESSES": " ".join(f"127.0.0.1:{one}" for one in ports),
    }  # fmt: skip
    caddy = [CADDY, "run", "--config", str(file), "--adapter", "caddyfile"]
    log = tmp_path / "log"
    with (
        programs(WEB, log=log, PORT=str(ports[0]), **settings) as first,
        programs(WEB, log=log, PORT=str(ports[1]), **settings) as second,
        programs(caddy, log=tmp_path / "caddy.log", **of_caddy),
    ):
        root = tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        found = Site(url, [*first, *second], root)
        wait_for(lambda: root.exists() and found.answers(), 60)
        yield found


def sign_in(one: httpx.Client, name: str) -> httpx.Response:
    page = one.get("/accounts/login/", headers={"X-Forwarded-For": FORGED})
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    said = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
    headers = {"Referer": str(page.url), "X-Forwarded-For": FORGED, "X-Forwarded-Proto": "http"}
    return one.post("/accounts/login/", data=said, headers=headers)


def test_two_of_each_behind_caddy(site, school, ask, gateway, own_redis, tmp_path):
    own = make_class(school, 5, 1)
    teacher = make_user("teacher", "张丽华")
    teacher.password = PBKDF2PasswordHasher().encode(PASSWORD, "some-salt", 1000)
    teacher.save()
    make_post(teacher, Role.CLASS_TEACHER, school=school, school_class=own)
    child = make_student(own, "徐梦瑶")
    ask(60)
    with site.browser(NEIGHBOUR) as one:
        assert sign_in(one, "teacher").status_code == 302
        assert all(cookie.secure for cookie in one.cookies.jar)
        assert (
            one.get(f"/children/{child.pk}/", headers={"X-Forwarded-For": FORGED}).status_code
            == 200
        )
        assert set(AccessRecord.objects.values_list("ip_address", flat=True)) == {NEIGHBOUR}
        with running(own_redis, tmp_path / "log", workers=2):
            wait_for(lambda: states() == {"accepted": 60}, 60)
        check(gateway, 60)
        # A process that is gone is passed over; a reader who is signed in notices nothing.
        site.webs[0].kill()
        found = [one.get(f"/children/{child.pk}/").status_code for _ in range(20)]
    assert found == [200] * 20
    assert (site.webs[0].wait(10), site.webs[1].poll()) == (-9, None)


def test_what_browsers_get_is_encrypted_and_says_so(site):
    with site.browser() as one:
        page = one.get("/accounts/login/")
    assert page.headers["Strict-Transport-Security"]
    with httpx.Client() as stranger, pytest.raises(httpx.ConnectError):
        stranger.get(f"{site.url}/accounts/login/")  # knows no such authority
