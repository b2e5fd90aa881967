"""An officer of two counties chooses which one the county's pages are about."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from schools.founding import actions as founding_actions
from schools.models import County, School
from schools.roles import Role
from tests.days import today
from tests.factories import founding
from tests.factories.cast import Cast, make_post, make_user
from tests.factories.factors import give_factor

pytestmark = pytest.mark.django_db
SAID = {
    "school_name": "土门小学",
    "code": "62062298",
    "duty_phone": "0935-5112298",
    "name": "韩雪",
    "username": "13909361001",
    "phone": "",
    "email": "han@school.example",
}


@pytest.fixture
def second(cast: Cast) -> County:
    """A county in which the officer of the cast holds a post as well."""
    county = County.objects.create(name="天祝县")
    make_post(cast.users["county"], Role.COUNTY_OFFICER, county=county)
    return county


@pytest.fixture
def officer(cast: Cast, second: County) -> Client:
    give_factor(cast.users["county"])
    client = Client()
    client.force_login(cast.users["county"])
    return client


def choose(client: Client, county: County):
    return client.post(reverse("staff:switch_county", args=[county.pk]))


def test_the_menu_names_both_and_the_pages_follow(cast, officer, second):
    page = officer.get(reverse("county:set_up")).content.decode()
    assert reverse("staff:switch_county", args=[second.pk]) in page
    assert officer.get(reverse("dashboards:county")).context["county"] == cast.county
    assert choose(officer, second).status_code == 302
    for name in ("county:set_up", "dashboards:county", "learning:library", "founding:calendar"):
        assert officer.get(reverse(name)).context["county"] == second, name
    since = officer.get(reverse("dashboards:county_since"))
    assert since.context["back"]["label"] == second.name
    officer.post(reverse("founding:school"), SAID | {"of_county": second.pk})
    assert School.objects.get(code=SAID["code"]).county == second
    choose(officer, cast.county)
    assert officer.get(reverse("county:set_up")).context["county"] == cast.county


def test_the_second_person_reaches_what_waits_in_the_other_county(cast, officer, second):
    asker = make_user("far", "高峰")
    make_post(asker, Role.COUNTY_OFFICER, county=second)
    school = founding_actions.found_school(
        county=second, name="土门小学", code="62062298", on=today()
    )
    cast.users["far"] = asker
    offer = founding.ask(cast, "far", school)
    choose(officer, second)
    page = officer.get(reverse("founding:offer", args=[offer.pk])).content.decode()
    assert reverse("founding:agree", args=[offer.pk]) in page


def test_only_a_county_of_ones_own_can_be_chosen(cast, officer, second):
    foreign = County.objects.create(name="民勤县")
    assert choose(officer, foreign).status_code == 404
    choose(officer, second)
    second_post = cast.users["county"].posts.get(county=second)
    second_post.starts_on, second_post.ends_on = (
        today() - timedelta(days=30),
        today() - timedelta(days=1),
    )
    second_post.save()
    # The post has ended: what was chosen is no key to its county.
    page = officer.get(reverse("county:set_up"))
    assert page.context["county"] == cast.county
    assert second.name not in page.content.decode()


def test_an_officer_of_one_county_is_offered_no_choice(cast):
    give_factor(cast.users["county"])
    client = Client()
    client.force_login(cast.users["county"])
    page = client.get(reverse("county:set_up")).content.decode()
    assert reverse("staff:switch_county", args=[cast.county.pk]) not in page


PAGES = (
    "founding:school",
    "founding:officer",
    "founding:calendar",
    "learning:library",
    "founding:rollout",
)


@pytest.mark.parametrize("name", PAGES)
def test_each_form_names_the_county_of_its_page(cast, officer, second, name):
    forms = form_keys(officer.get(reverse(name)))
    assert forms
    assert set(forms) == {str(cast.county.pk)}


def test_a_form_acts_in_the_county_of_its_page_after_a_switch(cast, officer, second):
    (key,) = form_keys(officer.get(reverse("founding:school")))
    choose(officer, second)
    officer.post(reverse("founding:school"), SAID | {"of_county": key})
    assert School.objects.get(code=SAID["code"]).county == cast.county
    # The page that shows what came of it is about the same county.
    assert officer.get(reverse("county:set_up")).context["county"] == cast.county


@pytest.mark.parametrize("named", ["", "0", "七", "9" * 5000])
def test_a_form_that_names_no_county_of_ones_own_does_nothing(cast, officer, second, named):
    choose(officer, second)
    response = officer.post(reverse("founding:school"), SAID | {"of_county": named})
    assert response.status_code == 404
    assert not School.objects.filter(code=SAID["code"]).exists()
    assert officer.get(reverse("county:set_up")).context["county"] == second


def form_keys(page) -> list[str]:
    """Return what each form of the page's content names as its county."""
    forms = page.content.decode().split('id="main"')[1].split("<form ")[1:]
    forms = [one for one in forms if 'method="post"' in one.partition(">")[0]]
    found = [re.search(r'name="of_county" value="(\d+)"', one.split("</form>")[0]) for one in forms]
    return [one.group(1) if one else "" for one in found]
