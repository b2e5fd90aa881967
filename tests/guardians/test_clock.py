"""The two-sided clock: words in, a quiet question to the class teacher, a calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from guardians.actions import record_contact
from guardians.clock import actions as clock_actions
from guardians.clock import queries as clock_queries
from guardians.clock.connection import away_with_talks, connection_from
from guardians.models import Contact, ContactDenial, SentHome
from guardians.queries import contact_weeks, family_facts, last_contacts
from students.barriers import set_barrier
from students.models import Student
from tests.factories.cast import make_student

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def today():
    return timezone.localdate()


def at_now():
    return timezone.now()


def parent_wrote(cast, on, key="p1", child="mengyao", adult="mother"):
    return record_contact(
        student=cast.students[child],
        adult=cast.adults[adult],
        happened_on=on,
        reported_by="parent",
        source_key=key,
        at=at_now(),
    )


def child_denies(cast, on, key="d1", child="mengyao", adult="mother", said_by="child"):
    return clock_actions.say_not_talked(
        student=cast.students[child],
        adult=cast.adults[adult] if adult else None,
        said_by=said_by,
        on=on,
        source_key=key,
        at=at_now(),
    )


def client_of(cast, who) -> Client:
    client = Client()
    client.force_login(cast.users[who], BACKEND)
    return client


@pytest.fixture
def mismatch(cast, today):
    parent_wrote(cast, today - timedelta(days=2))
    return child_denies(cast, today)


def rows_of(cast, who):
    return clock_queries.work_for(cast.users[who], at_now())


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("teacher", True),
        ("next_teacher", False),
        ("far_teacher", False),
        ("village", False),
        ("county", False),
        ("ended", False),
        ("superuser", False),
    ],
)
def test_the_class_teacher_is_asked_to_ask_and_nobody_else(cast, mismatch, who, sees):
    rows = rows_of(cast, who)
    assert bool(rows) is sees
    if sees:
        assert rows[0].student_name == "徐梦瑶"
        assert "梦瑶" in rows[0].why


def test_a_word_from_home_that_agrees_ends_the_question(cast, mismatch, today):
    clock_actions.say_talked(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        said_by="carer",
        on=today - timedelta(days=2),
        source_key="c1",
        at=at_now(),
    )
    assert rows_of(cast, "teacher") == []


def test_saying_it_twice_says_it_once(cast, today):
    first, second = child_denies(cast, today), child_denies(cast, today)
    assert first.pk == second.pk
    assert ContactDenial.objects.count() == 1


def ask_url(denial):
    return reverse("guardians:clock_ask", args=[denial.student_id, denial.pk])


def test_they_did_not_talk_withdraws_the_word_and_keeps_the_reason(cast, mismatch):
    client = client_of(cast, "teacher")
    answer = {"outcome": "not_talked", "words": "妈妈点错了"}
    assert client.post(ask_url(mismatch), answer).status_code == 302
    mismatch.refresh_from_db()
    assert mismatch.outcome == "妈妈点错了"
    assert mismatch.settled_by == cast.users["teacher"]
    assert Contact.objects.get(source_key="p1").retracted_at is not None
    assert rows_of(cast, "teacher") == []
    client.post(reverse("guardians:clock_ask_undo", args=[mismatch.student_id, mismatch.pk]))
    assert Contact.objects.get(source_key="p1").retracted_at is None
    assert len(rows_of(cast, "teacher")) == 1


def test_they_did_talk_is_confirmed_by_both(cast, mismatch):
    client_of(cast, "teacher").post(ask_url(mismatch), {"outcome": "talked"})
    rows = list(Contact.objects.filter(student=cast.students["mengyao"]))
    told = clock_queries.told_of(rows)
    assert {one.value for one in told.values()} == {"both"}
    client_of(cast, "teacher").post(
        reverse("guardians:clock_ask_undo", args=[mismatch.student_id, mismatch.pk])
    )
    live = Contact.objects.filter(student=cast.students["mengyao"], retracted_at=None)
    assert [row.reported_by for row in live] == ["parent"]


def test_unclear_needs_a_word(cast, mismatch):
    client = client_of(cast, "teacher")
    assert client.post(ask_url(mismatch), {"outcome": "unclear"}).status_code == 422
    mismatch.refresh_from_db()
    assert mismatch.settled_at is None
    assert (
        client.post(ask_url(mismatch), {"outcome": "unclear", "words": "问不清"}).status_code == 302
    )


@pytest.mark.parametrize("who", ["next_teacher", "far_teacher", "village", "county", "mother"])
def test_nobody_else_opens_the_question(cast, mismatch, who):
    assert client_of(cast, who).get(ask_url(mismatch)).status_code == 404


@pytest.mark.parametrize("who", ["mother", "other_mother"])
def test_no_family_page_tells_what_the_child_said(cast, mismatch, who):
    client = client_of(cast, who)
    child = cast.students["mengyao"].pk
    for url in ("/f/", f"/f/calls/{child}/", f"/f/calls/{child}/calendar/"):
        page = client.get(url)
        assert "没通过话" not in page.content.decode(), url
        assert "have not talked" not in page.content.decode(), url


def test_the_timeline_tells_of_the_question_only_to_who_may_ask(cast, mismatch):
    at = at_now()
    clock_actions.settle_denial(
        denial_id=mismatch.pk, outcome="unclear", words="问过了", by=cast.users["teacher"], at=at
    )
    child = cast.students["mengyao"]

    def told(who):
        events = clock_queries.timeline(child, cast.users[who], at, 10)
        return [event.text for event in events]

    assert told("teacher") == ["问过了"]
    assert told("next_teacher") == []


def test_what_was_found_out_first_stands(cast, mismatch):
    found = {"denial_id": mismatch.pk, "at": at_now()}
    clock_actions.settle_denial(**found, outcome="talked", words="通过", by=cast.users["teacher"])
    late = {"outcome": "not_talked", "words": "没通过", "by": cast.users["principal"]}
    denial = clock_actions.settle_denial(**found, **late)
    assert (denial.outcome, denial.settled_by) == ("通过", cast.users["teacher"])
    assert not Contact.objects.exclude(retracted_at=None).exists()


CLOCK_FIGURES = {
    "last": lambda cast, on: last_contacts([cast.students["mengyao"].pk]),
    "connection": lambda cast, on: connection_from(away_with_talks(Student.objects.all(), on)),
    "weeks": lambda cast, on: contact_weeks(cast.students["mengyao"], on),
    "mismatches": lambda cast, on: clock_queries.open_mismatches([cast.students["mengyao"].pk], on),
}


@pytest.mark.parametrize("figure", CLOCK_FIGURES)
@pytest.mark.parametrize("kind", SentHome.Kind.values)
def test_no_letter_gift_or_money_moves_a_clock(cast, today, figure, kind):
    read = CLOCK_FIGURES[figure]
    parent_wrote(cast, today - timedelta(days=9))
    before = read(cast, today)
    clock_actions.record_sent(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        kind=kind,
        arrived_on=today,
        words="",
        reported_by="parent",
        source_key="s1",
        at=at_now(),
    )
    assert read(cast, today) == before
    parent_wrote(cast, today, key="p2")
    if figure in ("last", "connection"):
        assert read(cast, today) != before


def sent_form(cast, **changes):
    return {
        "adult": cast.adults["mother"].pk,
        "kind": "gift",
        "on": timezone.localdate().isoformat(),
        "words": "棉衣",
        "key": "8d5b1f3e-1111-4222-8333-444455556666",
        **changes,
    }


def test_the_school_writes_down_a_gift_once_and_takes_it_back(cast):
    client, child = client_of(cast, "teacher"), cast.students["mengyao"].pk
    url = reverse("guardians:family_sent", args=[child])
    for _again in range(2):
        assert client.post(url, sent_form(cast)).status_code == 302
    sent = SentHome.objects.get()
    assert (sent.kind, sent.words, sent.recorded_by) == ("gift", "棉衣", cast.users["teacher"])
    assert "棉衣" in client.get(reverse("staff:contact_calendar", args=[child])).content.decode()
    client.post(reverse("guardians:family_unsent", args=[child, sent_form(cast)["key"]]))
    sent.refresh_from_db()
    assert sent.retracted_at is not None
    # Sent once more, the same form counts again; another is a gift of its own.
    client.post(url, sent_form(cast))
    sent.refresh_from_db()
    assert sent.retracted_at is None
    client.post(url, sent_form(cast, key="8d5b1f3e-1111-4222-8333-444455556667", words="书包"))
    assert set(SentHome.objects.values_list("words", flat=True)) == {"棉衣", "书包"}


def test_days_together_are_a_talk(cast):
    url = reverse("guardians:family_sent", args=[cast.students["mengyao"].pk])
    client_of(cast, "teacher").post(url, sent_form(cast, kind="met"))
    assert Contact.objects.get().kind == Contact.Kind.VISIT
    assert not SentHome.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"on": "1900-01-01"},
        {"on": "2100-01-01"},
        {"on": "昨天"},
        {"on": ""},
        {"kind": "gold"},
        {"adult": "999999"},
        {"key": "x"},
        {"words": "长" * 201},
    ],
)
def test_what_cannot_be_is_refused_at_its_field(cast, changes):
    url = reverse("guardians:family_sent", args=[cast.students["mengyao"].pk])
    answer = client_of(cast, "teacher").post(url, sent_form(cast, **changes))
    assert answer.status_code == 422
    assert not SentHome.objects.exists()
    assert not Contact.objects.exists()


def test_work_costs_the_same_for_one_child_and_ten(cast, today):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            rows_of(cast, "teacher")
        return len(found)

    parent_wrote(cast, today)
    child_denies(cast, today)
    one = queries()
    for n in range(9):
        child = make_student(cast.school_class, f"孙小{n}")
        cast.students["extra"] = child
        parent_wrote(cast, today, key=f"p-{n}", child="extra")
        child_denies(cast, today, key=f"d-{n}", child="extra")
    assert len(rows_of(cast, "teacher")) == 10
    assert queries() == one


def test_the_calendar_costs_the_same_for_a_thousand_talks(cast):
    client, child = client_of(cast, "teacher"), cast.students["mengyao"]
    url = reverse("staff:contact_calendar", args=[child.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    def talks(count: int, key: str) -> None:
        today = timezone.localdate()
        Contact.objects.bulk_create(
            Contact(
                school=cast.school,
                student=child,
                adult=cast.adults["mother"],
                happened_on=today - timedelta(days=n % 80),
                reported_by=("parent", "child", "staff")[n % 3],
                recorded_at=at_now(),
                source_key=f"{key}-{n}",
            )
            for n in range(count)
        )

    queries()
    talks(10, "a")
    ten = queries()
    talks(1000, "b")
    assert queries() == ten


def test_weeks_without_a_talk_are_shown_and_retracted_words_are_not(cast):
    child = cast.students["mengyao"]
    record_contact(
        student=child,
        adult=cast.adults["mother"],
        happened_on=date(2026, 10, 7),
        reported_by="staff",
        kind="video",
        minutes=22,
        source_key="x",
        at=datetime(2026, 10, 7, 4, tzinfo=UTC),
    )
    url = reverse("staff:contact_calendar", args=[child.pk]) + "?until=2026-10"
    page = client_of(cast, "teacher").get(url).content.decode()
    assert page.count("silent-line") > 8
    assert "22" in page
    silent = page.count("silent-line")
    Contact.objects.update(retracted_at=at_now())
    assert client_of(cast, "teacher").get(url).content.decode().count("silent-line") == silent + 1


@pytest.mark.parametrize("day", [1, 30, 31])
def test_a_talk_stands_in_its_month_and_in_no_other(cast, day):
    on = date(2026, 8 if day == 31 else 9, day)
    parent_wrote(cast, on)
    url = reverse("staff:contact_calendar", args=[cast.students["mengyao"].pk])
    page = client_of(cast, "teacher").get(url + "?until=2026-10")
    days = [
        (one.on, one.is_in_month)
        for month in page.context["months"]
        for week in month.weeks
        for one in week.days
        if one.marks
    ]
    assert days == [(on, True)]


@pytest.mark.parametrize("until", ["1900-01", "2100-12", "x", "2026-13", "99999-01", ""])
def test_months_that_cannot_be_show_this_month(cast, until):
    url = reverse("staff:contact_calendar", args=[cast.students["mengyao"].pk])
    client = client_of(cast, "teacher")
    usual, shown = client.get(url), client.get(f"{url}?until={until}")
    assert shown.status_code == 200
    assert shown.context["months"] == usual.context["months"]
    assert client.get(f"{url}?until=2025-10").context["months"] != usual.context["months"]


def test_the_label_beside_the_last_talk_says_on_whose_word(cast, today):
    child = cast.students["mengyao"]

    def label() -> str:
        family = family_facts(child)
        told = clock_queries.last_told(child, family.latest, family.held)
        return told[cast.adults["mother"].pk]

    parent_wrote(cast, today - timedelta(days=2))
    alone = label()
    clock_actions.say_talked(
        student=child,
        adult=cast.adults["mother"],
        said_by="child",
        on=today - timedelta(days=2),
        source_key="c1",
        at=at_now(),
    )
    assert label() != alone
    assert label() == clock_queries.told_words(clock_queries.Told.BOTH, None)


def test_whoever_is_barred_from_a_file_is_asked_nothing_about_it(cast, mismatch):
    assert rows_of(cast, "teacher")
    set_barrier(
        student=cast.students["mengyao"],
        user=cast.users["teacher"],
        reason="x",
        by=cast.users["principal"],
        at=at_now(),
    )
    assert rows_of(cast, "teacher") == []
