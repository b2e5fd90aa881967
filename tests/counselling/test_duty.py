"""The ladder calls whoever is on duty at that moment; without a roster it calls as it did before."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts import clock
from counselling import actions, queries, rules
from counselling.levels.roster import roster_of
from counselling.models import Concern
from counselling.policies import concerns_visible_to
from counselling.rules import PostFacts
from messaging.models import OutboxMessage
from schools.models import Post
from students.models import Barrier
from tests.factories.cast import make_cast
from tests.factories.duty import put, put_now

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
NIGHT = datetime.combine(
    MONDAY + timedelta(days=1), time(3), ZONE
)  # Tuesday at three: Monday's night


@pytest.fixture
def cast():
    return make_cast()


def top_of(cast, at: datetime) -> list[str]:
    concern = Concern(school=cast.school, student=cast.students["mengyao"])
    names = {user.pk: who for who, user in cast.users.items()}
    return [names[pk] for pk in queries.rungs_of(concern, at)[-1]]


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
