"""A second round of the same scale on the same children asks first, and says what the scale says."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import clock
from surveys import actions, rules, shipped, wording
from surveys.models import Round, Seat
from tests.factories.cast import make_guardianship, make_student
from tests.factories.surveys import answer, keep_scale, open_round, say_yes, seat_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor(cast) -> Client:
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    return client


def form(cast, **change) -> dict:
    return {
        "key": str(uuid4()),
        "choice": "weekly-mood",
        "classes": [cast.school_class.pk],
        "due_on": timezone.localdate(clock.now()).isoformat(),
        "talks_per_week": "9",
    } | change


def days_ago(days: int) -> None:
    """What was opened and answered now, was so many days ago."""
    back = timedelta(days=days)
    Round.objects.update(opened_at=F("opened_at") - back)
    Seat.objects.update(begun_at=F("begun_at") - back, finished_at=F("finished_at") - back)


def test_it_asks_says_why_and_opens_when_somebody_says_so(cast, counsellor):
    seat = answer(seat_of(cast), {"mood": "2", "listened": "3"})
    actions.close_round(round_=seat.round, by=cast.users["counsellor"], at=clock.now())
    sent = form(cast)
    asked = counsellor.post(reverse("surveys:new"), sent)
    assert asked.status_code == 422
    [error] = asked.context["form"].errors["again"]
    assert "1" in error
    assert wording.how_often(shipped.instruments()["weekly-mood"]) in error
    assert Round.objects.count() == 1
    assert 'name="again"' in asked.content.decode()
    assert counsellor.post(reverse("surveys:new"), sent | {"again": "on"}).status_code == 302
    # The same tap again opens nothing and asks nothing.
    assert counsellor.post(reverse("surveys:new"), sent).status_code == 302
    assert Round.objects.count() == 2


@pytest.mark.parametrize(("days", "asks"), [(6, True), (7, False)])
def test_the_window_is_the_definitions(cast, days, asks):
    seat = answer(seat_of(cast), {"mood": "2", "listened": "3"})
    actions.close_round(round_=seat.round, by=cast.users["counsellor"], at=clock.now())
    days_ago(days)
    if asks:
        with pytest.raises(actions.AskedLately) as refused:
            open_round(cast, again=False)
        assert (refused.value.lately.children, refused.value.lately.days) == (1, 7)
    else:
        open_round(cast, again=False)


@pytest.mark.parametrize(("days", "asks"), [(13, True), (14, False)])
def test_where_nothing_is_published_the_talks_come_first(cast, days, asks):
    edition = keep_scale(cast)
    assert rules.again_after_days(edition.instrument) == rules.FOLLOW_UP_WEEKS * 7
    answer(seat_of(cast, choice=str(edition.pk)), {"one": "1", "two": "1", "three": "0"})
    actions.close_round(round_=Round.objects.get(), by=cast.users["counsellor"], at=clock.now())
    # Other words of the same scale are the same scale.
    other = keep_scale(cast, intro={"en": "Think of this week."})
    days_ago(days)
    if asks:
        with pytest.raises(actions.AskedLately):
            open_round(cast, str(other.pk), again=False)
    else:
        open_round(cast, str(other.pk), again=False)


def test_a_round_that_is_open_asks_however_old_it_is(cast):
    say_yes(cast)
    due_on = timezone.localdate(clock.now()) + timedelta(days=40)
    opened = open_round(cast, due_on=due_on)
    days_ago(30)
    with pytest.raises(actions.AskedLately) as refused:
        open_round(cast, again=False)
    assert refused.value.lately.is_open
    actions.close_round(round_=opened, by=cast.users["counsellor"], at=clock.now())
    open_round(cast, again=False)


def test_other_children_other_people_and_other_questions_are_not_the_same(cast):
    answer(seat_of(cast), {"mood": "2", "listened": "3"})
    actions.close_round(round_=Round.objects.get(), by=cast.users["counsellor"], at=clock.now())
    open_round(cast, str(keep_scale(cast).pk), again=False)
    staff = {"respondents": ["staff"], "needs_consent": False, "key": "weekly-mood"}
    open_round(cast, str(keep_scale(cast, **staff).pk), how="staff", again=False)
    Round.objects.all().update(closed_at=clock.now(), closed_by=cast.users["counsellor"])
    # Of two children one was asked this week: one is named.
    say_yes(cast, make_student_with_mother(cast))
    with pytest.raises(actions.AskedLately) as refused:
        open_round(cast, again=False)
    assert refused.value.lately.children == 1


def make_student_with_mother(cast):
    child = make_student(cast.school_class, "徐小二")
    make_guardianship(child, cast.adults["mother"], "mother")
    return child


def test_the_same_adults_at_home_and_in_a_talk_are_the_same(cast):
    say_yes(cast)
    open_round(cast, "school-listens", how="home")
    with pytest.raises(actions.AskedLately):
        open_round(cast, "school-listens", how="interview", again=False)


@pytest.mark.parametrize("key", sorted(shipped.instruments()))
def test_what_a_scale_says_about_how_often_is_shown(counsellor, key):
    known = shipped.instruments()[key]
    assert bool(known.again_after_days) is bool(known.again_source)
    assert known.again_source == {} or set(known.again_source) == {"en", "zh-hans"}
    page = counsellor.get(reverse("surveys:instrument", args=[key])).content.decode()
    assert (wording.how_often(known).partition("（")[0] in page) is not known.never_in_a_round
    if known.has_wording:
        new = counsellor.get(reverse("surveys:new")).content.decode()
        assert wording.how_often(known) in new
