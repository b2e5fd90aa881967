"""An open conversation checks whether it is up to date: cheaply, and without recording anything if it is."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessRecord
from core import clock
from doors.family.sessions import SEEN_ON
from tests.factories.threads import mother_writes, said
from threads import actions
from threads.models import MachineText, Sighting

pytestmark = pytest.mark.django_db
STATE = re.compile(r'data-state="([^"]+)"')
FIRST_STATEMENTS = 20  # of a page that is up to date, including its reader's rights


class Page:
    """One conversation that somebody has opened and checks again."""

    def __init__(self, user, address: str):
        self.client, self.address = Client(), address
        self.client.force_login(user)
        self.have = ""
        self.open()

    def open(self) -> str:
        page = self.client.get(self.address).content.decode()
        self.have = STATE.findall(page)[0]
        return page

    def ask(self):
        answer = self.client.get(self.address, {"have": self.have}, headers={"X-Background": "1"})
        if answer.status_code == 200:
            self.have = STATE.findall(answer.content.decode())[0]
        return answer


@pytest.fixture
def message(cast):
    return mother_writes(cast)


@pytest.fixture
def staff(cast, message):
    return Page(cast.users["teacher"], reverse("threads:thread", args=[message.thread_id]))


@pytest.fixture
def family(cast, message):
    return Page(cast.users["mother"], reverse("family_threads:thread", args=[message.thread_id]))


def said_more(cast, message, text="今天好多了"):
    return actions.say_from_family(
        thread=message.thread, adult=cast.adults["mother"], said=said(text), by=None, at=clock.now()
    )


def answered(cast, message, text="好多了"):
    return actions.say_from_school(
        thread=message.thread, said=said(text), by=cast.users["teacher"], at=clock.now()
    )


def test_nothing_new_is_no_answer_and_no_reading(staff):
    seen, read = Sighting.objects.count(), AccessRecord.objects.count()
    assert [staff.ask().status_code for _ in range(3)] == [204, 204, 204]
    assert (Sighting.objects.count(), AccessRecord.objects.count()) == (seen, read)


def test_nor_at_the_familys_door(family):
    seen = Sighting.objects.count()
    assert [family.ask().status_code for _ in range(3)] == [204, 204, 204]
    assert Sighting.objects.count() == seen


def test_a_new_message_comes_and_counts_as_read_then(cast, message, staff):
    later = said_more(cast, message)
    assert not Sighting.objects.filter(message=later).exists()
    read = AccessRecord.objects.count()
    answer = staff.ask()
    assert "今天好多了" in answer.content.decode()
    assert Sighting.objects.filter(message=later, user=cast.users["teacher"]).exists()
    assert AccessRecord.objects.count() == read + 1
    assert staff.ask().status_code == 204


def test_so_does_the_schools_answer_at_the_familys(cast, message, family):
    later = answered(cast, message)
    assert "好多了" in family.ask().content.decode()
    assert Sighting.objects.filter(message=later, adult=cast.adults["mother"]).exists()
    assert family.ask().status_code == 204


def test_what_becomes_of_a_message_comes_too(cast, message, staff, family):
    answered(cast, message)
    staff.ask()
    assert family.ask().status_code == 200  # she reads it
    assert "看过" in staff.ask().content.decode()
    assert staff.ask().status_code == 204


def test_and_what_a_machine_makes(cast, message, staff):
    row = MachineText.objects.create(
        school=message.school, message=message, kind="translation", language="zh-hans"
    )
    assert staff.ask().status_code == 200
    MachineText.objects.filter(pk=row.pk).update(text="翻译好了", made_at=clock.now())
    assert "翻译好了" in staff.ask().content.decode()
    assert staff.ask().status_code == 204


def test_a_page_of_earlier_words_does_not_ask(cast, message, staff, family):
    for page in (staff, family):
        found = page.client.get(page.address, {"before": message.pk + 1}).content.decode()
        assert "data-refresh" not in found


def test_what_is_posted_is_never_taken_for_a_question(cast, message, family):
    key = re.search(r'name="key" value="([^"]+)"', family.open())[1]
    answer = family.client.post(
        f"{family.address}?have={family.have}", {"key": key, "quick": "thanks"}
    )
    assert answer.status_code == 302
    assert message.thread.messages.filter(adult=cast.adults["mother"]).count() == 2


def test_it_closes_with_the_conversation(cast, message, staff):
    cast.users["teacher"].posts.update(ends_on=clock.now().date() - timedelta(days=1))
    assert staff.ask().status_code in (302, 403, 404)


@pytest.mark.parametrize("page", ["staff", "family"])
def test_it_costs_few_statements_however_long_the_conversation(request, cast, message, page):
    asked = request.getfixturevalue(page)
    costs = []
    for _ in range(2):
        asked.open()
        with CaptureQueriesContext(connection) as spent:
            assert asked.ask().status_code == 204
        costs.append(len(spent))
        for number in range(10):
            said_more(cast, message, f"还有 {number}")
            answered(cast, message)
    assert costs[0] == costs[1] <= FIRST_STATEMENTS


def test_it_keeps_no_familys_phone_signed_in(cast, message, family):
    session = family.client.session
    session[SEEN_ON] = "2026-01-01"
    session.save()
    family.ask()
    assert family.client.session[SEEN_ON] == "2026-01-01"
    family.open()
    assert family.client.session[SEEN_ON] != "2026-01-01"
