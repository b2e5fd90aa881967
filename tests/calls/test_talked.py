"""B4, the family's side: parent and carer answer in one tap, and what the teacher sees of both answers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls.family import family_lines
from guardians.clock import queries as clock_queries
from guardians.models import Contact, ContactDenial, Guardianship, Migration
from tests.factories.calls import offer_calls
from tests.factories.cast import make_adult, make_guardianship, make_user, send_away

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def cast(cast):
    made = cast
    carer = made.adults["grandmother"]
    carer.user = made.users["grandmother"] = make_user("family-carer", carer.name)
    carer.save()
    return made


def client_of(cast, who) -> Client:
    client = Client()
    client.force_login(cast.users[who], BACKEND)
    return client


def url_of(cast, page="talked", child="mengyao"):
    return reverse(f"family_calls:{page}", args=[cast.students[child].pk])


def tap(cast, who, answer, adult="mother", page="talked"):
    given = {"adult": cast.adults[adult].pk, "answer": answer}
    return client_of(cast, who).post(url_of(cast, page), given)


@pytest.mark.parametrize(
    ("answer", "kind", "back"),
    [("today-call", "call", 0), ("today-video", "video", 0), ("yesterday-call", "call", 1)],
)
def test_a_parent_says_so_in_one_tap(cast, answer, kind, back):
    assert tap(cast, "mother", answer).status_code == 200
    talk = Contact.objects.get()
    assert (talk.kind, talk.reported_by) == (kind, "parent")
    assert talk.happened_on == timezone.localdate() - timedelta(days=back)


@pytest.mark.parametrize(
    ("who", "answer", "offered", "leads_on"),
    [
        ("mother", "today-call", True, True),
        ("mother", "today-call", False, False),
        ("grandmother", "today", True, False),
    ],
)
def test_what_is_done_leads_to_the_next_call_or_home(cast, who, answer, offered, leads_on):
    if offered:
        offer_calls(cast.school)
    page = tap(cast, who, answer).content.decode()
    assert (f'href="{url_of(cast, "book")}"' in page) == leads_on
    assert reverse("family:home") in page


def test_tapped_twice_it_is_one_talk_and_taken_back_it_is_none(cast):
    for _time in range(2):
        tap(cast, "mother", "today-call")
    assert Contact.objects.count() == 1
    tap(cast, "mother", "today-call", page="talked_undo")
    assert Contact.objects.get().retracted_at is not None
    tap(cast, "mother", "today-call")
    assert Contact.objects.get().retracted_at is None


def test_who_cares_at_home_confirms_and_the_teacher_sees_both(cast):
    tap(cast, "mother", "yesterday-call")
    tap(cast, "grandmother", "today")
    told = clock_queries.told_of(Contact.objects.all())
    assert set(told.values()) == {"both"}
    assert Contact.objects.filter(reported_by="carer").count() == 1


def test_not_this_week_from_home_asks_the_teacher_quietly(cast):
    tap(cast, "mother", "today-call")
    tap(cast, "grandmother", "not_yet")
    assert ContactDenial.objects.get().said_by == "carer"
    items = clock_queries.work_for(cast.users["teacher"], timezone.now())
    assert [item.student_id for item in items] == [cast.students["mengyao"].pk]


def test_a_parent_away_denies_nothing(cast):
    assert tap(cast, "mother", "not_yet").status_code == 200
    assert not Contact.objects.exists()
    assert not ContactDenial.objects.exists()


@pytest.mark.parametrize("answer", ["", "tomorrow", "today-money", "1900-01-01"])
def test_what_is_no_answer_is_said_and_nothing_is_written(cast, answer):
    page = tap(cast, "grandmother", answer)
    assert page.status_code == 422
    assert page.context["error"]
    assert not Contact.objects.exists()


@pytest.mark.parametrize(("who", "adult"), [("mother", "other_mother"), ("grandmother", "father")])
def test_nobody_speaks_about_an_adult_who_is_not_asked_about(cast, who, adult):
    """An adult of another family, and a blocked one."""
    assert tap(cast, who, "today", adult=adult).status_code == 422
    assert not Contact.objects.exists()


@pytest.mark.parametrize("who", ["other_mother", "blocked_father", "teacher"])
def test_strangers_meet_404(cast, who):
    assert client_of(cast, who).get(url_of(cast)).status_code == 404
    assert tap(cast, who, "today").status_code == 404


def test_whoever_is_only_a_contact_is_no_side(cast):
    Guardianship.objects.filter(adult=cast.adults["grandmother"]).update(kind="contact")
    assert client_of(cast, "grandmother").get(url_of(cast)).status_code == 404


def test_a_parent_at_home_speaks_about_the_one_away(cast):
    aunt = make_adult(cast.school, "徐国强")
    aunt.user = cast.users["at_home"] = make_user("family-at-home", aunt.name)
    aunt.save()
    make_guardianship(cast.students["mengyao"], aunt, "father")
    Migration.objects.create(
        school=cast.school, adult=aunt, is_away=False, starts_on=timezone.localdate()
    )
    page = client_of(cast, "at_home").get(url_of(cast))
    assert [pk for pk, _name in page.context["people"]] == [cast.adults["mother"].pk]
    tap(cast, "at_home", "today")
    assert Contact.objects.get().reported_by == "carer"


def test_with_no_parent_away_there_is_nothing_to_ask(cast):
    Migration.objects.all().delete()
    answer = client_of(cast, "grandmother").get(url_of(cast))
    assert answer.url == reverse("family:child", args=[cast.students["mengyao"].pk])


class TestTheCard:
    def line(self, cast, adult):
        child = cast.students["mengyao"].pk
        found = family_lines([child], [cast.adults[adult]], timezone.now()).get(child, [])
        return next((one for one in found if one.url.endswith("/talked/")), None)

    def test_home_is_asked_until_it_has_said_so_this_week(self, cast):
        assert self.line(cast, "grandmother").is_due
        tap(cast, "grandmother", "not_yet")
        assert self.line(cast, "grandmother") is None

    def test_a_parents_word_alone_does_not_answer_for_home(self, cast):
        tap(cast, "mother", "today-call")
        assert self.line(cast, "grandmother").is_due

    def test_a_parent_away_finds_the_way_and_is_not_pressed(self, cast):
        assert not self.line(cast, "mother").is_due

    def test_nobody_is_asked_about_a_parent_who_is_not_in_touch(self, cast):
        cast.adults["mother"].condition = "dead"
        cast.adults["mother"].save()
        assert self.line(cast, "grandmother") is None

    def test_many_children_cost_what_one_costs(self, cast):
        children = [cast.students["mengyao"].pk]
        counts = []
        for pks in (children, [*children, cast.students["xiaobao"].pk]):
            with CaptureQueriesContext(connection) as queries:
                family_lines(pks, [cast.adults["grandmother"]], timezone.now())
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_a_second_parent_away_is_asked_about_too(cast):
    uncle = make_adult(cast.school, "徐国强")
    make_guardianship(cast.students["mengyao"], uncle, "father")
    send_away(uncle, "佛山")
    page = client_of(cast, "grandmother").get(url_of(cast))
    assert len(page.context["people"]) == 2
