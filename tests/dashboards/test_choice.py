"""Of chosen children every figure of talks and ways follows, and none of concerns."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core import clock
from figures.choice import Choice, choice_from
from figures.definitions import DEFINITIONS, definitions
from figures.learning import learning as learned
from figures.school import dashboard
from guardians import actions
from guardians.models import Adult, ContactPoint
from learning import actions as learning
from schools.models import Post, holds_on
from schools.policies import today_in
from schools.queries import classes_on
from students.barriers import set_barrier
from students.models import Student
from tests.factories.cast import make_adult, make_class, make_guardianship, make_student, send_away
from tests.factories.learning import planned, sent, term, training

pytestmark = pytest.mark.django_db


@pytest.fixture
def on():
    return timezone.localdate(clock.now())


@pytest.fixture
def school(cast):
    """Three more of the first class: a boarding girl whose mother is away, a boy at home whose father is,
    and one of whom nothing is known but that both are away.
    """
    girl = make_student(cast.school_class, "宋一")
    boy = make_student(cast.school_class, "宋二")
    both = make_student(cast.school_class, "宋三")
    Student.objects.filter(pk=girl.pk).update(sex="f", is_boarding=True)
    Student.objects.filter(pk=boy.pk).update(sex="m", is_boarding=False)
    for number, (child, relation) in enumerate(
        ((girl, "mother"), (boy, "father"), (both, "mother"), (both, "father"))
    ):
        parent = make_adult(cast.school, f"宋大{number}", f"+86138935200{number:02d}")
        make_guardianship(child, parent, relation)
        send_away(parent, "昆山")
    cast.students |= {"girl": girl, "boy": boy, "both": both}
    return cast


def talk(cast, child: str, on, days_ago: int) -> None:
    student = cast.students[child]
    adult = Adult.objects.filter(guardianships__student=student, guardianships__kind="parent")[0]
    day = on - timedelta(days=days_ago)
    actions.record_contact(
        student=student, adult=adult, happened_on=day, reported_by="parent", at=clock.now()
    )


def figures(cast, on, **asked: str):
    return dashboard(cast.school, clock.now(), on, choice_from(asked, cast.school, on))


def page(cast, **asked: str):
    client = Client()
    client.force_login(cast.users["principal"])
    return client.get(reverse("dashboards:school"), asked)


def test_each_way_to_choose_leaves_its_children(school, on):
    of_class = {"class": str(school.school_class.pk)}
    everybody = figures(school, on)
    assert everybody.with_parent_away == 6
    assert figures(school, on, **of_class).with_parent_away < 6
    assert figures(school, on, boarding="boards").children == 1
    assert figures(school, on, sex="f", **of_class).children == 1
    both = figures(school, on, away="both").with_parent_away
    assert both == 3
    mothers, fathers = (
        figures(school, on, away=who).with_parent_away for who in ("mother", "father")
    )
    assert mothers + fathers - both == 6  # a child that lacks both counts in both
    assert figures(school, on, sex="m", boarding="boards").with_parent_away == 0


def test_a_class_is_shown_as_among_all(school, on):
    talk(school, "girl", on, 0)
    talk(school, "boy", on, 8)
    everybody = figures(school, on)
    alone = figures(school, on, **{"class": str(school.school_class.pk)})
    (row,) = [one for one in everybody.classes if one.pk == school.school_class.pk]
    assert alone.classes == (row,)
    assert (alone.connected, alone.with_parent_away) == (row.connected, row.with_parent_away)
    assert alone.trend[-1].connected == row.connected == 1


def test_an_old_bookmark_shows_the_rest_and_says_so(school, on):
    gone = choice_from({"class": "999999", "sex": "f"}, school.school, on)
    assert (gone.school_class, gone.sex, gone.is_old) == (None, "f", True)
    for odd in ({"grade": "x"}, {"away": "aunt"}, {"class": "\x00"}, {"boarding": "1"}):
        assert choice_from(odd, school.school, on) == Choice(is_old=True)
    assert "已经不存在的选项" in page(school, grade="12").content.decode()


def test_a_class_of_another_school_chooses_nothing(school, on):
    other = str(school.far_class.pk)
    assert choice_from({"class": other}, school.school, on) == Choice(is_old=True)


@pytest.mark.parametrize("asked", [{}, {"away": "father"}])
def test_of_a_child_whose_file_is_closed_to_the_reader_nothing_is_counted(school, on, asked):
    """Else a choice that leaves one child, or the difference of two, would tell of it."""
    talk(school, "boy", on, 0)
    client = Client()
    client.force_login(school.users["principal"])
    before = client.get(reverse("dashboards:school"), asked).context["board"]
    set_barrier(
        student=school.students["boy"],
        user=school.users["principal"],
        reason="与孩子家有亲属关系",
        by=school.users["counsellor"],
        at=clock.now(),
    )
    after = client.get(reverse("dashboards:school"), asked).context["board"]
    assert after.with_parent_away == before.with_parent_away - 1
    assert after.connected == before.connected - 1
    assert after.children == before.children - 1
    assert after.trend[-1].connected == before.trend[-1].connected - 1
    (old,), (new,) = (
        [row for row in one.classes if row.pk == school.school_class.pk] for one in (before, after)
    )
    assert new.connected == old.connected - 1


def test_the_page_asks_no_more_for_twelve_classes_than_for_two(school):
    client = Client()
    client.force_login(school.users["principal"])

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("dashboards:school")).status_code == 200
        return len(asked)

    client.get(reverse("dashboards:school"))
    few = cost()
    for number in range(10):
        make_class(school.school, number // 2 + 1, number % 2 + 7)
    assert cost() == few


def test_of_chosen_children_no_concern_is_counted(school):
    assert [one.key for one in page(school).context["shown"].waits][:3] == [
        "now",
        "open",
        "not_taken",
    ]
    chosen = page(school, sex="f")
    assert [one.key for one in chosen.context["shown"].waits] == ["silence"]
    text = chosen.content.decode()
    assert "只按全校计数" in text
    assert "谁先开口" not in text


def test_what_changed_since_a_week_ago(school, on):
    talk(school, "girl", on, 1)
    talk(school, "boy", on, 7)
    talk(school, "boy", on, 13)
    talk(school, "both", on, 14)  # too long ago for either week
    talk(school, "mengyao", on, 2)
    talk(school, "mengyao", on, 9)
    found = figures(school, on)
    changes = found.changes
    assert (found.connected, changes.connected_before) == (2, 2)
    assert (changes.fell_silent, changes.talk_again) == (1, 1)
    assert changes.newly_unreachable == 0
    text = page(school).content.decode()
    assert "和父母通了话的孩子与前一周一样多：2 个。" in text
    assert "1 个前一周通过话、这一周没有，1 个重新通上了话" in text


@pytest.mark.parametrize(("days", "expected"), [(0, 1), (6, 1), (7, 0)])
def test_the_last_way_that_broke_this_week_counts_as_lost(school, on, days, expected):
    points = ContactPoint.objects.filter(adult__guardianships__student=school.students["girl"])
    points.update(failing_since=clock.now() - timedelta(days=days))
    assert figures(school, on).changes.newly_unreachable == expected


def test_each_row_of_a_class_opens_its_children(school, on):
    text = page(school).content.decode()
    row = next(one for one in figures(school, on).classes if one.pk == school.school_class.pk)
    url = f"/children/?class={row.pk}&amp;only=silent"
    assert f'href="{url}">{row.missing}</a>' in text
    client = Client()
    client.force_login(school.users["principal"])
    opened = client.get(url.replace("&amp;", "&"))
    (tab,) = [one for one in opened.context["filter_tabs"] if one["is_current"]]
    assert tab["count"] == row.missing


def test_every_figure_of_the_page_says_what_it_means(school):
    text = page(school).content.decode()
    for one in definitions():
        assert str(one.missing) in text, one.key


def test_the_workbook_has_the_same_children_and_the_meanings(school, on):
    talk(school, "girl", on, 0)
    client = Client()
    client.force_login(school.users["principal"])
    answer = client.get(reverse("dashboards:figures"), {"sex": "f"})
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["数字", "按班级", "逐周", "指标说明"]
    rows = {row[0]: row for row in book["数字"].iter_rows(values_only=True)}
    assert rows["选了"][1] == "男女: 女生"
    shown = figures(school, on, sex="f")
    assert rows[str(DEFINITIONS["connected"].name)][1:4] == (
        shown.connected,
        shown.with_parent_away,
        shown.connected / shown.with_parent_away,
    )
    assert not any("关注" in str(name) for name in rows)
    meanings = {row[0] for row in book["指标说明"].iter_rows(min_row=2, values_only=True)}
    assert meanings == {str(one.name) for one in definitions()}


def test_the_workbook_counts_no_answers_of_fewer_than_three(cast):
    client = Client()
    client.force_login(cast.users["principal"])

    def row() -> tuple:
        book = load_workbook(io.BytesIO(client.get(reverse("dashboards:figures")).content))
        rows = {one[0]: one for one in book["数字"].iter_rows(values_only=True)}
        return rows[str(DEFINITIONS["learning_of_use"].name)][1:4]

    had = [sent(cast, who=who) for who in ("mother", "father", "grandmother")]
    # Three answers of two adults would tell what each of the two said.
    for one in (had[0], sent(cast, "calling"), had[1]):
        learning.answer(lesson=one.lesson, adult=one.adult, is_of_use=True, at=clock.now())
        assert row() == ("太少，不显示", None, None)
    for one in had[2:]:
        learning.answer(lesson=one.lesson, adult=one.adult, is_of_use=True, at=clock.now())
    assert row() == (4, 4, 1)


def test_the_lessons_of_fewer_than_three_adults_are_not_counted(cast):
    on = today_in(cast.school, clock.now())
    for key in ("praise", "calling"):
        for who in ("mother", "father"):
            sent(cast, key, who)
    shown = {one.key: one.count for one in learned(cast.school, on)}
    assert shown["learning_reached"] is shown["learning_done"] is None
    sent(cast, who="grandmother")
    shown = {one.key: one.count for one in learned(cast.school, on)}
    assert (shown["learning_reached"], shown["learning_done"]) == (5, 0)


def test_a_lesson_of_a_week_to_come_is_not_one_that_was_missed(cast):
    term(cast)
    week_on = planned(cast).week_on
    for weeks in (-1, 1, 2):
        planned(cast, week_on + timedelta(weeks=weeks))
    [found] = [
        one
        for one in learned(cast.school, today_in(cast.school, clock.now()))
        if one.key == "lessons_held"
    ]
    assert (found.count, found.out_of) == (0, 2)


def test_trained_are_of_the_staff_of_today(cast):
    on = today_in(cast.school, clock.now())
    [before] = [one for one in learned(cast.school, on) if one.key == "staff_trained"]
    for who in ("teacher", "counsellor", "village"):
        training(cast, who)
    Post.objects.filter(user=cast.users["counsellor"]).update(ends_on=on - timedelta(days=1))
    [after] = [one for one in learned(cast.school, on) if one.key == "staff_trained"]
    assert (before.count, after.count) == (0, 1)
    held = Post.objects.filter(holds_on(on), school=cast.school).exclude(role="village_worker")
    assert after.out_of == before.out_of - 1 == held.values("user").distinct().count()


def test_choosing_asks_no_more_for_ten_children_than_for_three(school, on):
    with CaptureQueriesContext(connection) as few:
        figures(school, on, away="both")
    for number in range(10):
        child = make_student(school.school_class, f"王{number}")
        for side, relation in enumerate(("mother", "father")):
            parent = make_adult(
                school.school, f"王{number}{side}", f"+861389353{number:02d}{side:02d}"
            )
            make_guardianship(child, parent, relation)
            send_away(parent, "兰州")
    with CaptureQueriesContext(connection) as many:
        assert figures(school, on, away="both").with_parent_away == 13
    assert len(many) == len(few)


def test_classes_stand_in_their_order(school, on):
    names = [one.name for one in classes_on(school.school, on)]
    assert [row.name for row in figures(school, on).classes] == names
