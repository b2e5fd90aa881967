"""One child, one counsellor: who may accept a brief."""

import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from counselling.cases import left as left_cases
from counselling.models import (
    Case,
    Engagement,
    PoolMember,
)
from counselling.pool import actions as pool_actions
from tests.counselling.pool.happenings import (
    KEPT_OUT,
    WORDS,
    client_of,
    is_barred,
    is_of_the_family,
    is_suspected_elsewhere,
    leaves_the_post,
    opens,
    today,
    works_at_that_school,
)
from tests.factories import pool
from tests.factories.cast import make_cast, make_post, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("happens", KEPT_OUT)
def test_who_may_not_accept_sees_nothing_and_hears_only_that_it_is_taken(cast, brief, happens):
    assert opens(cast, "guest", brief)
    happens(cast, brief)
    assert not opens(cast, "guest", brief)
    before = Engagement.objects.filter(user=cast.users["guest"]).count()
    with pytest.raises(pool_actions.Taken):
        pool.accept(brief, cast.users["guest"])
    assert Engagement.objects.filter(user=cast.users["guest"]).count() == before
    answer = client_of(cast.users["guest"]).post(reverse("counselling:brief", args=[brief.pk]))
    assert answer.status_code in (404, 409)
    own_school = {"十八里堡"} if happens is works_at_that_school else set()
    assert not [word for word in {*WORDS} - own_school if word in answer.content.decode()]


@pytest.mark.parametrize(
    "happens", [leaves_the_post, is_suspected_elsewhere, is_barred, is_of_the_family]
)
def test_who_accepted_loses_the_child_at_once_and_the_school_hears_of_it(cast, brief, happens):
    case = pool.accept(brief, cast.users["guest"])
    address = reverse("counselling:case", args=[case.pk])
    assert client_of(cast.users["guest"]).get(address).status_code == 200
    happens(cast, brief)
    assert client_of(cast.users["guest"]).get(address).status_code == 404
    told = left_cases.work_for(cast.users["far_principal"], timezone.now())
    assert [one.key for one in told] == [f"left-{case.pk}"]


def test_a_counsellor_takes_no_more_than_they_said(cast, brief):
    guest, at = cast.users["guest"], timezone.now()
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=1, at=at)
    pool.accept(brief, guest)
    second = pool.make_brief(cast, student="far0")
    with pytest.raises(pool_actions.Full):
        pool.accept(second, guest)
    assert opens(cast, "guest", second)
    assert "pool" not in today(cast, "guest")
    assert "pool" in today(cast, "counsellor")
    with pytest.raises(pool_actions.StillEngaged):
        pool_actions.stop_offering(by=guest, at=at)
    assert PoolMember.objects.filter(user=guest, ended_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_of_counsellors_who_accept_at_once_one_gets_the_child():
    """Four connections: two would do for the rule, more also meet a deadlock, were there one."""
    cast = make_cast()
    pool.make_pool(cast)
    for number in range(2):
        user = cast.users[f"more{number}"] = make_user(f"more{number}", f"何{number}")
        make_post(user, "counsellor", school=cast.school)
        at = timezone.now()
        pool_actions.offer(by=user, county_id=cast.county.pk, capacity=1, at=at)
    brief = pool.make_brief(cast)
    people = ["counsellor", "guest", "more0", "more1"]
    ready, outcomes = threading.Barrier(len(people)), {}

    def take(who: str) -> None:
        connection.ensure_connection()
        ready.wait()
        try:
            outcomes[who] = pool.accept(brief, cast.users[who])
        except Exception as error:
            outcomes[who] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(who,)) for who in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    kinds = sorted(type(one).__name__ for one in outcomes.values())
    assert kinds == ["Case", "Taken", "Taken", "Taken"]
    assert Case.objects.count() == Engagement.objects.count() == 1
    winner = next(who for who in people if isinstance(outcomes[who], Case))
    assert Case.objects.get().owner == cast.users[winner]
    assert pool.accept(brief, cast.users[winner]) == Case.objects.get()  # a second tap
