"""A browser, the web server and real workers on the test's own database."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import wraps
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, sync_playwright

from accounts.models import User
from tests.clocks import move_clock, reset_clock
from tests.factories.cast import Cast
from tests.factories.factors import recovery_code

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync "
    # A microphone that beeps, and nobody who is asked whether it may be used.
    "--use-fake-device-for-media-stream --use-fake-ui-for-media-stream"
).split()
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
ROOT = Path(settings.BASE_DIR)
SHOTS = os.environ.get("SHOTS")  # a folder for pictures of pages, to look at them
CHINA = ZoneInfo("Asia/Shanghai")
BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


def _until_arrived(act: Callable) -> Callable:
    """`act`, and then the page to which it leads is there whole; alone it waits for the first byte."""

    @wraps(act)
    def acted(self, *args, **options):
        done = act(self, *args, **options)
        page = self if isinstance(self, Page) else self.page
        try:
            page.wait_for_load_state("domcontentloaded")
        except Error:
            if not page.is_closed():
                raise
        return done

    return acted


for kind in (Page, Locator):
    for name in ("click", "press"):
        setattr(kind, name, _until_arrived(getattr(kind, name)))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's own event loop runs in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_browser(browser: Browser, live_server):
    """open_browser(viewport, script=True, language="zh-hans") → page with nothing remembered."""
    contexts: list[BrowserContext] = []

    def make(viewport=DESK, *, script: bool = True, language: str = "zh-hans", **options) -> Page:
        context = browser.new_context(
            viewport=viewport, java_script_enabled=script, base_url=live_server.url, **options
        )
        context.add_cookies(
            [{"name": "django_language", "value": language, "url": live_server.url}]
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.problems.append(line.text))
        return page

    yield make
    for context in contexts:
        context.close()
    _wait_for_quiet()


def _wait_for_quiet(seconds: float = 10.0, calm: float = 0.3) -> None:
    """Until the server answers nobody any more: what the browser fetched in the background outlives it,
    and would meet the emptying of the tables in a deadlock.
    """
    end = time.monotonic() + seconds
    calm_since = time.monotonic()
    while time.monotonic() < min(end, calm_since + calm):
        with connection.cursor() as cursor:
            cursor.execute(BUSY)
            if cursor.fetchone()[0]:
                calm_since = time.monotonic()
        time.sleep(0.05)


@pytest.fixture
def clock_at(live_server) -> Iterator[Callable[[datetime], None]]:
    """clock_at(moment): what time it is from now on, for every process of the test."""
    yield lambda moment: move_clock(moment - datetime.now(CHINA))
    reset_clock()


@pytest.fixture
def workers(live_server, settings, tmp_path) -> Iterator[None]:
    """A worker with beat as in production, on this test's database and Redis."""
    database = connection.settings_dict
    host = quote(database["HOST"], safe="")
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{database['USER']}@{host}/{database['NAME']}",
        "REDIS_URL": settings.REDIS_URL,
        "PUBLIC_URL": live_server.url,
        "SECRET_KEY": settings.SECRET_KEY,
        "JIAQIAO_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "homeschool.settings",
    }
    command = [sys.executable, "-m", "celery", "-A", "homeschool.celery:app", "worker", "--beat"]
    command += ["--concurrency", "1", "--loglevel", "WARNING"]
    with (tmp_path / "worker.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    yield
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    if "/second-step/sign-in/" in page.url:
        # Each works once, and at once: an app's code only every half-minute.
        page.fill("[name=code]", recovery_code(User.objects.get(username=username)))
        page.press("[name=code]", "Enter")
        page.wait_for_url(lambda url: "/second-step/" not in url)


def tap_in(page: Page, cast: Cast) -> None:
    """徐梦瑶 comes in by her class's code and her own pictures."""
    page.goto("/p/")
    page.fill("[name=class_code]", cast.school_class.door_code)
    page.locator("main button.btn").click()
    for picture in cast.students["mengyao"].picture_code.split("-"):
        page.locator(f"button[value={picture}]").click()
    page.locator("a.talk").first.wait_for()


def wait_until(condition, seconds: float = 45.0, every: float = 0.5):
    """The first true answer of `condition()`; fails when none came in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(every)
    # A late page is asked again (runtime.suite), and so is this.
    raise TimeoutError(f"waited {seconds} s for nothing")


def kept_in(page: Page) -> str:
    """All that this site has left in the browser: storages, caches with their answers, databases."""
    return page.evaluate(
        """async () => {
          const answers = await Promise.all((await caches.keys()).map(async name =>
            Promise.all((await (await caches.open(name)).matchAll()).map(one => one.text()))));
          const rows = await Promise.all((await indexedDB.databases()).map(one => new Promise(done => {
            const asked = indexedDB.open(one.name);
            asked.onerror = () => done([]);
            asked.onsuccess = () => {
              const names = [...asked.result.objectStoreNames];
              if (!names.length) return done([]);
              const found = [], reading = asked.result.transaction(names);
              names.forEach(name => {
                const all = reading.objectStore(name).getAll();
                all.onsuccess = () => found.push(all.result);
              });
              reading.oncomplete = () => { asked.result.close(); done(found); };
            };
          })));
          return JSON.stringify([{...localStorage}, {...sessionStorage}, answers, rows]);
        }"""
    )


def scroll_width(page: Page) -> int:
    """Pixels; a page that is still arriving has no element to measure."""
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth")


def axe_violations(page: Page) -> list[str]:
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:120]}"
        for violation in found["violations"]
    ]


def look(page: Page, name: str) -> None:
    """A page that fits its screen and has no fault that axe finds; with SHOTS its picture."""
    assert axe_violations(page) == []
    assert scroll_width(page) <= page.viewport_size["width"]
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
