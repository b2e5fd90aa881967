"""Somebody who works at two schools: each form acts in the school that its page was about."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.held import HELD
from schools.models import SchoolClass
from schools.roles import Role
from tests.days import today
from tests.factories.cast import Cast, make_post
from tests.factories.factors import give_factor

pytestmark = pytest.mark.django_db
CLASSES = "schools:classes"
PAGES = ("staff:today", "schools:settings", CLASSES, "schools:calendar", "staff:children")


@pytest.fixture
def admin(cast: Cast) -> Client:
    """The administrator of the cast, who is the other school's as well."""
    make_post(cast.users["admin"], Role.SCHOOL_ADMIN, school=cast.other_school)
    give_factor(cast.users["admin"])
    client = Client()
    client.force_login(cast.users["admin"])
    return client


def choose(client: Client, school):
    return client.post(reverse("staff:switch_school", args=[school.pk]))


def forms_of(page) -> list[str]:
    forms = page.content.decode().split("<form ")[1:]
    return [one for one in forms if 'method="post"' in one.partition(">")[0]]


def of_form(form: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(of_\w+)" value="(\d+)">', form))


def new_class(client: Client) -> dict:
    """What the page about classes sends for one more class of its school."""
    page = client.get(reverse(CLASSES))
    form = page.context["form"]
    said = {"year": form["year"].value(), "grade": 6, "number": 9}
    return said | of_form(next(one for one in forms_of(page) if 'name="number"' in one))


@pytest.mark.parametrize("name", PAGES)
def test_each_form_names_the_school_of_its_page(cast, admin, name):
    forms = forms_of(admin.get(reverse(name)))
    assert forms
    assert [of_form(one) for one in forms] == [{"of_school": str(cast.school.pk)}] * len(forms)


def test_who_works_at_one_school_names_none(cast, client):
    client.force_login(cast.users["teacher"])
    forms = forms_of(client.get("/"))
    assert forms
    assert not any(map(of_form, forms))


def test_a_form_acts_in_the_school_of_its_page_after_a_switch(cast, admin):
    said = new_class(admin)
    choose(admin, cast.other_school)
    assert admin.post(reverse(CLASSES), said).status_code == 302
    made = SchoolClass.objects.latest("pk")
    assert made.school == cast.school
    # The page that shows what came of it is about the same school.
    assert made.pk in {one.pk for one in admin.get(reverse(CLASSES)).context["classes"]}


def test_a_form_of_a_school_where_the_post_has_ended_does_nothing(cast, admin):
    choose(admin, cast.other_school)
    said, before = new_class(admin), SchoolClass.objects.count()
    cast.users["admin"].posts.filter(school=cast.other_school).update(
        starts_on=today() - timedelta(days=9), ends_on=today() - timedelta(days=1)
    )
    assert admin.post(reverse(CLASSES), said).status_code == 404
    assert SchoolClass.objects.count() == before


def test_what_was_sent_after_the_session_ended_acts_there_too(cast, admin):
    choose(admin, cast.other_school)
    said = new_class(admin)
    Session.objects.all().delete()
    assert reverse("staff:held").replace("/", "%2F") in admin.post(reverse(CLASSES), said).url
    held = admin.session[HELD]
    admin.force_login(cast.users["admin"])  # nothing is selected: the first school
    session = admin.session
    session[HELD] = held
    session.save()
    _, form = (one.partition("<p")[0] for one in forms_of(admin.get(reverse("staff:held")))[-2:])
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    on = admin.post(reverse("staff:held"), sent)
    assert (on.status_code, on.url) == (307, reverse(CLASSES))
    assert admin.post(on.url, sent).status_code == 302
    assert SchoolClass.objects.latest("pk").school == cast.other_school
