"""Figures that another room counts say on its own page what they count, in the words of the definitions."""

import pytest
from django.test import Client
from django.urls import reverse

from figures.definitions import DEFINITIONS
from tests.factories import plans

pytestmark = pytest.mark.django_db


def page(cast, who: str, name: str, *args) -> str:
    client = Client()
    client.force_login(cast.users[who])
    return client.get(reverse(name, args=args)).content.decode()


@pytest.mark.parametrize(
    ("who", "name", "key"),
    [
        ("principal", "schools:duty", "on_duty"),
        ("admin", "schools:duty", "on_duty"),
        ("principal", "delivery:operation", "outbox"),
        ("admin", "delivery:operation", "outbox"),
    ],
)
def test_a_page_of_another_room_says_what_it_counts(cast, who, name, key):
    assert str(DEFINITIONS[key].missing) in page(cast, who, name)


def test_the_caseload_and_a_plan_say_what_they_count(cast):
    assert str(DEFINITIONS["cases"].missing) not in page(cast, "counsellor", "counselling:caseload")
    plan, _measures = plans.make_plan(cast)
    assert str(DEFINITIONS["cases"].missing) in page(cast, "counsellor", "counselling:caseload")
    shown = page(cast, "counsellor", "counselling:plan", plan.case_id)
    assert str(DEFINITIONS["plans"].missing) in shown
