"""A mobile number is shown as 138 0013 8000 on every page of every door, and in its fields."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from tests.access.test_matrix import TABLE, arguments, visitor

pytestmark = pytest.mark.django_db

# Not within a fingerprint: eleven of its signs are digits by chance now and then.
BARE = re.compile(r"(?<![\da-f])(?:\+?86)?1[3-9]\d{9}(?![\da-f])")
UNSEEN = re.compile(r"<(script|style|textarea|title)\b.*?</\1>|<[^>]*>", re.DOTALL)
TYPED = re.compile(r'<input(?![^>]*type="hidden")[^>]* value="(?:\+?86)?1[3-9]\d{9}"[^>]*>')
AS_WRITTEN = {
    "schools:settings"
}  # a school's own number may be a landline, and is dialled as it stands
FOR_PROGRAMS = {"api:docs"}  # examples of what a program sends, as it has to send it
ROLES = ("teacher", "counsellor", "admin", "mother", "village")


def shown(response) -> str:
    written = response.getvalue()
    if "html" not in response.get("Content-Type", ""):
        return ""
    return UNSEEN.sub(" ", written.decode())


def in_fields(response) -> list[str]:
    if "html" not in response.get("Content-Type", ""):
        return []
    found = TYPED.findall(response.getvalue().decode())
    return [one for one in found if 'type="radio"' not in one and 'type="checkbox"' not in one]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_a_mobile_number_unbroken(cast, role) -> None:
    cast.school.phone = "13809350011"
    cast.school.save()
    found = {}
    for name in sorted(TABLE):
        if TABLE[name][role] == "A" and name not in FOR_PROGRAMS:
            with transaction.atomic():
                address = reverse(name, kwargs=arguments(cast, name))
                response = visitor(cast, role).get(address)
                if bare := BARE.findall(shown(response)):
                    found[name] = bare
                if name not in AS_WRITTEN and (typed := in_fields(response)):
                    found[name] = typed
                transaction.set_rollback(True)
    assert found == {}


def test_a_bare_number_is_seen() -> None:
    assert BARE.search(UNSEEN.sub(" ", "<p>13809350011</p>"))
    assert BARE.search(UNSEEN.sub(" ", "<p>+8613809350011</p>"))
    assert TYPED.search('<input type="text" value="+8613809350011" maxlength="40">')
    assert not TYPED.search('<input type="text" value="138 0935 0011">')
    assert not BARE.search(UNSEEN.sub(" ", "<p>SHA-256 3f13999540293bc1</p>"))
    assert not BARE.search(UNSEEN.sub(" ", '<a href="tel:+8613809350011">138 0935 0011</a>'))
