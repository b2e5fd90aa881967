"""A page elsewhere that makes a signed-in browser send something here, by a form or by a picture's address.

Every address of the access matrix, as somebody whom it lets in: a form without our token is refused, and
asking for a page changes nothing but what is noted of the asking itself.
"""

import copy
import re
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schools.models import School
from tests.access.test_matrix import EVERY_POST, TABLE, arguments, visitor
from tests.attacks.test_odd_values import roles_let_in, undone
from tests.factories.cast import Cast, make_cast
from tests.factories.factors import give_factor

pytestmark = pytest.mark.django_db
# Providers have no token of ours (tests/attacks/test_hooks.py).
SIGNED_INSTEAD = {"hooks:report", "hooks:county_report"}
BY_THEIR_POST = {
    "counsellor",
    "principal",
    "admin",
    "county",
    "county_admin",
}  # have a second step already
WRITES = re.compile(r'^\s*(INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?', re.I)
# Who read what and since when somebody is here; counts of tries; what a browser keeps of its own.
OF_THE_ASKING = {
    "accounts_accessrecord",
    "accounts_chainhead",
    "accounts_attemptcount",
    "django_session",
}


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker) -> Iterator[Cast]:
    with django_db_blocker.unblock(), undone():
        cast = make_cast()
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        for role in set(EVERY_POST) - BY_THEIR_POST:
            give_factor(cast.users[role])
        yield cast
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_nothing_is_done_from_elsewhere(cast, name):
    with undone():
        address = reverse(name, kwargs=arguments(cast, name))
        client = visitor(cast, roles_let_in(name)[0])
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = copy.deepcopy(client.cookies)
        if name not in SIGNED_INSTEAD:
            headers = {"Origin": "https://evil.example"}
            assert strict.post(address, {"name": "forged"}, headers=headers).status_code == 403
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        found = [WRITES.match(one["sql"]) for one in asked.captured_queries]
        transaction.set_rollback(True)
    assert {one[2] for one in found if one} <= OF_THE_ASKING
