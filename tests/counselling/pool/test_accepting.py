"""One child, one counsellor: who may accept a brief."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from counselling.cases import actions as case_actions
from counselling.cases import left as left_cases
from counselling.concerns import actions as acts
from counselling.models import (
    Case,
    Engagement,
    PoolMember,
)
from counselling.pool import actions as pool_actions
from safeguarding import actions as concerns
from students.models import Student
from tests.blocking import wait_until_somebody_waits
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
from tests.factories.cast import (
    make_adult,
    make_cast,
    make_guardianship,
    make_post,
    make_user,
)

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


def test_the_word_of_who_no_longer_decides_opens_nothing_though_another_does(cast, brief):
    far_father = make_adult(cast.other_school, "马国强", "+8613893510066")
    make_guardianship(brief.student, far_father, "father")
    assert opens(cast, "guest", brief)
    brief.student.guardianships.filter(adult=brief.consent_by).update(may_decide=False)
    assert not opens(cast, "guest", brief)
    with pytest.raises(pool_actions.Taken):
        pool.accept(brief, cast.users["guest"])


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


def at_once(**steps: Callable[[], object]) -> dict[str, object]:
    """What each of `steps` returns or raises, all begun at one moment, each over a connection of its own."""
    ready, outcomes = threading.Barrier(len(steps)), {}

    def run(name: str) -> None:
        connection.ensure_connection()
        ready.wait()
        try:
            outcomes[name] = steps[name]()
        except Exception as error:
            outcomes[name] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in steps]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return outcomes


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
    outcomes = at_once(**{who: partial(pool.accept, brief, cast.users[who]) for who in people})
    kinds = sorted(type(one).__name__ for one in outcomes.values())
    assert kinds == ["Case", "Taken", "Taken", "Taken"]
    assert Case.objects.count() == Engagement.objects.count() == 1
    winner = next(who for who in people if isinstance(outcomes[who], Case))
    assert Case.objects.get().owner == cast.users[winner]
    assert pool.accept(brief, cast.users[winner]) == Case.objects.get()  # a second tap


CHILDREN = ("yuan", "far0", "far1", "far2", "far3")


def _by_the_same(cast, brief):
    return brief.concern


def _by_another(cast, brief):
    name = next(name for name in CHILDREN if cast.students[name] == brief.student)
    return pool.make_concern(cast, student=name)


def _by_one_that_is_closed(cast, brief):
    other = _by_another(cast, brief)
    by = cast.users["far_principal"]
    return acts.close(concern=other, by=by, closing="answered", words="好了", at=timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", [_by_the_same, _by_another, _by_one_that_is_closed])
def test_a_guest_who_accepts_and_a_colleague_who_takes_up_at_once_never_both_get_the_child(which):
    """Two connections, five children: the one who was second is told so, and no two cases, no two keepers."""
    cast = make_cast()
    pool.make_pool(cast)
    guest, at = cast.users["guest"], timezone.now()
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=9, at=at)
    own = make_user("own", "何老师")
    make_post(own, "counsellor", school=cast.other_school)
    for name in CHILDREN:
        brief = pool.make_brief(cast, student=name)
        concern = which(cast, brief)
        found = at_once(
            guest=partial(pool.accept, brief, guest),
            own=partial(case_actions.open_case, concern=concern, by=own, at=at),
        )
        brief.refresh_from_db()
        case = Case.objects.get(student=brief.student)
        if case.owner == guest:
            assert (found["guest"], brief.state) == (case, "accepted")
            assert isinstance(found["own"], case_actions.KeptByAnother)
            assert Engagement.objects.get(case=case).user == guest
        else:
            assert (case.owner, found["own"], brief.state) == (own, case, "taken_back")
            assert isinstance(found["guest"], pool_actions.Taken)
            assert not Engagement.objects.filter(case=case).exists()


@pytest.mark.django_db(transaction=True)
def test_a_closed_concern_is_locked_before_its_child_too():
    """Whoever accepts holds the concern and wants the child; a colleague who takes the same concern up, which
    was closed meanwhile, must not hold the child and want the concern.
    """
    cast = make_cast()
    pool.make_pool(cast)
    own, at = make_user("own", "何老师"), timezone.now()
    make_post(own, "counsellor", school=cast.other_school)
    concern = pool.make_brief(cast).concern
    by = cast.users["far_principal"]
    acts.close(concern=concern, by=by, closing="answered", words="好了", at=at)
    found = []

    def take_up() -> None:
        try:
            found.append(case_actions.open_case(concern=concern, by=own, at=at))
        finally:
            connection.close()

    thread = threading.Thread(target=take_up)
    with transaction.atomic():
        concerns.lock(concern)
        thread.start()
        wait_until_somebody_waits()
        Student.objects.select_for_update(no_key=True).get(pk=concern.student_id)
    thread.join()
    assert found == [Case.objects.get()]


@pytest.mark.django_db(transaction=True)
def test_who_accepts_and_leaves_at_once_does_one_of_the_two():
    """Accepting holds the own place and then writes of the account; leaving must not hold the account against
    it, nor miss the child that comes meanwhile.
    """
    cast = make_cast()
    pool.make_pool(cast)
    brief, guest, at = pool.make_brief(cast), cast.users["guest"], timezone.now()
    found = []

    def leave() -> None:
        try:
            found.append(pool_actions.stop_offering(by=guest, at=at))
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=leave)
    with transaction.atomic():
        PoolMember.objects.select_for_update().get(user=guest, ended_at=None)
        thread.start()
        wait_until_somebody_waits()
        pool.accept(brief, guest)
    thread.join()
    assert [type(one) for one in found] == [pool_actions.StillEngaged]
    assert PoolMember.objects.filter(user=guest, ended_at=None).exists()
