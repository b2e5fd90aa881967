"""What else a principal asks: who was missing, what families heard, who was asked, how soon one looked."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from classroom import actions as classroom
from classroom.models import ClassRegister
from core import clock
from dashboards import presenters
from dashboards.presenters import life_rows
from figures.choice import Choice
from figures.definitions import DEFINITIONS
from figures.school_life import SchoolLife, school_life
from safeguarding import actions as concerns
from schools.models import SchoolClass, Term
from students.models import Enrolment
from students.queries import current_enrolments
from surveys.models import Seat
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.classroom import make_mark, make_note
from tests.factories.surveys import say_yes, seat_of
from tests.factories.visits import make_term
from visits.models import Duty
from visits.queries import progress_of, visits_overdue

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(cast):
    day = timezone.localdate(clock.now())
    make_term(cast, day)
    return day


def life(cast, on, **choice) -> SchoolLife:
    return school_life(cast.school, on, clock.now(), Choice(**choice))


def in_class(cast, on) -> int:
    return current_enrolments(on).filter(school_class=cast.school_class).count()


def concern_of(cast, waited: timedelta | None, began: timedelta = timedelta(days=3)) -> None:
    at = clock.now() - began
    concern = concerns.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["teacher"],
        words="这两周夜里不睡",
        is_urgent=False,
        at=at,
        key=str(uuid4()),
    )
    if waited is not None:
        concerns.acknowledge(concern=concern, by=cast.users["counsellor"], at=at + waited)


def test_absent_are_those_of_the_last_register(cast, on):
    assert life(cast, on).attendance is None
    make_mark(cast)
    found = life(cast, on).attendance
    assert (found.on, found.absent, found.children) == (on, 1, in_class(cast, on))
    assert found.without_register == 1  # the other class took none
    later = life(cast, on + timedelta(days=6)).attendance
    assert (later.on, later.absent) == (on, 1)
    assert life(cast, on + timedelta(days=7)).attendance is None


def test_a_child_of_whom_the_register_says_nothing_is_not_counted(cast, on):
    make_mark(cast)
    ClassRegister.objects.update(unseen=[cast.students["mengyao"].pk])
    found = life(cast, on).attendance
    assert (found.absent, found.children) == (0, in_class(cast, on) - 1)


def test_absent_of_a_choice_are_of_its_classes(cast, on):
    make_mark(cast)
    found = life(cast, on, school_class=cast.school_class).attendance
    assert (found.absent, found.without_register) == (1, 0)
    assert life(cast, on, without=(cast.students["mengyao"].pk,)).attendance.absent == 0


def test_good_news_counts_each_child_once_and_what_the_family_may_read(cast, on):
    ago = clock.now() - timedelta(days=30)
    make_note(cast, "xiaobao", tell_family=True, happened_at=ago, at=ago)
    make_note(cast, "haitao", tell_family=False)
    assert life(cast, on).told == 0
    for _time in range(2):
        make_note(cast, tell_family=True)
    found = life(cast, on)
    assert found.told == 1
    assert found.children == current_enrolments(on).filter(school=cast.school).count()
    note = make_note(cast, "haitao", tell_family=True)
    assert life(cast, on).told == 2
    classroom.retract(notes=[note], by=cast.users["teacher"], at=clock.now())
    assert life(cast, on).told == 1


def test_who_was_asked_and_may_be_is_told_in_steps_of_the_whole_school(cast, on):
    assert life(cast, on).screened is None  # fewer than ten children: no step
    for number in range(20 - life(cast, on).children):
        child = make_student(
            cast.school_class, f"宋小{'一二三四五六七八九十'[number % 10]}{number}"
        )
        make_guardianship(child, make_adult(cast.school, f"宋大{number}"), "father")
        if number < 12:
            say_yes(cast, child)
    assert (life(cast, on).screened, life(cast, on).may_be_asked) == ((0, 50), (50, 100))
    seat_of(cast)
    Seat.objects.filter(student=cast.students["mengyao"]).update(finished_at=clock.now())
    assert life(cast, on).screened == (0, 50)
    chosen = life(cast, on, sex="f")
    assert (chosen.screened, chosen.may_be_asked, chosen.first_look) == (None, None, None)


def test_half_of_ten_concerns_waited_at_most_so_long(cast, on):
    for _number in range(6):
        concern_of(cast, timedelta(minutes=20))
    for _number in range(3):
        concern_of(cast, timedelta(hours=30))
    assert life(cast, on).first_look is None
    concern_of(cast, None)
    assert life(cast, on).first_look == timedelta(minutes=20)
    for _number in range(4):
        concern_of(cast, None)
    assert life(cast, on).first_look > timedelta(hours=12)  # who still waits counts, too


def test_page_and_workbook_say_it(cast, on):
    make_mark(cast)
    client = Client()
    client.force_login(cast.users["principal"])
    page = client.get(reverse("dashboards:school"))
    rows = {row["name"]: row for row in life_rows(page.context["shown"].life)}
    absent = rows[DEFINITIONS["absent"].name]
    assert (absent["count"], absent["out_of"]) == (1, in_class(cast, on))
    assert reverse("schools:duty") in page.content.decode()
    book = load_workbook(io.BytesIO(client.get(reverse("dashboards:figures")).content))
    said = {row[0]: row for row in book["数字"].iter_rows(values_only=True)}
    assert said[str(DEFINITIONS["absent"].name)][1:3] == (1, in_class(cast, on))


def test_fewer_than_ten_concerns_are_said_to_be_too_few(cast, on):
    concern_of(cast, timedelta(minutes=20))
    rows = {row["name"]: row for row in life_rows(life(cast, on))}
    first_look = rows[DEFINITIONS["first_look"].name]
    assert (first_look["words"], first_look["count"]) == ("", None)  # "too few to show"
    Term.objects.all().delete()
    assert DEFINITIONS["first_look"].name not in {row["name"] for row in life_rows(life(cast, on))}


def test_visits_overdue_are_those_of_the_page_of_duties(cast, on):
    mengyao, yuan, haitao = (cast.students[name] for name in ("mengyao", "yuan", "haitao"))
    for child, due, done in ((mengyao, 3, None), (yuan, 9, None), (haitao, 5, 6)):
        days_due, days_done = timedelta(days=due), done and on - timedelta(days=done)
        Duty.objects.create(
            school=cast.school,
            kind=Duty.Kind.HOME_VISIT,
            school_class=cast.school_class,
            student=child,
            starts_on=on - timedelta(days=20),
            due_on=on - days_due,
            done_on=days_done,
            key=f"home:{Term.objects.get().pk}:{child.pk}",
        )

    def of_duties() -> int:
        classes = SchoolClass.objects.filter(school=cast.school)
        return progress_of(cast.school, classes, on).total("visits_overdue")

    assert visits_overdue(cast.school, on) == (2, on - timedelta(days=9))
    assert of_duties() == 2
    # A child who has left owes no visit any more.
    Enrolment.objects.filter(student=yuan).update(ends_on=on - timedelta(days=1))
    assert visits_overdue(cast.school, on) == (1, on - timedelta(days=3))
    assert of_duties() == 1
    assert visits_overdue(cast.school, on, [mengyao.pk]) == (0, None)


def test_every_figure_of_the_page_is_in_the_workbook(cast, on):
    make_mark(cast)
    make_note(cast, tell_family=True)
    client = Client()
    client.force_login(cast.users["principal"])
    shown = client.get(reverse("dashboards:school")).context["shown"]
    book = load_workbook(io.BytesIO(client.get(reverse("dashboards:figures")).content))
    rows = {row[0]: row for row in book["数字"].iter_rows(values_only=True)}
    board = shown.board
    for wait in shown.waits:
        assert (rows[wait.label][1], rows[wait.label][5]) == (wait.count, wait.longest)
    for part in presenters.reach_parts(board.reach):
        assert rows[part["label"]][1] == part["count"]
    for row in [*presenters.apart(board), *life_rows(shown.life)]:
        cells = rows[row["name"]]
        assert cells[1] == (
            row["words"] or ("太少，不显示" if row["count"] is None else row["count"])
        )
        assert cells[2] == row["out_of"]
        assert (cells[5] or "") == row.get("note", "")
    for one in shown.learning:
        assert rows[str(DEFINITIONS[one.key].name)][2] == one.out_of
    changes = (board.changes.connected_before, board.changes.fell_silent, board.changes.talk_again)
    names = ("前一周通过话", "前一周通过、这一周没有", "重新通上话")
    assert tuple(rows[name][1] for name in names) == changes
    assert rows["在册的孩子"][1] == board.children
    # What nobody knows stands beside what it is missing from.
    unknown = board.without_parents + board.whereabouts_unknown
    assert rows["和父母说过话"][4] == pytest.approx(unknown / board.children)
    assert rows["缺勤"][4] == pytest.approx(1 - shown.life.attendance.children / board.children)
