"""SQL made once answers each person as their policy does: every prepared query that takes a user, for every
role, beside the same queryset built for that person alone.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.prepared import prepared
from schools.models import School
from students.models import Barrier, Student
from tests.factories.cast import make_cast
from tests.factories.long_file import fill_now

pytestmark = pytest.mark.django_db

A_WHILE = timedelta(days=30)
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
        and "user" in inspect.signature(one.__wrapped__).parameters
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


def values_for(name: str, query: Callable, user: User, at: datetime) -> dict[str, Any]:
    on = timezone.localdate(at)
    then = on - A_WHILE if name.startswith(DAYS) else at - A_WHILE
    later = on if name.startswith(DAYS) else at + A_WHILE
    keys = list(Student.objects.values_list("pk", flat=True)[:50])
    schools = list(School.objects.values_list("pk", flat=True))
    known = {
        "user": user,
        "at": at,
        "on": on,
        "since": then,
        "closed_since": then,
        "before": later,
        "until": later,
        "limit": 100,
        "asked": [],
        "here": schools,
        "schools": schools,
        "phones": schools,
        "school_id": schools[0],
        "county_id": School.objects.get(pk=schools[0]).county_id,
        "children": keys,
        "adult_ids": list(range(1, 500)),
        "notice_ids": list(range(1, 100)),
        "student_id": keys[0],
    }
    wanted = inspect.signature(query.__wrapped__).parameters  # type: ignore[attr-defined]
    return {key: known[key] for key, one in wanted.items() if one.default is one.empty}


def rows_of(found: Any) -> list[str]:
    return sorted(str(getattr(row, "pk", row)) for row in found)


def differing(user: User, at: datetime) -> tuple[dict[str, tuple], int]:
    """What differs for this person, and how many rows there were."""
    wrong, rows = {}, 0
    for name, query in prepared_for_users().items():
        values = values_for(name, query, user, at)
        kept, plain = rows_of(query(**values)), rows_of(query.__wrapped__(**values))  # type: ignore[attr-defined]
        rows += len(plain)
        if kept != plain:
            wrong[name] = (kept, plain)
    return wrong, rows


def test_there_are_many():
    assert len(prepared_for_users()) > 40


def test_each_role_gets_what_its_policy_says():
    cast, at = make_cast(), timezone.now()
    for number, child in enumerate(Student.objects.order_by("pk")):
        fill_now(child, cast.adults["mother"], cast.users["teacher"], number, at)
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["xiaobao"],
        user=cast.users["next_teacher"],
        set_by=cast.users["principal"],
        set_at=at,
    )
    seen = {}
    for role, user in cast.users.items():
        wrong, seen[role] = differing(user, at)
        assert wrong == {}, role
    assert seen["teacher"] > 0
    assert seen["counsellor"] > 0
    assert seen["superuser"] == 0


def test_one_persons_answer_is_never_anothers():
    """In turns, so that nothing is left of whoever asked before."""
    cast, at = make_cast(), timezone.now()
    fill_now(cast.students["mengyao"], cast.adults["mother"], cast.users["teacher"], 0, at)
    first = {name: differing(user, at) for name, user in cast.users.items()}
    again = {name: differing(user, at) for name, user in reversed(cast.users.items())}
    assert first == again


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
