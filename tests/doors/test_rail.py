"""On every page of the staff an entry of the rail says where one is."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from doors.staff.rail import PLACES, lit_place
from schools.roles import ROLE_PERMISSIONS, Role
from tests.access.test_matrix import TABLE, arguments, visitor

pytestmark = pytest.mark.django_db

ROLES = {
    "teacher": Role.CLASS_TEACHER,
    "counsellor": Role.COUNSELLOR,
    "principal": Role.PRINCIPAL,
    "admin": Role.SCHOOL_ADMIN,
    "county": Role.COUNTY_OFFICER,
}
# Without a rail, or in no place of it: one's own account opens from one's name. Today's parts have no page.
ELSEWHERE = re.compile(
    "/(f|p|v|api|ims|hooks|accounts|account|i18n|today|school|in-county|offline|search|signed-in|healthz|sw.js|favicon)"
    r"\b|/calendar/.+"
)


def test_an_entry_is_lit_at_every_address(cast) -> None:
    dark = set()
    for name in sorted(TABLE):
        roles = [role for role in ROLES if TABLE[name][role] == "A"]
        with transaction.atomic():
            address = reverse(name, kwargs=arguments(cast, name)) if roles else "/f/"
            transaction.set_rollback(True)
        if not ELSEWHERE.match(address):
            dark |= {(name, role) for role in roles if not lit_place(address, shown_to(role))}
    assert dark == set()


def shown_to(role: str) -> set[str]:
    own = ROLE_PERMISSIONS[ROLES[role]]
    return {name for name, *_rest, needs in PLACES if not needs or own & set(needs)}


@pytest.mark.parametrize(
    ("role", "page", "place"),
    [
        ("principal", "schools:class_days", "dashboards:school"),
        ("admin", "schools:class_days", "schools:settings"),
        ("teacher", "staff:calendar", "staff:today"),
        ("county", "learning:library", "county:set_up"),
    ],
)
def test_the_page_itself_lights_it(cast, role, page, place) -> None:
    text = visitor(cast, role).get(reverse(page)).content.decode()
    lit = re.findall(r'<a href="([^"]*)"[^>]*aria-current="page"', text[: text.index("</header>")])
    assert set(lit) == {reverse(place)}  # twice: on a phone some are folded up
