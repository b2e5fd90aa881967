"""A counsellor leaves: the case is seen to, taken by another, and read by nobody in between."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord, User
from core import clock
from counselling.cases import left as left_cases
from counselling.models import CaseEntry
from safeguarding import actions as concerns
from schools.models import Post
from students import barriers
from tests.factories import cases
from tests.factories.cast import Cast, make_adult, make_guardianship

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast):
    cases.second_counsellor(cast)
    case = cases.make_case(cast)
    cases.note(case, words=cases.SAID)
    return case


def leave(cast: Cast, how: str = "post") -> None:
    user = cast.users["counsellor"]
    if how == "post":
        on = timezone.localdate() - timedelta(days=1)
        Post.objects.filter(user=user).update(ends_on=on)
    elif how == "account":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif how == "blocked":
        block = {"blocked_by": cast.users["principal"], "blocked_reason": "法院"}
        aunt = make_adult(cast.school, "陈敏", user=user, blocked_at=timezone.now(), **block)
        make_guardianship(cast.students["mengyao"], aunt, "relative")
    else:
        barriers.set_barrier(
            student=cast.students["mengyao"],
            user=user,
            reason="核实",
            by=cast.users["principal"],
            at=clock.now(),
        )


def told(cast: Cast, who: str) -> list[str]:
    return [one.why for one in left_cases.work_for(cast.users[who], clock.now())]


def post(cast: Cast, who: str, pk: int):
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client.post(reverse("counselling:case_take_over", args=[pk]))


@pytest.mark.parametrize("how", ["post", "account", "barrier", "blocked"])
def test_it_is_seen_to_as_soon_as_nobody_keeps_it(cast, case, how):
    everybody = ("principal", "second", "counsellor", "teacher", "admin", "superuser")
    assert not [who for who in everybody if told(cast, who)]
    leave(cast, how)
    assert {who for who in everybody if told(cast, who)} == {"principal", "second"}
    assert cases.SAID not in told(cast, "principal")[0]


def test_another_takes_it_and_everything_is_noted(cast, case):
    leave(cast)
    for _ in range(2):
        assert post(cast, "second", case.pk).status_code == 302
    case.refresh_from_db()
    entry = CaseEntry.objects.get(kind="taken_over")
    assert (case.owner, entry.about) == (cast.users["second"], cast.users["counsellor"])
    assert AccessRecord.objects.filter(what=f"case {case.pk} taken over").count() == 1
    assert told(cast, "principal") == []


def test_the_principal_reads_and_takes_nothing(cast, case):
    leave(cast)
    answer = post(cast, "principal", case.pk)
    assert answer.status_code == 422
    assert cases.SAID not in answer.content.decode()
    assert "孙静" in answer.content.decode()  # whom to ask
    case.refresh_from_db()
    assert case.owner == cast.users["counsellor"]


def test_a_counsellor_who_takes_up_a_further_concern_is_shown_the_way(cast, case):
    concern = concerns.raise_worry(
        student=case.student,
        by=cast.users["teacher"],
        words="又一个人",
        is_urgent=False,
        at=timezone.now(),
        key="again",
    )
    client = Client()
    client.force_login(cast.users["second"], "django.contrib.auth.backends.ModelBackend")
    way = reverse("counselling:case_take_over", args=[case.pk])
    for is_left in (False, True):
        page = client.post(reverse("counselling:take_up", args=[concern.pk]))
        assert (way in page.content.decode()) == is_left
        leave(cast)


def test_a_case_that_is_kept_is_taken_by_nobody(cast, case):
    assert post(cast, "second", case.pk).status_code == 404
    with pytest.raises(left_cases.NotLeft):
        left_cases.take_over(case=case, by=cast.users["second"], at=clock.now(), ip=None)
