"""SQL made once answers each person as their policy does: every prepared query that takes a user, for one of
each role at the demo's schools, beside the same queryset built for that person alone.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from core.prepared import prepared
from demo.county import seed as seed_county
from guardians.models import Adult
from meetings.models import Meeting
from notices.models import Notice, NoticeChild
from safeguarding.models import Concern
from schools.models import Post, School
from students.models import Barrier, Enrolment, Student

pytestmark = pytest.mark.django_db

A_WHILE = timedelta(days=30)
TUESDAY = datetime(2026, 11, 24, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
# Of which the demo has nothing: of these the comparison says nothing.
EMPTY = {
    "counselling.cases.left._given",
    "counselling.cases.left._left",
    "counselling.cases.queries._waiting_for",
    "safeguarding.early_warning.queries._open_keys",
    "safeguarding.early_warning.queries._waiting",
    "counselling.plans.looks._asked_of",
    "counselling.plans.looks._once_sent_back",
    "counselling.pool.policies._engaged_now",
    "counselling.pool.policies._memberships",
    "counselling.pool.queries._late",
    "counselling.pool.queries._open_in",
    "counselling.received.work._waiting",
    "counselling.referrals.queries._nobodys",
    "doors.staff.own_banners._offers",
    "doors.staff.own_banners._offers_to_agree",
    "doors.staff.own_banners._resets_to_agree",
    "reunions.work._without_outcome",
    "reunions.work._changed_unknown_to_child",
    "threads.queries.incoming.left_in_tray",
    "threads.queries.inbox.class_followed",
    "threads.queries.inbox.own_followed",
    "threads.timeline._in_hand",
    "threads.work._without_owner",
    "transfers.work._open",
    "transfers.work._unconfirmed",
    "transfers.work._unheard",
    "visits.work._left_open",
    "visits.work._promised",
}
# It looks through the threads that it is given, and these come by a policy (tests/threads/test_inbox.py).
GIVEN = {"threads.queries.inbox._found"}
# Of `since` and the like the room's own: a day, or an instant.
DAYS = ("reunions.work",)


def prepared_for_users() -> dict[str, Callable]:
    """Name → query, of all apps."""
    return {
        f"{module.__name__}.{name}": one
        for module in _modules()
        for name, one in vars(module).items()
        if getattr(one, "__module__", "") == module.__name__
        and getattr(one, "__code__", None) is _CODE
        and "user" in inspect.signature(one).parameters
        and f"{module.__name__}.{name}" not in GIVEN
    }


_CODE = prepared(lambda: Student.objects.all()).__code__  # what `prepared` puts around each of them


def _modules() -> Iterator[Any]:
    ours = [one for one in apps.get_app_configs() if one.path.startswith(str(settings.BASE_DIR))]
    for config in ours:
        if ".venv" in config.path:
            continue
        for found in pkgutil.walk_packages([config.path], f"{config.module.__name__}."):
            if ".migrations" not in found.name and ".management" not in found.name:
                yield importlib.import_module(found.name)


def values_for(name: str, query: Callable, user: User, at: datetime) -> list[dict[str, Any]]:
    """What it is asked with, without and with what may be left out."""
    on = timezone.localdate(at)
    then = on - A_WHILE if name.startswith(DAYS) else at - A_WHILE
    later = on if name.startswith(DAYS) else at + A_WHILE
    keys = list(Student.objects.order_by("pk").values_list("pk", flat=True))
    schools = list(School.objects.order_by("pk").values_list("pk", flat=True))
    known = {
        "user": user,
        "at": at,
        "on": on,
        "since": then,
        "closed_since": then,
        "before": later,
        "until": later,
        "born_until": on,
        "limit": 100,
        "asked": [],
        "here": schools,
        "schools": schools,
        "phones": schools,
        "school_id": schools[0],
        "class_id": Enrolment.objects.filter(school=schools[0]).values_list(
            "school_class", flat=True
        )[0],
        "county_id": School.objects.get(pk=schools[0]).county_id,
        "children": keys,
        "student_ids": keys,
        "adult_ids": list(Adult.objects.values_list("pk", flat=True)),
        "meeting_ids": list(Meeting.objects.values_list("pk", flat=True)),
        "notice_ids": list(Notice.objects.values_list("pk", flat=True)),
        "student_id": Concern.objects.filter(student__in=NoticeChild.objects.values("student"))
        .order_by("pk")
        .values_list("student", flat=True)
        .first(),
    }
    wanted = inspect.signature(query).parameters
    needed = {key: known[key] for key, one in wanted.items() if one.default is one.empty}
    whole = {key: known[key] for key in wanted}
    return [needed] if whole == needed else [needed, whole]


def rows_of(name: str, found: Any) -> list[str]:
    rows = sorted(str(getattr(row, "pk", row)) for row in found)
    return ["yes"] * bool(rows) if "._any_" in name else rows  # there is one, whichever


def rows_by(user: User, at: datetime, *, plain: bool = False) -> dict[str, list[str]]:
    """Rows of each query for this person; `plain` as their policy alone says, without SQL made before."""
    return {
        name: [
            row
            for values in values_for(name, query, user, at)
            for row in rows_of(name, (inspect.unwrap(query) if plain else query)(**values))
        ]
        for name, query in prepared_for_users().items()
    }


def overlooked(user: User, at: datetime) -> list[str]:
    """Queries with rows of which a first look finds none."""
    found = []
    for name, query in prepared_for_users().items():
        for values in values_for(name, query, user, at):
            look = query.first_look(**values)
            if query(**values) and not look.statement.found(look.filled):
                found.append(name)
    return found


def test_there_are_many():
    assert len(prepared_for_users()) > 40


def test_each_person_gets_what_their_policy_says_and_nothing_is_left_of_whoever_asked_before():
    """All who work at the demo's schools, where every room has something in it, forwards and backwards."""
    seed_county(at=TUESDAY, progress=lambda done: None, schools=1, students=120, weeks=4, seed=1)
    teacher = User.objects.get(username="zhanglihua")
    Barrier.objects.create(
        school=School.objects.get(name="黄羊川中心小学"),
        student=Concern.objects.filter(named_adult=teacher).first().student,
        user=teacher,
        set_by=User.objects.get(username="majianguo"),
        set_at=TUESDAY,
    )
    one_of_each = Post.objects.order_by("school_id", "role", "pk").distinct("school_id", "role")
    people = [teacher, *User.objects.filter(posts__in=list(one_of_each)).distinct().order_by("pk")]
    expected = {user: rows_by(user, TUESDAY, plain=True) for user in people}
    for user in [*people, *reversed(people)]:
        assert rows_by(user, TUESDAY) == expected[user], user.username
    for user in people:
        assert overlooked(user, TUESDAY) == [], user.username
    assert {
        name for name in prepared_for_users() if not any(one[name] for one in expected.values())
    } == EMPTY
    assert len({str(rows) for rows in expected.values()}) > 5


def test_a_policy_that_asks_its_user_anything_else_fails_loudly(admin_user):
    @prepared
    def of_superusers(*, user):
        rows = Student.objects.all()
        return rows if user.is_superuser else rows.none()

    @prepared
    def counted(*, user):
        return Student.objects.filter(pk__lte=len(read_schools(user)))

    with pytest.raises(AttributeError):
        of_superusers(user=admin_user)
    with pytest.raises(TypeError):
        counted(user=admin_user)


def read_schools(user):
    from schools.policies import school_ids_of

    return school_ids_of(user, timezone.localdate())
