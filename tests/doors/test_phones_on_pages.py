"""A mobile number is shown as 138 0013 8000 on every page of every door, outside links and fields."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from tests.access.test_matrix import TABLE, arguments, visitor

pytestmark = pytest.mark.django_db

BARE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
UNSEEN = re.compile(r"<(script|style|textarea|title)\b.*?</\1>|<[^>]*>", re.DOTALL)
ROLES = ("teacher", "counsellor", "admin", "mother", "village")


def shown(response) -> str:
    written = response.getvalue()
    if "html" not in response.get("Content-Type", ""):
        return ""
    return UNSEEN.sub(" ", written.decode())


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_a_mobile_number_unbroken(cast, role) -> None:
    cast.school.phone = "13809350011"
    cast.school.save()
    found = {}
    for name in sorted(TABLE):
        if TABLE[name][role] == "A":
            with transaction.atomic():
                address = reverse(name, kwargs=arguments(cast, name))
                response = visitor(cast, role).get(address)
                if bare := BARE.findall(shown(response)):
                    found[name] = bare
                transaction.set_rollback(True)
    assert found == {}


def test_a_bare_number_is_seen() -> None:
    assert BARE.search(UNSEEN.sub(" ", "<p>13809350011</p>"))
    assert BARE.search(UNSEEN.sub(" ", "<p>+8613809350011</p>"))
    assert not BARE.search(UNSEEN.sub(" ", '<a href="tel:+8613809350011">138 0935 0011</a>'))
