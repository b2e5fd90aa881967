"""Behind a real nginx, as README sets it up: whose tries are counted, and whose address is written down.

Before, every address was the proxy's: all families and staff shared one count, and the log of readers named
the proxy. Without a proxy, a forged header was written into the log lines.
"""

import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pghistory.models
import pytest

from accounts.guessing import AT_ADDRESS
from accounts.models import AccessRecord
from tests.factories.cast import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
MINE, NEIGHBOUR = "127.0.0.2", "127.0.0.3"
pytestmark = pytest.mark.django_db(transaction=True)
# What README tells an administrator to write.
PROXY_LINES = re.findall(
    r"^ +(proxy_(?:pass|set_header) .+;)$", (ROOT / "README.md").read_text(), re.M
)
CONFIG = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; location / {{ {lines} }} }}
}}
"""


@pytest.fixture
def proxy(live_server, settings, tmp_path):
    """The address of an nginx in front of the live server, which trusts one proxy."""
    if NGINX is None:
        pytest.skip("nginx is not installed (apt-get install nginx-light)")
    settings.TRUSTED_PROXIES = 1
    port = free_port()
    lines = " ".join(PROXY_LINES).replace("http://127.0.0.1:8000", live_server.url)
    user = "user root;" if os.geteuid() == 0 else ""
    config = tmp_path / "nginx.conf"
    config.write_text(CONFIG.format(user=user, folder=tmp_path, port=port, lines=lines))
    errors = tmp_path / "error.log"
    nginx = subprocess.Popen([NGINX, "-c", config, "-p", tmp_path, "-e", errors])
    try:
        wait_for(port, nginx)
        yield f"http://127.0.0.1:{port}"
    finally:
        nginx.terminate()
        nginx.wait(10)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port: int, nginx: subprocess.Popen) -> None:
    for _try in range(100):
        assert nginx.poll() is None, "nginx did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("nginx does not answer")


def browser(url: str, address: str) -> httpx.Client:
    """A client that calls from `address`."""
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=url, transport=transport, timeout=30)


def password(one: httpx.Client, name: str, given: str, **headers: str) -> httpx.Response:
    page = one.get("/accounts/login/", headers=headers)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    said = {"login": name, "password": given, "csrfmiddlewaretoken": token}
    return one.post("/accounts/login/", data=said, headers=headers)


def forged(number: int) -> dict[str, str]:
    address = f"203.0.113.{number}"
    return {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}


def test_readme_says_what_is_tried_here():
    assert len(PROXY_LINES) == 4


def test_each_client_behind_it_has_its_own_count_and_a_forged_header_no_other(proxy, cast):
    for number in range(AT_ADDRESS.most):
        with browser(proxy, MINE) as mine:
            assert password(mine, "teacher", "wrong wrong", **forged(number)).status_code == 200
    with browser(proxy, MINE) as mine:
        assert password(mine, "teacher", PASSWORD, **forged(99)).status_code == 429
    with browser(proxy, NEIGHBOUR) as neighbour:
        assert password(neighbour, "teacher", PASSWORD).status_code == 302


def test_log_of_readers_history_and_log_lines_name_the_client(proxy, cast, caplog):
    logging.getLogger("django_structlog").setLevel(logging.INFO)
    child = cast.students["mengyao"]
    try:
        with browser(proxy, NEIGHBOUR) as neighbour:
            password(neighbour, "teacher", PASSWORD, **forged(7))
            page = neighbour.get(f"/children/{child.pk}/", headers=forged(7))
    finally:
        logging.getLogger("django_structlog").setLevel(logging.WARNING)
    assert page.status_code == 200
    assert set(AccessRecord.objects.values_list("ip_address", flat=True)) == {NEIGHBOUR}
    said = [
        one.msg["ip"] for one in caplog.records if isinstance(one.msg, dict) and "ip" in one.msg
    ]
    assert set(said) == {NEIGHBOUR}
    contexts = pghistory.models.Context.objects.exclude(metadata__ip=None)
    assert {one.metadata["ip"] for one in contexts} <= {NEIGHBOUR}


def test_without_a_proxy_a_forged_header_changes_nothing(live_server, cast, caplog):
    logging.getLogger("django_structlog").setLevel(logging.INFO)
    try:
        for number in range(AT_ADDRESS.most):
            with browser(live_server.url, MINE) as mine:
                password(mine, "teacher", "wrong wrong", **forged(number))
    finally:
        logging.getLogger("django_structlog").setLevel(logging.WARNING)
    with browser(live_server.url, MINE) as mine:
        assert password(mine, "teacher", PASSWORD, **forged(99)).status_code == 429
    said = [
        one.msg["ip"] for one in caplog.records if isinstance(one.msg, dict) and "ip" in one.msg
    ]
    assert set(said) == {MINE}


@pytest.mark.parametrize(("proxies", "believed"), [("0", False), ("1", True)])
def test_https_is_believed_of_a_stated_proxy_only(proxies, believed):
    code = "from django.conf import settings; print(settings.SECURE_PROXY_SSL_HEADER is not None)"
    env = {**os.environ, "TRUSTED_PROXIES": proxies}
    told = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=env, text=True)
    assert told.strip() == str(believed)


def test_the_web_server_itself_believes_nobody():
    """gunicorn by itself takes "https" from anybody on this machine."""
    argv = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--print-config"]
    told = subprocess.check_output(argv, cwd=ROOT, text=True)
    assert re.search(r"^forwarded_allow_ips += \[\]$", told, re.M)
