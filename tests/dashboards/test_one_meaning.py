"""One fact, one number: every page that says who is connected, silent or out of reach is asked for it."""

import io
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core import clock
from guardians import actions
from guardians.clock.connection import away_with_talks, connection_from
from guardians.clock.rules import Talk, Told, told_by
from guardians.models import Contact, ContactPoint
from guardians.rules import connected_since, is_connected
from messaging.actions import ensure_plans
from safeguarding.models import Concern
from students.models import Student
from tests.factories.cast import make_adult, make_guardianship, make_student, send_away

pytestmark = pytest.mark.django_db
AGO = {
    "宋一": 0,
    "宋二": 5,
    "宋三": 6,
    "宋四": 7,
    "宋五": 8,
    "宋六": None,
}  # days since the last talk
CONNECTED = 3


@pytest.fixture
def school(cast):
    """Three children who never talked on record, and six more with a father away."""
    on = timezone.localdate(clock.now())
    for number, (name, ago) in enumerate(AGO.items()):
        child = make_student(cast.school_class, name)
        father = make_adult(cast.school, f"宋大{number}", f"+86138935100{number:02d}")
        make_guardianship(child, father, "father")
        send_away(father, "昆山")
        if ago is not None:
            say(child, father, on - timedelta(days=ago), "parent")
    ensure_plans(at=clock.now())
    return cast


def client_of(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who])
    return client


def say(child, adult, day, who) -> None:
    actions.record_contact(
        student=child, adult=adult, happened_on=day, reported_by=who, at=clock.now()
    )


def figures_of(client) -> dict[str, tuple[int, int]]:
    """page → (connected, with a parent away)."""
    today = client.get("/").context["connection"]
    board = client.get(reverse("dashboards:school")).context["board"]
    check_ins = client.get(reverse("messaging:board")).context
    sheet = load_workbook(io.BytesIO(client.get(reverse("dashboards:figures")).content))["按班级"]
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if isinstance(row[1], int)]
    return {
        "today": (today.talked, today.away),
        "dashboard": (board.connected, board.with_parent_away),
        "trend": (board.trend[-1].connected, board.trend[-1].with_parent_away),
        "check-ins": (check_ins["talked"], check_ins["total"]),
        "workbook": (sum(row[2] for row in rows), sum(row[1] for row in rows)),
    }


def test_every_page_counts_the_same_children_as_connected(school):
    found = figures_of(client_of(school, "principal"))
    assert set(found.values()) == {(CONNECTED, len(AGO) + 3)}, found


def test_the_list_owes_a_talk_to_whoever_is_not_connected(school):
    teacher = client_of(school, "teacher")
    listed = teacher.get("/children/").context["rows"]
    owed = {row.name for row in listed if row.is_owed}
    today = teacher.get("/").context["connection"]
    assert owed == {"徐梦瑶", "徐小宝", "宋四", "宋五", "宋六"}
    assert today.away - today.talked == len(owed)


def test_seven_local_dates_are_seven():
    on = timezone.localdate(clock.now())
    assert [days for days in range(10) if is_connected(days)] == list(range(7))
    assert (on - connected_since(on)).days == 6


@pytest.mark.parametrize(
    ("words", "is_confirmed"),
    [
        ([("parent", 0)], False),
        ([("child", 0)], False),
        ([("staff", 0)], True),
        ([("parent", 0), ("child", 3)], True),
        ([("parent", 0), ("child", 4)], False),
        ([("parent", 8), ("carer", 6)], True),
        ([("parent", 8), ("carer", 8)], False),  # together, but not this week
        ([("child", 0), ("carer", 0)], False),  # one side
    ],
)
def test_confirmed_is_what_the_clock_calls_confirmed(cast, words, is_confirmed):
    """The count by SQL beside the rule that the child's calendar asks."""
    on, child = timezone.localdate(clock.now()), cast.students["mengyao"]
    for who, ago in words:
        say(child, cast.adults["mother"], on - timedelta(days=ago), who)
    found = connection_from(away_with_talks(Student.objects.filter(pk=child.pk), on))
    rows = Contact.objects.filter(student=child)
    talks = [Talk(one.pk, one.adult_id, one.happened_on, one.reported_by) for one in rows]
    by_rule = any(
        told_by(talk, talks) in (Told.BOTH, Told.STAFF)
        for talk in talks
        if talk.on >= connected_since(on)
    )
    assert (bool(found.confirmed), by_rule) == (is_confirmed, is_confirmed)


def test_who_never_talked_comes_before_the_longest_silence(school):
    page = client_of(school, "principal").get(reverse("dashboards:school"))
    board = page.context["board"]
    assert (board.longest_silence_days, board.never_talked) == (8, 4)
    wait = next(one for one in page.context["shown"].waits if one.count == board.missing)
    never, _between, longest = wait.longest.partition("；")
    assert "4" in never
    assert "8" in longest


def test_who_talked_this_week_is_no_longest_silence(school):
    """Among those who did not talk there is then nobody who ever did."""
    Contact.objects.filter(
        happened_on__lt=timezone.localdate(clock.now()) - timedelta(days=6)
    ).delete()
    page = client_of(school, "principal").get(reverse("dashboards:school"))
    board = page.context["board"]
    wait = next(one for one in page.context["shown"].waits if one.key == "silence")
    assert (board.longest_silence_days, wait.count, wait.longest) == (6, 6, "从没记过：6 个")


LEVELS = ["", "red", "orange", "yellow"]


def test_an_adult_is_needed_now_is_one_count(school):
    """One concern of each clock and level: the list and the dashboard count the same ones."""
    for number, (clock_, level) in enumerate(product(Concern.Clock.values, LEVELS)):
        Concern.objects.create(
            school=school.school,
            student=Student.objects.get(name="宋一"),
            source=Concern.Source.STAFF,
            source_key=f"one-{number}",
            clock=clock_,
            level=level,
            opened_at=clock.now(),
            due_at=clock.now() + timedelta(hours=1),
        )
    principal = client_of(school, "principal")
    waits = {
        one.label: one.count
        for one in principal.get(reverse("dashboards:school")).context["shown"].waits
    }
    listed = client_of(school, "counsellor").get(reverse("counselling:list")).context["groups"]
    in_list = {one["urgency"].word: one["n"] for one in listed}
    assert all(one["n"] == len(one["rows"]) for one in listed)
    assert waits["现在需要大人"] == in_list["现在需要大人"] == 3
    assert waits["没结束的关注一共"] == sum(in_list.values()) == len(LEVELS) * 2


def test_a_family_that_cannot_be_reached_is_one_count(school):
    """No number, one that fails, one that somebody says is not theirs; the carer's way counts, too."""
    fathers = {name: f"宋大{number}" for number, name in enumerate(AGO)}
    points = ContactPoint.objects.filter(adult__school=school.school)
    points.filter(adult__name=fathers["宋一"]).delete()
    points.filter(adult__name=fathers["宋二"]).update(failing_since=clock.now())
    points.filter(adult__name=fathers["宋三"]).update(disputed_at=clock.now())
    points.filter(adult__name=fathers["宋四"]).update(failing_since=clock.now())
    carer = make_adult(school.school, "宋奶奶", "+8613893510099")
    make_guardianship(Student.objects.get(name="宋四"), carer, "paternal_grandmother")
    principal, teacher = client_of(school, "principal"), client_of(school, "teacher")
    board = principal.get(reverse("dashboards:school")).context["board"]
    listed = teacher.get("/children/?only=unreachable").context["rows"]
    assert {row.name for row in listed} == {"宋一", "宋二", "宋三"}
    assert sum(row.unreachable for row in board.classes) == len(listed)
    assert board.reach.none + board.reach.unknown == len(listed)
