"""A page whose whole content is missing says what will stand there, and offers the act that fills it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from schools.roles import Role
from tests.access.test_matrix import visitor
from tests.factories.cast import make_class, make_post, make_school, make_user
from tests.factories.postcards import agree

pytestmark = pytest.mark.django_db

# Who, page, and the address to which its one act leads ("": an act of others fills it).
STAFF_PAGES = [
    (Role.SCHOOL_ADMIN, "staff:children", "rosters:upload"),
    (Role.CLASS_TEACHER, "staff:children", "staff:entry_sheet"),
    (Role.PRINCIPAL, "staff:children", ""),
    (Role.CLASS_TEACHER, "classroom:requests", "staff:children"),
    (Role.CLASS_TEACHER, "classroom:praise", "classroom:pick"),
    (Role.CLASS_TEACHER, "visits:special_care", "staff:children"),
    (Role.CLASS_TEACHER, "threads:inbox", "staff:children"),
    (Role.CLASS_TEACHER, "notices:list", "notices:new"),
    (Role.CLASS_TEACHER, "messaging:board", "staff:children"),
    (Role.CLASS_TEACHER, "surveys:list", ""),
    (Role.COUNSELLOR, "surveys:list", "surveys:new"),
    (Role.COUNSELLOR, "counselling:list", ""),
    (Role.COUNSELLOR, "counselling:caseload", "counselling:list"),
    (Role.COUNSELLOR, "counselling:referral_list", "counselling:caseload"),
    (Role.COUNSELLOR, "safeguarding:flags", "safeguarding:flag_rules"),
    (Role.COUNSELLOR, "safeguarding:reports", "staff:children"),
    (Role.SCHOOL_ADMIN, "rosters:list", "rosters:upload"),
    (Role.SCHOOL_ADMIN, "guardians:duplicates", ""),
    (Role.SCHOOL_ADMIN, "calls:day", "calls:settings"),
    (Role.CLASS_TEACHER, "calls:day", ""),
    (Role.PRINCIPAL, "dashboards:school", ""),
    (Role.PRINCIPAL, "privacy:requests", ""),
]
PAGE = re.compile(r'<div class="nothing-page">.*?<h2>.+?</h2><p>.+?</p>(.*?)</div>', re.DOTALL)


@pytest.fixture
def empty_school(cast):
    return make_school(cast.county, "新开小学", "620622009")


def signed_in(school, role: Role) -> Client:
    fields = {"school": school}
    if role is Role.CLASS_TEACHER:
        fields["school_class"] = make_class(school, 1, 1)
    user = make_user("beginner", "周静")
    make_post(user, role, **fields)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(("role", "page", "act"), STAFF_PAGES)
def test_staff_read_what_will_stand_there(empty_school, role, page, act) -> None:
    response = signed_in(empty_school, role).get(reverse(page))

    found = PAGE.findall(response.content.decode())

    assert len(found) == 1
    assert re.findall(r'href="([^"]*)"', found[0]) == ([reverse(act)] if act else [])


@pytest.mark.parametrize("page", ["family:requests", "family:agreed", "family_notices:list"])
def test_a_family_reads_and_hears_it(cast, page) -> None:
    text = visitor(cast, "mother").get(reverse(page)).content.decode()

    assert re.search(r'<svg class="scene".*?<div class="ask" data-say><div><h2>', text, re.DOTALL)


@pytest.mark.parametrize("is_agreed", [True, False])
def test_a_pupil_is_offered_the_first_postcard_where_the_family_agreed(cast, is_agreed) -> None:
    if is_agreed:
        agree(cast)

    text = visitor(cast, "pupil").get(reverse("pupil:postcards")).content.decode()

    assert '<svg class="scene"' in text
    assert (f'class="btn" href="{reverse("pupil:postcard")}"' in text) is is_agreed


def test_the_village_worker_sees_what_will_come(cast) -> None:
    text = visitor(cast, "village").get(reverse("village:list")).content.decode()

    assert re.search(r'<svg class="scene".*?<h2>', text, re.DOTALL)
