"""Whatever the description allows, and what it does not, is sent to every address: by a system that may do
all, by systems that may do one thing, and without a token.
"""

from urllib.parse import urlsplit

import pytest
import schemathesis
from django.conf import settings as django
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from api.models import Scope
from homeschool.wsgi import application
from tests.access.test_matrix import visitor
from tests.factories.api import EVERY, make_token
from tests.factories.factors import give_factor
from tests.factories.notices import keep_text
from tests.factories.studies import answered
from tests.undoing import undone

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
SYSTEMS = {"all": EVERY, "none": None, **{scope.value: (scope.value,) for scope in Scope}}
PEOPLE = "teacher counsellor principal admin village".split()  # with the session of a browser


@pytest.fixture(autouse=True)
def _one_connection():
    """A server closes connections between requests; the test's own must stay."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def unpacked(environ, start_response):
    """The server, asked by a client that cannot unpack what it has packed."""
    environ.pop("HTTP_ACCEPT_ENCODING", None)
    return application(environ, start_response)


def described():
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", unpacked)


@pytest.mark.parametrize("system", [*SYSTEMS, *PEOPLE])
def test_every_answer_is_as_described_and_of_this_school_alone(cast, system):
    scopes = SYSTEMS.get(system)
    answered(cast)
    keep_text(cast)
    secret = make_token(cast, scopes) if scopes else ""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    if system in PEOPLE:
        give_factor(cast.users[system])
        session = visitor(cast, system).cookies[django.SESSION_COOKIE_NAME].value
        headers["Cookie"] = f"{django.SESSION_COOKIE_NAME}={session}"
    foreign = [cast.students["yuan"].name, cast.other_school.name]
    operations = [one.ok() for one in described().get_all_operations()]
    assert len(operations) >= 15
    for operation in operations:
        for mode in GenerationMode:
            _try(operation, mode, headers, foreign, examples=8 if system == "all" else 2)


def _try(operation, mode, headers, foreign, *, examples: int) -> None:
    @settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
        deadline=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case) -> None:
        cache.clear()  # how often one may ask is another test's
        with undone():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS, headers=headers)
        assert not any(name in response.text for name in foreign), urlsplit(response.url).path

    send()
