"""The school's side: writing a brief, and one that nobody takes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from counselling import secrecy
from counselling.models import Brief, Case
from counselling.pool import actions as pool_actions
from counselling.pool import presenters, rules
from counselling.pool import work as pool_work
from safeguarding.models import Concern
from schools.models import County, Post
from schools.roles import Role
from tests.counselling.pool.happenings import client_of, concern_is_closed, shows, today
from tests.counselling.test_secrecy import new_key
from tests.factories import pool
from tests.factories.cast import make_post, make_school, make_user
from tests.factories.factors import give_factor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("level", "days"), [("orange", 1), ("yellow", 5)])
def test_a_brief_that_nobody_takes_comes_back_to_its_handler_and_principal(cast, level, days):
    at = timezone.now()
    brief = pool.make_brief(cast, concern=pool.make_concern(cast, level=level, at=at), at=at)
    assert days <= (brief.late_at - at).days <= rules.LONGEST_WAIT_DAYS[level]
    assert today(cast, "far_principal") == []
    assert today(cast, "far_principal", brief.late_at) == [f"pool-{brief.pk}"]
    assert today(cast, "far_teacher", brief.late_at) == []  # neither handler nor principal


def written(brief_key, **facts) -> dict:
    return {
        "key": brief_key,
        "troubles": ["sad"],
        "asks": ["phone"],
        "language": "standard",
        "reach": "far",
        "weekdays": ["2"],
        "words": "夜里常醒",
        "permission": "ground",
        "ground": "no_carer",
        "ground_words": "父母都联系不上",
        **facts,
    }


def test_nothing_goes_into_the_queue_that_was_not_looked_at(cast):
    concern, key = pool.make_concern(cast), uuid4()
    principal = client_of(cast.users["far_principal"])
    address = reverse("counselling:hand_on", args=[concern.pk])
    unseen = principal.post(address, written(key, act="send"))
    assert (unseen.status_code, Brief.objects.count()) == (200, 0)
    seen = unseen.context["form"]["seen"].value()
    changed = principal.post(address, written(key, act="send", seen=seen, words="别的话"))
    assert (changed.status_code, Brief.objects.count()) == (200, 0)
    for _ in range(2):
        assert principal.post(address, written(key, act="send", seen=seen)).status_code in (
            200,
            302,
        )
    assert Brief.objects.get().ground == "no_carer"


@pytest.mark.parametrize(
    "words", ["马思源夜里醒", "四年级的", "在十八里堡上学", "打13893510005", "找杨老师"]
)
def test_words_that_tell_are_refused_at_their_field_and_kept(cast, words):
    concern = pool.make_concern(cast)
    principal = client_of(cast.users["far_principal"])
    address = reverse("counselling:hand_on", args=[concern.pk])
    answer = principal.post(address, written(uuid4(), act="look", words=words))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["words"]
    assert words in answer.content.decode()


def test_red_waits_in_no_queue(cast):
    concern = pool.make_concern(cast, level="red")
    page = shows(cast, "far_principal", reverse("counselling:hand_on", args=[concern.pk]))
    assert "id_words" not in page
    with pytest.raises(pool_actions.Refused):
        pool.make_brief(cast, concern=concern)


def test_where_there_is_no_counsellor_whoever_is_on_duty_hands_on(cast):
    concern, address = pool.make_concern(cast), "counselling:hand_on"
    teacher = client_of(cast.users["far_teacher"])
    asked = teacher.get(reverse(address, args=[concern.pk]))
    assert asked["Location"] == reverse("second_step")  # before anybody says what is there
    give_factor(cast.users["far_teacher"])
    teacher = client_of(cast.users["far_teacher"])
    assert teacher.get(reverse(address, args=[concern.pk])).status_code == 404
    Post.objects.filter(user=cast.users["far_teacher"], role=Role.CLASS_TEACHER).update(
        is_duty=True
    )
    assert teacher.get(reverse(address, args=[concern.pk])).status_code == 200
    make_post(make_user("own", "何老师"), "counsellor", school=cast.other_school)
    assert teacher.get(reverse(address, args=[concern.pk])).status_code == 404


def test_the_named_adult_comes_from_today_to_the_concern_and_takes_nothing_back(cast):
    at, teacher = timezone.now() - timedelta(days=9), cast.users["far_teacher"]
    brief = pool.make_brief(cast, at=at)
    Concern.objects.filter(pk=brief.concern_id).update(named_adult=teacher)
    (row,) = pool_work.work_for(teacher, timezone.now())
    page = client_of(teacher).get(row.act_url)
    assert (page.status_code, brief.code in page.content.decode()) == (200, True)
    assert 'value="take_back"' not in page.content.decode()


def test_a_brief_tells_neither_days_nor_hours_nor_the_way(cast, brief):
    page = shows(cast, "guest", reverse("counselling:brief", args=[brief.pk]))
    assert presenters.way_words(brief) not in page
    assert presenters.weekday_words(brief.weekdays) not in page
    case = pool.accept(brief, cast.users["guest"])
    assert presenters.way_words(brief) in shows(
        cast, "guest", reverse("counselling:case", args=[case.pk])
    )


def test_without_a_key_nothing_is_written_and_a_concern_still_closes(cast, settings):
    concern, brief = pool.make_concern(cast, student="far0"), pool.make_brief(cast)
    settings.NOTE_KEYS = []
    with pytest.raises(secrecy.NoKey):
        pool.make_brief(cast, concern=concern)
    assert Brief.objects.count() == 1
    settings.NOTE_KEYS = [new_key()]
    answer = client_of(cast.users["guest"]).post(reverse("counselling:brief", args=[brief.pk]))
    assert (answer.status_code, Case.objects.count()) == (503, 0)
    settings.NOTE_KEYS = []
    concern_is_closed(cast, brief)
    brief.refresh_from_db()
    assert (brief.state, bytes(brief.sealed)) == ("ended", b"")


def test_ten_in_the_queue_cost_as_many_queries_as_one(cast, brief):
    page, address = client_of(cast.users["guest"]), reverse("counselling:pool")
    page.get(address)
    with CaptureQueriesContext(connection) as one:
        page.get(address)
    for number in range(4):
        pool.make_brief(cast, student=f"far{number}")
    with CaptureQueriesContext(connection) as five:
        page.get(address)
    assert len(five) == len(one)


def test_a_new_number_leaves_a_member_in_their_own_county(cast):
    """A post in a county with a lower key does not move them there."""
    guest = cast.users["guest"]
    member = pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=1, at=timezone.now())
    other = County.objects.create(pk=cast.county.pk - 1000, name="天祝县")
    make_post(guest, Role.COUNSELLOR, school=make_school(other, "土门小学", "620623001"))
    client_of(guest).post(reverse("counselling:pool"), {"act": "offer", "capacity": 2})
    member.refresh_from_db()
    assert (member.ended_at, member.capacity) == (None, 2)
