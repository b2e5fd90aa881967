"""A browser, the web server and real workers on the test's own database."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import wraps
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection
from django.test import Client
from django.test.testcases import LiveServerThread
from greenlet import greenlet
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    Playwright,
    sync_playwright,
)

from accounts.models import User
from tests.clocks import move_clock, reset_clock
from tests.factories.cast import Cast
from tests.factories.factors import recovery_code

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Chromium's engine without the frame of a window, in half of its processor time.
SHELL = os.environ.get("HEADLESS_SHELL") or CHROMIUM
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync "
    # A microphone that beeps, and nobody who is asked whether it may be used.
    "--use-fake-device-for-media-stream --use-fake-ui-for-media-stream"
).split()
# No page of a test lives long enough to win back what compiling its scripts a second time costs.
ARGUMENTS += ["--js-flags=--no-opt --no-maglev"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
# Each width once, each language once; `sound` tries the other width.
two_sizes = pytest.mark.parametrize(
    ("viewport", "language"), [(PHONE, "zh-hans"), (DESK, "en")], ids=["390-zh", "1280-en"]
)
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
ROOT = Path(settings.BASE_DIR)
SHOTS = os.environ.get("SHOTS")  # a folder for pictures of pages, to look at them
JOURNEY_SECONDS = 300  # several times what the longest takes beside two others on two cores
CLOSING_SECONDS = 30
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


class Server(ThreadedWSGIServer):
    """Counts its connections. Threads do not tell: other servers of a test, and their callers, have some.
    While it is `held`, requests wait.
    """

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.connected = 0
        self._counting = threading.Lock()
        self._answering = 0
        self._is_held = False
        self._changed = threading.Condition()

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Let new requests wait; enter once those under way are answered, or after `seconds`."""
        with self._changed:
            self._is_held = True
            self._changed.wait_for(lambda: not self._answering, seconds)
        try:
            yield
        finally:
            with self._changed:
                self._is_held = False
                self._changed.notify_all()

    def set_app(self, application) -> None:
        def answer(environ, start_response):
            with self._changed:
                self._changed.wait_for(lambda: not self._is_held)
                self._answering += 1
            try:
                return application(environ, start_response)
            finally:
                with self._changed:
                    self._answering -= 1
                    self._changed.notify_all()

        super().set_app(answer)

    def process_request(self, request, client_address) -> None:
        self._count(1)
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._counting:
            self.connected += more


LiveServerThread.server_class = Server


class Chromium:
    """One browser for all journeys of this process, and another where that one was ended. `whole` is for what
    the shell does not have: notices on the screen.
    """

    def __init__(self, playwright: Playwright) -> None:
        self._kind = playwright.chromium
        self._running: dict[bool, Browser] = {}
        self._mark = f"--journeys-of={os.getpid()}"  # of no meaning to it: by this `end` finds it

    def browser(self, *, whole: bool = False) -> Browser:
        running = self._running.get(whole)
        if running is None or not running.is_connected():
            running = self._running[whole] = self.launch(whole=whole)
        return running

    def launch(self, *arguments: str, whole: bool = False, **options) -> Browser:
        program = CHROMIUM if whole else SHELL
        args = [*ARGUMENTS, *arguments, self._mark]
        return self._kind.launch(executable_path=program, args=args, **options)

    def end(self) -> None:
        """By force, from any thread: whatever waits for an answer of it fails."""
        for told in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if self._mark.encode() in told.read_bytes().split(b"\0"):
                    os.kill(int(told.parent.name), signal.SIGKILL)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    # Playwright's own event loop runs in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = Chromium(playwright)
        yield running
        running.end()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def time_limit(chromium: Chromium) -> Iterator[None]:
    """Most of what one asks a page has no end of its own: a journey whose page never answers says where it
    stood, and fails.
    """

    def end() -> None:
        try:
            sys.stderr.write(f"stood still for {JOURNEY_SECONDS} s:\n")
            # Not isinstance: asked for its class, a lazy object of Django's reads the database.
            for one in gc.get_objects():
                if issubclass(type(one), greenlet) and one.gr_frame:
                    traceback.print_stack(one.gr_frame, limit=12)
        finally:
            chromium.end()

    timer = threading.Timer(JOURNEY_SECONDS, end)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


@pytest.fixture
def open_browser(chromium: Chromium, time_limit, live_server):
    """open_browser(viewport, script=True, language="zh-hans") → page with nothing remembered."""
    contexts: list[BrowserContext] = []

    def make(
        viewport=DESK, *, script: bool = True, language: str = "zh-hans", whole=False, **options
    ) -> Page:
        context = chromium.browser(whole=whole).new_context(
            viewport=viewport, java_script_enabled=script, base_url=live_server.url, **options
        )
        context.add_cookies(
            [{"name": "django_language", "value": language, "url": live_server.url}]
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.runs_script, page.base = script, live_server.url
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.problems.append(line.text))
        return page

    yield make
    # A page that is still on its way somewhere may keep its window from closing for ever.
    forced = threading.Timer(CLOSING_SECONDS, chromium.end)
    forced.daemon = True
    forced.start()
    for context in contexts:
        if context.browser and context.browser.is_connected():
            with suppress(Error):
                context.close()
    forced.cancel()
    wait_for_last_answer(live_server)


def wait_for_last_answer(live_server, seconds: float = 10.0) -> None:
    """Until the server has no connection left: what the browser fetched in the background outlives it, and
    would meet the emptying of the tables in a deadlock. A closed window has no connection.
    """
    end = time.monotonic() + seconds
    # The server takes callers in turn: once this one is answered, those before it are counted.
    at = (live_server.thread.host, live_server.thread.port)
    with socket.create_connection(at, timeout=seconds) as caller:
        caller.sendall(b"nothing\r\n\r\n")
        caller.recv(1)
    while time.monotonic() < end and live_server.thread.httpd.connected:
        time.sleep(0.01)


def _wait_for_quiet(seconds: float, calm: float = 0.3) -> None:
    """Until the server answers nobody any more, with windows open."""
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

    def at(moment: datetime) -> None:
        # Moving the clock cuts every connection: a page that polls, or a worker, would lose its answer.
        with live_server.thread.httpd.held(3):
            _wait_for_quiet(3)
            move_clock(moment - datetime.now(CHINA))

    yield at
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


def enter(page: Page, user: User) -> None:
    """With a session that is there already: signing in is a journey of its own."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": page.base}]
    )


def sign_in(page: Page, username: str) -> None:
    """With their second step, where they have one; the page is where signing in leads."""
    enter(page, User.objects.get(username=username))
    page.goto("/")


def sign_in_by_form(page: Page, username: str, password: str) -> None:
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


def double_labels(page: Page, within: str) -> None:
    """Every text there stands twice: what holds it holds a longer language, too."""
    page.evaluate(
        """within => document.querySelectorAll(within).forEach(part => {
          const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const words = texts.currentNode.data.trim();
            if (words) texts.currentNode.data += ' ' + words;
          }
        })""",
        within,
    )


def spilling(page: Page, parts: str, out_of: str) -> list[str]:
    """The texts of `parts` that reach beyond the nearest `out_of` around them, but for what is only heard."""
    return page.evaluate(
        """([parts, outOf]) => [...document.querySelectorAll(parts)].filter(part => {
          const outer = part.closest(outOf).getBoundingClientRect(), found = [];
          const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const words = document.createRange();
            words.selectNodeContents(texts.currentNode);
            if (!texts.currentNode.parentElement.closest('.sr')) found.push(words.getBoundingClientRect());
          }
          return found.some(inner => inner.width && (inner.left < outer.left - 1
            || inner.right > outer.right + 1 || inner.top < outer.top - 1
            || inner.bottom > outer.bottom + 1));
        }).map(part => part.textContent.trim())""",
        [parts, out_of],
    )


def axe_violations(page: Page) -> list[str]:
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    # A button that is just changing its colour has a contrast that nobody sees.
    page.evaluate(
        """() => document.getAnimations().filter(one => one instanceof CSSTransition)
                         .forEach(one => one.finish())"""
    )
    # Looked for, not awaited: it works by timers, which a page with a moved clock may never run.
    page.evaluate(
        """() => { axe.run(document, {resultTypes: ['violations']})
                     .then((found) => { window.axeFound = found.violations; }); }"""
    )
    found = wait_until(lambda: page.evaluate("window.axeFound && [window.axeFound]"), every=0.05)
    page.evaluate("delete window.axeFound")
    return [f"{violation['id']}: {violation['nodes'][0]['html'][:120]}" for violation in found[0]]


def too_wide(page: Page) -> list[str]:
    """Where it sticks out, on the screen that it has and on the other: one loading tells both. The concerns
    open one where there is room for it.
    """
    own, found = page.viewport_size, []
    for size in [own, *[other for other in (PHONE, DESK) if other != own]]:
        page.set_viewport_size(size)
        wide = scroll_width(page)
        if wide > size["width"]:
            found.append(f"{wide} px wide on {size['width']}")
    page.set_viewport_size(own)
    return found


def sound(page: Page) -> None:
    """It has no fault that axe, a script, finds, and fits its screen."""
    if page.runs_script:
        assert axe_violations(page) == []
    assert too_wide(page) == []


def look(page: Page, name: str) -> None:
    """A sound page; with SHOTS its picture."""
    sound(page)
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
