"""What holds for every test. Sockets, warnings and markers are set in pyproject.toml."""

import gc
import logging
import os
from functools import lru_cache

import pytest
from django.conf import UserSettingsHolder
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.test.client import ClientHandler
from django.utils import translation
from hypothesis import HealthCheck, settings

from core import walls as of_core
from homeschool import walls as server_walls
from tests import walls
from uploads import speaking

# The servers that take messages in tests are on this machine, for started workers as well.
PRIVATE_HOSTS = ["127.0.0.1", "localhost"]
os.environ["OUTGOING_PRIVATE_HOSTS"] = ",".join(PRIVATE_HOSTS)

# What a property says must not depend on how fast the machine is. A list in a test of its own would take the
# place of this one: families made once serve all examples of a test that goes back behind each.
settings.register_profile(
    "any_machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("any_machine")


# What stands in an empty database: it is the same after each test.
FILLED_BY_MIGRATING = ("django_migrations", "django_content_type", "auth_permission")


def _empty_database(case) -> None:
    """Row by row, in 20 ms, also where a table refuses it. Django's flush makes the files of all tables again
    (0.8 s) and fills in content types and permissions again (0.6 s).
    """
    names = sorted(set(connection.introspection.table_names()) - set(FILLED_BY_MIGRATING))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger, no reference
        cursor.execute(";".join(f'DELETE FROM "{name}"' for name in names))  # noqa: S608 (our tables)


TransactionTestCase._fixture_teardown = _empty_database


_shared = ClientHandler()
_load_middleware = ClientHandler.load_middleware


def _load_middleware_once(handler: ClientHandler) -> None:
    """One chain for all clients: each would make its own before its first page, in 0.5 ms. A test that
    changes a setting gets its own, for some of the middleware reads settings when it is made.
    """
    if handler is _shared or isinstance(django_settings._wrapped, UserSettingsHolder):
        _load_middleware(handler)
        return
    if _shared._middleware_chain is None:
        _load_middleware(_shared)
    handler._middleware_chain = _shared._middleware_chain


ClientHandler.load_middleware = _load_middleware_once


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """With the roles of a server: requests run under the web server's own."""
    with django_db_blocker.unblock():
        server_walls.ensure_roles(connection)


@pytest.fixture(autouse=True)
def _signed_in_with_the_second_step(monkeypatch):
    """`force_login` is as signing in: whoever has a second step has shown it, whoever has none has not."""

    def force_login(client: Client, user, backend=None) -> None:
        from tests.factories import factors

        factors.sign_in(client, user, backend)

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture
def without_wall(monkeypatch):
    """Requests as the owner of the database (DATABASE_ROLES=0), for rows that no act of ours makes."""
    monkeypatch.setattr(walls, "is_up", False)


@pytest.fixture
def cast(db):
    """The fixed cast of users and families (tests/factories/cast.py)."""
    from tests.factories.kept_cast import kept_cast

    return kept_cast()


@pytest.fixture(autouse=True)
def _empty_cache():
    """Sessions, lock-outs and signs of life of one test must not reach the next."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _in_the_language_of_the_server():
    """A page that was asked for in English leaves its language to this thread."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _reaches_no_school_yet():
    """A test that calls an act itself, outside a request, leaves no school behind for the next."""
    token = of_core._schools.set(None)
    yield
    of_core._schools.reset(token)


@pytest.fixture(autouse=True)
def _static_files_for_a_browser(request):
    """Each client would look through them all again; only a browser asks for one."""
    if "live_server" in request.fixturenames:
        request.getfixturevalue("settings").WHITENOISE_USE_FINDERS = True


def pytest_collection() -> None:
    """Before a test's file takes these functions by name."""
    from delivery import dispatch
    from delivery.actions import calls as voice
    from delivery.dispatch import facts
    from safeguarding import actions as concerns
    from safeguarding.levels import triage
    from uploads import remaking

    walls.as_the_sender(dispatch, "drain")
    walls.as_the_sender(facts, "read_facts")
    walls.as_the_sender(voice, "hang_up_unwanted")
    walls.as_the_sender(concerns, "run_intake")
    walls.as_the_sender(concerns, "climb_unacknowledged")
    walls.as_the_sender(triage, "remind_of_late")
    # A process for each file; most tests bring the same photo and the same second of sound.
    remaking.send_to_workshop = lru_cache(maxsize=64)(remaking.send_to_workshop)


def pytest_configure() -> None:
    """What is the same in every test is set once: each change tells a dozen listeners."""
    django_settings.WHITENOISE_USE_FINDERS = False
    # A hash made to be slow would take longer than everything that the tests are about.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django_settings.OUTGOING_PRIVATE_HOSTS = PRIVATE_HOSTS
    django_settings.MIDDLEWARE = ["tests.walls.middleware", *django_settings.MIDDLEWARE]
    django_settings.DATABASES["default"]["OPTIONS"] |= {
        "connection_factory": walls.Connection,
        "cursor_factory": walls.Cursor,
    }
    # Counselling notes can be written, as on a server that is set up.
    django_settings.NOTE_KEYS = ["a-key-for-tests-" + "0" * 27]


def pytest_collection_finish() -> None:
    """Django's registry, the translations and the tests stay until the end: looking through them again and
    again for what could be freed took up to a fifth of the time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture
def without_log():
    """Where nearly every answer is a refusal, a line for each would cost more than the refusals."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def each_file_to_the_workshop(monkeypatch):
    """For tests of the workshop itself."""
    from uploads import remaking

    monkeypatch.setattr(remaking, "send_to_workshop", remaking.send_to_workshop.__wrapped__)


@pytest.fixture
def without_voice(monkeypatch, tmp_path):
    """The same server, with nothing called espeak-ng on its path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    speaking.program.cache_clear()
    yield
    speaking.program.cache_clear()
