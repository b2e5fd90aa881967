"""The ladder calls the person on duty at that moment; without a roster it calls as it did before."""

import subprocess
import sys
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.models import User
from core import clock
from counselling import home
from counselling.pool.queries import colleagues_near
from delivery.models import OutboxMessage
from safeguarding import actions, queries, rules
from safeguarding.guide import steps as guide
from safeguarding.ladder import rungs_of
from safeguarding.levels import triage
from safeguarding.levels.roster import roster_of
from safeguarding.models import Concern
from safeguarding.opening import alert
from safeguarding.policies import concerns_visible_to
from safeguarding.reports.policies import roles_near
from safeguarding.reports.presenters import people_by_role
from safeguarding.rules import PostFacts
from schools.duty import actions as duty_actions
from schools.models import Post
from students.models import Barrier
from tests.factories.cases import make_case
from tests.factories.cast import make_post, make_user
from tests.factories.duty import put, put_now
from tests.factories.reports import make_report

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
NIGHT = datetime.combine(
    MONDAY + timedelta(days=1), time(3), ZONE
)  # Tuesday at three: Monday's night


def top_of(cast, at: datetime) -> list[str]:
    concern = Concern(school=cast.school, student=cast.students["mengyao"])
    names = {user.pk: who for who, user in cast.users.items()}
    return [names[pk] for pk in rungs_of(concern, at)[-1]]


def before(cast, who: str, on: date, part: str):
    return put(cast, who, on, part, at=NIGHT - timedelta(days=7))


@pytest.mark.parametrize(
    ("posts", "rungs"),
    [
        (  # whose turn it is, not who is marked; another class's teacher is called at the top alone
            [
                PostFacts(1, rules.PRINCIPAL),
                PostFacts(2, rules.COUNSELLOR, is_duty=True),
                PostFacts(3, rules.CLASS_TEACHER, is_rostered=True, is_near=False),
            ],
            [(2,), (3, 1)],
        ),
        (
            [PostFacts(1, rules.PRINCIPAL), PostFacts(3, rules.CLASS_TEACHER, is_rostered=True)],
            [(3,), (3, 1)],
        ),
        (  # nobody's turn: as before
            [PostFacts(1, rules.PRINCIPAL), PostFacts(2, rules.COUNSELLOR, True)],
            [(2,), (2, 1)],
        ),
    ],
)
def test_the_top_of_the_ladder(posts, rungs):
    assert rules.ladder_of(posts) == rungs


def test_without_a_roster_the_flag_and_the_principal_are_called(cast):
    assert top_of(cast, NIGHT) == ["principal"]
    Post.objects.filter(user=cast.users["next_teacher"]).update(is_duty=True)
    assert top_of(cast, NIGHT) == ["next_teacher", "principal"]


def test_the_roster_is_called_at_its_hours_and_the_flag_where_it_has_nobody(cast):
    Post.objects.filter(user=cast.users["counsellor"]).update(is_duty=True)
    before(cast, "next_teacher", MONDAY, "night")
    assert top_of(cast, NIGHT) == ["next_teacher", "principal"]
    assert top_of(cast, NIGHT + timedelta(hours=4)) == ["counsellor", "principal"]
    assert top_of(cast, NIGHT - timedelta(hours=8, minutes=1)) == ["counsellor", "principal"]
    assert top_of(cast, NIGHT - timedelta(hours=8)) == ["next_teacher", "principal"]


def test_two_on_duty_are_called_together(cast):
    before(cast, "next_teacher", MONDAY, "night")
    before(cast, "counsellor", MONDAY, "whole")
    assert set(top_of(cast, NIGHT)) == {"next_teacher", "counsellor", "principal"}


def test_whoever_has_left_or_may_not_sign_in_is_not_called(cast):
    user = cast.users["next_teacher"]
    before(cast, "next_teacher", MONDAY, "night")
    Post.objects.filter(user=user).update(ends_on=MONDAY)
    assert top_of(cast, NIGHT) == ["principal"]  # Tuesday: the post ended with Monday
    Post.objects.filter(user=user).update(ends_on=None)
    user.is_active = False
    user.save()
    assert top_of(cast, NIGHT) == ["principal"]


def test_whoever_is_kept_from_the_child_is_not_called_and_the_flag_stands_in(cast):
    user, child = cast.users["next_teacher"], cast.students["mengyao"]
    Post.objects.filter(user=cast.users["counsellor"]).update(is_duty=True)
    before(cast, "next_teacher", MONDAY, "night")
    Barrier.objects.create(
        school=cast.school,
        student=child,
        user=user,
        reason="x",
        set_by=cast.users["principal"],
        set_at=NIGHT - timedelta(days=1),
    )
    assert top_of(cast, NIGHT) == ["counsellor", "principal"]


def test_a_climb_tells_whoever_is_on_duty_and_they_see_the_concern(cast, client):
    at = clock.now()
    user = cast.users["next_teacher"]  # teaches another class: sees nothing of it otherwise
    put_now(cast, user)
    concern = actions.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["counsellor"],
        words="半夜不在宿舍",
        is_urgent=True,
        at=at,
        key="night",
    )
    assert not concerns_visible_to(user, at.date()).exists()
    for number in range(1, 4):
        actions.climb_unacknowledged(at + timedelta(minutes=16 * number))
    told = OutboxMessage.objects.filter(kind="concern", user=user)
    assert told.count() >= 1
    assert concerns_visible_to(user, at.date()).filter(pk=concern.pk).exists()
    client.force_login(user)
    assert client.get(reverse("counselling:detail", args=[concern.pk])).status_code == 200


def test_the_page_shows_who_is_called_now_and_who_is_down_next(cast, client):
    put_now(cast, "next_teacher")
    client.force_login(cast.users["counsellor"])
    page = client.get(reverse("counselling:levels"))
    names = [person.name for person in page.context["rungs"][-1].people]
    assert names[0] == cast.users["next_teacher"].name
    assert len(page.context["duty_days"]) == 7
    assert reverse("schools:duty") not in page.content.decode()
    client.force_login(cast.users["principal"])
    assert reverse("schools:duty") in client.get(reverse("counselling:levels")).content.decode()


def test_the_ladder_on_the_page_is_the_one_that_is_called(cast):
    before(cast, "next_teacher", MONDAY, "night")
    people = roster_of(cast.school, NIGHT)[-1].people
    called = [cast.users[who].name for who in top_of(cast, NIGHT)]
    assert [person.name for person in people] == called


def colleague(cast, **facts):
    """A second counsellor, marked as the first to be told."""
    user = make_user("second", "沈老师", phone="+8613909350099")
    make_post(user, "counsellor", school=cast.school, is_duty=True, **facts)
    return user


def names_of(posts) -> set[str]:
    return {post.user.username for post in posts}


def test_whoever_has_no_phone_and_no_e_mail_does_not_replace_the_flag(cast):
    Post.objects.filter(user=cast.users["counsellor"]).update(is_duty=True)
    before(cast, "next_teacher", MONDAY, "night")
    User.objects.filter(pk=cast.users["next_teacher"].pk).update(phone="", email="")
    assert top_of(cast, NIGHT) == ["next_teacher", "counsellor", "principal"]
    User.objects.filter(pk=cast.users["next_teacher"].pk).update(email="wang@school.cn")
    assert top_of(cast, NIGHT) == ["next_teacher", "principal"]


@pytest.mark.parametrize(
    ("days", "hears"), [(0, True), (-2, True), (3, True), (-10, False), (10, False)]
)
def test_the_village_can_name_whoever_is_on_duty_around_today(cast, days, hears):
    child, user = cast.students["mengyao"], cast.users["next_teacher"]
    today = MONDAY + timedelta(days=1)
    assert "next_teacher" not in names_of(roles_near(child, today))
    on = today + timedelta(days=days)
    put(cast, user, on, "night", at=datetime.combine(on, time(8), ZONE))
    assert ("next_teacher" in names_of(roles_near(child, today))) is hears
    people = people_by_role(child, cast.users["village"], today, {})
    assert (user in people["users"]) is hears


def test_a_turn_that_was_never_stood_puts_nobody_near(cast):
    turn = before(cast, "next_teacher", MONDAY, "night")
    long_before = turn.starts_at - timedelta(days=2)
    duty_actions.take_off(turn=turn, by=cast.users["admin"], at=long_before)
    assert "next_teacher" not in names_of(roles_near(cast.students["mengyao"], MONDAY))


@pytest.mark.parametrize("asked_for", ["counsellor", "principal"])
def test_whom_a_child_went_around_is_not_called_by_a_turn_on_duty(cast, asked_for):
    before(cast, "teacher", MONDAY, "night")
    concern = Concern(
        school=cast.school, student=cast.students["mengyao"], source="pupil", asked_for=asked_for
    )
    told = {user for rung in rungs_of(concern, NIGHT) for user in rung}
    assert told == {cast.users["principal"].pk} | (
        {cast.users["counsellor"].pk} if asked_for == "counsellor" else set()
    )


def test_a_report_comes_to_no_class_teacher_by_a_turn_on_duty(cast):
    before(cast, "next_teacher", MONDAY, "night")
    concern = Concern(
        school=cast.school,
        student=cast.students["mengyao"],
        source="report",
        asked_for="counsellor",
        raised_by=cast.users["teacher"],
    )
    told = {user for rung in rungs_of(concern, NIGHT) for user in rung}
    assert told == {cast.users["counsellor"].pk, cast.users["principal"].pk}


def test_at_the_pupils_door_stands_a_counsellor_who_also_teaches_another_class(cast):
    user, child = cast.users["counsellor"], cast.students["mengyao"]
    make_post(user, "class_teacher", school=cast.school, school_class=cast.next_class)
    asked = queries.people_to_ask(child, clock.now())
    assert ("counsellor", user.name) in asked
    put_now(cast, user)
    assert queries.people_to_ask(child, clock.now()) == asked


def test_a_reporter_on_duty_leaves_the_flag_to_stand_in(cast):
    second = colleague(cast)
    put_now(cast, "counsellor")
    report = make_report(cast, by="counsellor", at=clock.now())
    rows = OutboxMessage.objects.filter(dedupe_key__startswith=f"report:{report.pk}:")
    assert {row.user for row in rows} == {second, cast.users["principal"]}


def test_a_class_teacher_on_duty_who_may_not_hear_leaves_the_flag_to_stand_in(cast):
    second = colleague(cast)
    before(cast, "teacher", MONDAY, "night")
    concern = Concern(school=cast.school, student=cast.students["mengyao"], asked_for="principal")
    assert set(home.who_leads(concern, NIGHT)) == {second.pk, cast.users["principal"].pk}
    concern.asked_for = ""
    told = {cast.users["teacher"].pk, cast.users["principal"].pk}
    assert set(home.who_leads(concern, NIGHT)) == told


def test_a_guest_phones_the_flag_where_whoever_is_on_duty_is_suspected(cast):
    second, user = colleague(cast), cast.users["next_teacher"]
    case, at = make_case(cast), clock.now()
    put_now(cast, user)
    assert user in colleagues_near(case, at)
    assert second not in colleagues_near(case, at)
    make_report(cast, by="principal", student="haitao", users=[user])
    assert user not in colleagues_near(case, at)
    assert second in colleagues_near(case, at)


@pytest.mark.parametrize("is_taken", [False, True])
def test_of_what_somebody_has_taken_the_roster_is_not_reminded(cast, is_taken):
    at, user = clock.now(), cast.users["next_teacher"]
    put_now(cast, user)
    child, by = cast.students["mengyao"], cast.users["counsellor"]
    facts = {"student": child, "by": by, "words": "总哭", "is_urgent": True, "key": "x"}
    concern = actions.raise_worry(**facts, at=at)
    Concern.objects.filter(pk=concern.pk).update(rung=5)
    if is_taken:
        actions.acknowledge(concern=concern, by=cast.users["teacher"], at=at)
    triage.set_level(concern=concern, by=by, level="red", words="马上", at=at)
    assert triage.remind_of_late(at + timedelta(minutes=20)) == 1
    told = concern.entries.filter(kind="told").values_list("about", flat=True)
    assert (user.pk in told) is not is_taken
    assert cast.users["principal"].pk in told


def told_at_night(cast) -> Concern:
    """The teacher of another class, whose night it was."""
    before(cast, "next_teacher", MONDAY, "night")
    facts = {"student": cast.students["mengyao"], "by": cast.users["counsellor"], "key": "x"}
    concern = actions.raise_worry(**facts, words="不在宿舍", is_urgent=True, at=NIGHT)
    alert(concern, [cast.users["next_teacher"].pk], NIGHT)
    return concern


def sees(cast, who: str, on: date) -> bool:
    return concerns_visible_to(cast.users[who], on).exists()


TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=n) for n in (1, 2, 3))


def test_a_turn_on_duty_shows_a_concern_for_that_day_and_the_next(cast):
    concern = told_at_night(cast)
    shown = [sees(cast, "next_teacher", on) for on in (TUESDAY, WEDNESDAY, THURSDAY)]
    assert shown == [True, True, False]
    assert sees(cast, "teacher", THURSDAY)
    facts = {"by": cast.users["teacher"], "closing": "with_child", "words": "找到了"}
    actions.close(concern=concern, at=NIGHT + timedelta(hours=1), **facts)
    assert not sees(cast, "next_teacher", TUESDAY)
    assert sees(cast, "teacher", THURSDAY)


def _takes(cast, concern):
    actions.acknowledge(concern=concern, by=cast.users["next_teacher"], at=NIGHT)
    facts = {"by": cast.users["principal"], "to": cast.users["teacher"], "words": "你来"}
    actions.hand_over(concern=concern, at=NIGHT, **facts)


def _is_handed_it(cast, concern):
    facts = {"by": cast.users["principal"], "to": cast.users["next_teacher"], "words": "你来"}
    actions.hand_over(concern=concern, at=NIGHT, **facts)
    actions.acknowledge(concern=concern, by=cast.users["principal"], at=NIGHT)


def _is_named(cast, concern):
    Concern.objects.filter(pk=concern.pk).update(named_adult=cast.users["next_teacher"])


def _teaches_the_child(cast, concern):
    facts = {"school": cast.school, "school_class": cast.school_class}
    make_post(cast.users["next_teacher"], "class_teacher", **facts)
    Concern.objects.filter(pk=concern.pk).update(asked_for="counsellor")


@pytest.mark.parametrize("happens", [_takes, _is_handed_it, _is_named, _teaches_the_child])
def test_in_whose_hands_it_was_they_go_on_seeing_it(cast, happens):
    happens(cast, told_at_night(cast))
    assert sees(cast, "next_teacher", THURSDAY)


def test_the_guide_has_whoever_is_on_duty_first(cast):
    colleague(cast)
    child, at = cast.students["mengyao"], clock.now()
    put_now(cast, "counsellor")
    steps = guide.context(child, cast.users["teacher"], at)["steps"]
    (phones,) = [step["phones"] for step in steps if step["step"] == guide.Step.COUNSELLOR]
    assert [phone["who"] for phone in phones] == [cast.users["counsellor"].name, "沈老师"]


@pytest.mark.parametrize(
    "module",
    [
        "counselling.cases.actions",
        "counselling.cases.left",
        "safeguarding.opening",
        "safeguarding.ladder",
        "safeguarding.queries",
    ],
)
def test_each_module_can_be_imported_first(module):
    code = f"import django; django.setup(); import {module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
