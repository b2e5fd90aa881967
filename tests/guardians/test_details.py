"""Once a school year: is what the school knows of you still right?"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core import clock
from delivery.details import queue_reminders
from delivery.models import OneTimeCode, OutboxMessage
from delivery.sign_in.codes import digits_of
from guardians import actions, details
from guardians.family import adults_to_ask, asked_on, family_lines
from guardians.models import Adult, DetailsCheck
from schools.models import School, SchoolYear
from tests.days import day_of
from tests.factories.outbox import standing

pytestmark = pytest.mark.django_db
BEIJING = ZoneInfo("Asia/Shanghai")
YEAR = date(2026, 9, 1)


@pytest.fixture
def cast(cast):
    SchoolYear.objects.filter(school=cast.school).update(starts_on=YEAR, ends_on=date(2027, 8, 31))
    return cast


def noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 12, 0, tzinfo=BEIJING)


def due_for(adult: Adult, at: datetime) -> list:
    """What would go to this adult within the hour."""
    queue_reminders(at=at)
    due = standing(at + timedelta(hours=1))
    return [key for key, one in due.items() if one.adult_id == adult.pk]


def test_asked_once_spread_and_not_out_of_season(cast):
    mother = cast.adults["mother"]
    day = asked_on(YEAR, mother.pk)
    assert timedelta(days=14) <= day - YEAR < timedelta(days=42)
    assert due_for(mother, noon(day - timedelta(days=1))) == []
    keys = {key for days in range(14) for key in due_for(mother, noon(day + timedelta(days)))}
    assert OutboxMessage.objects.filter(adult=mother).count() == 1
    assert keys == {f"details:{mother.pk}:2026-09-01"}
    assert due_for(mother, noon(day + timedelta(days=14))) == []
    assert adults_to_ask(noon(date(2027, 3, 1))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"opted_out_at": noon(YEAR)},
        {"condition": "dead"},
        {"legal_basis": "none"},
    ],
)
def test_who_is_never_asked(cast, change):
    mother = cast.adults["mother"]
    at = noon(asked_on(YEAR, mother.pk))
    assert due_for(mother, at)
    Adult.objects.filter(pk=mother.pk).update(**change)
    assert due_for(mother, at) == []


def test_a_blocked_adult_is_not_asked(cast):
    mother = cast.adults["mother"]
    at = noon(asked_on(YEAR, mother.pk))
    actions.block_adult(adult=mother, reason="x", by=cast.users["principal"], at=at)
    assert due_for(mother, at) == []


def test_said_once_it_is_not_asked_again_this_year(cast):
    mother = cast.adults["mother"]
    at = noon(asked_on(YEAR, mother.pk))
    for _ in range(2):
        details.confirm(adults=[mother], at=at, on=day_of(at))
    assert DetailsCheck.objects.count() == 1
    assert due_for(mother, at) == []
    student = cast.students["mengyao"]
    assert family_lines([student.pk], [mother], at) == {}


def test_the_card_shows_it_until_said(cast):
    mother, student = cast.adults["mother"], cast.students["mengyao"]
    at = noon(asked_on(YEAR, mother.pk))
    lines = family_lines([student.pk, cast.students["xiaobao"].pk], [mother], at)
    assert list(lines) == [student.pk]
    assert lines[student.pk][0].url == "/f/details/"
    assert family_lines([student.pk], [mother], noon(YEAR)) == {}


class TestPage:
    @pytest.fixture
    def mother(self, cast, client):
        client.force_login(cast.users["mother"], "django.contrib.auth.backends.ModelBackend")
        return cast.adults["mother"]

    def test_one_tap(self, client, mother):
        assert "138 9351 0001" in client.get("/f/details/").content.decode()
        client.post("/f/details/", {"act": "confirm"})
        assert DetailsCheck.objects.get(adult=mother).confirmed_at

    def test_a_new_number_counts_with_its_code_and_comes_first(self, client, mother):
        School.objects.filter(pk=mother.school_id).update(is_demo=True)
        said = {"act": "phone", "phone": "138 9351 9999"}
        page = client.post("/f/details/", said)
        assert "138 9351 9999" in page.content.decode()
        assert mother.contact_points.count() == 1
        code = digits_of(OneTimeCode.objects.get())
        assert client.post("/f/details/", said | {"code": "1"}).status_code == 422
        for _ in range(2):
            client.post("/f/details/", said | {"code": code})
        first = mother.contact_points.order_by("priority").first()
        assert (first.address, first.signs_in_by) == ("+8613893519999", "code")
        assert mother.contact_points.count() == 2
        assert DetailsCheck.objects.get().asks_teacher == "phone"

    def test_where_no_code_can_go_it_is_written_down_and_signs_nobody_in(self, client, mother):
        for _ in range(2):
            answer = client.post("/f/details/", {"act": "phone", "phone": "138 9351 9999"})
            assert answer.url == "/f/details/?said=unproved"
        last = mother.contact_points.order_by("priority").last()
        assert (last.address, last.signs_in_by) == ("+8613893519999", "")
        assert mother.contact_points.count() == 2
        assert DetailsCheck.objects.get().asks_teacher == "phone"

    def test_a_new_place_holds_from_today_and_keeps_the_old(self, client, mother):
        client.post(
            "/f/details/", {"act": "place", "is_away": "1", "place": "杭州", "shift": "night"}
        )
        now = mother.migrations.get(ends_on=None)
        on = timezone.localdate(clock.now())
        assert (now.place, now.starts_on) == ("杭州", on)
        assert mother.migrations.exclude(ends_on=None).get().place == "昆山"
        mother.refresh_from_db()
        assert mother.shift == "night"

    def test_who_cares_is_for_the_teacher(self, client, mother, cast):
        client.post("/f/details/", {"act": "carer", "words": "大姨在带"})
        check = DetailsCheck.objects.get()
        assert check.changes == [["carer", "大姨在带"]]
        held = cast.students["mengyao"].guardianships.filter(kind="carer")
        assert [one.adult.name for one in held] == ["李秀兰"]

    @pytest.mark.parametrize(
        "form",
        [
            {"act": "phone", "phone": ""},
            {"act": "phone", "phone": "123"},
            {"act": "place", "is_away": "1", "place": ""},
            {"act": "place", "is_away": "9", "place": "x"},
            {"act": "carer", "words": ""},
            {"act": "carer", "words": "x" * 300},
        ],
    )
    def test_what_cannot_be_is_said_and_given_back(self, client, mother, form):
        answer = client.post("/f/details/", form)
        assert answer.status_code == 422
        assert answer.context["error"]
        assert not DetailsCheck.objects.exists()

    @pytest.mark.parametrize("act", ["", "nonsense"])
    def test_an_unknown_act_changes_nothing(self, client, mother, act):
        assert client.post("/f/details/", {"act": act}).status_code == 200
        assert not DetailsCheck.objects.exists()

    def test_a_stranger_and_a_blocked_father_see_nothing(self, client, cast):
        assert client.get("/f/details/").status_code == 302
        client.force_login(cast.users["blocked_father"])
        assert client.get("/f/details/").status_code == 404
