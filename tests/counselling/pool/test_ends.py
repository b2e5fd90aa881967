"""However a guest's work ends, nothing more is read and somebody at the school hears of it."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from counselling.cases import actions as case_actions
from counselling.concerns import actions as acts
from counselling.models import Brief, Case, CaseEntry, Engagement
from counselling.pool import actions as pool_actions
from counselling.pool import ends, rules
from safeguarding import actions as concerns
from safeguarding.levels import triage
from safeguarding.models import Concern, ConcernEntry
from safeguarding.reports.policies import staff_to_name
from tests.counselling.pool.happenings import client_of, opens, shows
from tests.factories import cases, pool, reports
from tests.factories.cast import Cast, make_post, make_user

pytestmark = pytest.mark.django_db


def test_given_back_the_school_is_told_and_the_guest_reads_nothing_more(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    cases.note(case, words="他说想爸爸")
    guest = client_of(cast.users["guest"])
    address = reverse("counselling:case_give_back", args=[case.pk])
    assert guest.post(address, {"words": ""}).status_code == 422
    assert guest.post(address, {"words": "我下周住院"}).status_code == 302
    assert guest.get(reverse("counselling:case", args=[case.pk])).status_code == 404
    write = reverse("counselling:case_write", args=[case.pk, "note"])
    late = guest.post(write, {"words": "还没写完", "key": uuid4()})
    assert (late.status_code, "还没写完" in late.content.decode()) == (409, True)
    concern = shows(cast, "far_principal", reverse("counselling:detail", args=[brief.concern_id]))
    assert ("我下周住院" in concern, "他说想爸爸" in concern) == (True, False)
    assert ConcernEntry.objects.filter(kind="told", concern=brief.concern).count() >= 1
    # Another counsellor goes on with the same case, its notes and a new code.
    again = pool.make_brief(cast, concern=brief.concern)
    assert again.code != brief.code
    assert pool.accept(again, cast.users["counsellor"]) == case
    notes = case_actions.read_notes(case=case, by=cast.users["counsellor"], ip=None)[0]
    assert "他说想爸爸" in {one.words for one in notes}
    assert CaseEntry.objects.filter(case=case, kind="taken_over").count() == 1


@pytest.mark.parametrize("how", ["closed", "school", "handed_over"])
def test_access_ends_with_the_case_by_the_school_and_by_a_hand_over(cast, brief, how):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    if how == "closed":
        cases.note(case, kind="summary", words="好了")
        close = {"to": "closed", "outcome": "reached"}
        answer = client_of(cast.users["guest"]).post(
            reverse("counselling:case_move", args=[case.pk]), close
        )
        assert answer["Location"] == reverse("counselling:pool")
    elif how == "school":
        pool_actions.take_back(concern=brief.concern, by=cast.users["far_principal"], at=at)
    else:
        own = make_user("own", "何老师")
        make_post(own, "counsellor", school=cast.other_school)
        case_actions.hand_over(case=case, by=cast.users["guest"], to=own, at=at)
    assert Engagement.objects.get().ending == how
    address = reverse("counselling:case", args=[case.pk])
    assert client_of(cast.users["guest"]).get(address).status_code == 404
    assert not shows(cast, "guest", reverse("counselling:pool")).count("马思源")


def test_taken_home_a_second_time_it_is_on_record_once(cast, brief):
    case, by = pool.accept(brief, cast.users["guest"]), cast.users["far_principal"]
    for _again in range(2):
        assert pool_actions.take_back(concern=brief.concern, by=by, at=timezone.now())
    assert brief.concern.entries.filter(kind="taken_home").count() == 1
    assert case.entries.filter(kind="taken_home").count() == 1


def _named_adult_is_there(cast, concern):
    Concern.objects.filter(pk=concern.pk).update(named_adult=cast.users["far_principal"])


def _school_has_closed_it(cast, concern):
    by = cast.users["far_principal"]
    acts.close(concern=concern, by=by, closing="answered", words="好了", at=timezone.now())


def _nobody_is_named(cast, concern):
    Concern.objects.filter(pk=concern.pk).update(named_adult=None)


@pytest.mark.parametrize("how", ["given_back", "closed"])
@pytest.mark.parametrize("before", [_named_adult_is_there, _school_has_closed_it, _nobody_is_named])
def test_however_a_guest_ends_somebody_at_the_school_hears_of_it(cast, brief, before, how):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    other = pool.make_concern(cast)
    Concern.objects.filter(pk=other.pk).update(closed_at=at)
    case_actions.go_on_in(case, other)
    before(cast, brief.concern)
    last = ConcernEntry.objects.latest("pk").pk
    if how == "given_back":
        guest = cast.users["guest"]
        pool_actions.give_back(case=case, by=guest, words="我下周住院", at=at)
    else:
        _guest_closes(cast, case)
    new = ConcernEntry.objects.filter(pk__gt=last)
    assert new.filter(kind="told", about=cast.users["far_principal"]).count() == 1
    ended = new.filter(kind="given_back")
    assert {one.concern_id for one in ended} == {brief.concern_id, other.pk}
    said = "我下周住院" if how == "given_back" else ""
    assert ended.get(concern=brief.concern).words == said
    assert ended.get(concern=other).words == ""


def _guest_closes(cast: Cast, case: Case) -> None:
    cases.note(case, kind="summary", words="好了")
    case_actions.move(
        case=case, by=cast.users["guest"], to="closed", at=timezone.now(), outcome="reached"
    )


@pytest.mark.parametrize("who", ["own", "counsellor"])
def test_a_case_that_a_guest_closed_is_opened_again_by_whoever_comes_next(cast, brief, who):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    _guest_closes(cast, case)
    if who == "own":
        own = cast.users["own"] = make_user("own", "何老师")
        make_post(own, "counsellor", school=cast.other_school)
        found = case_actions.open_case(concern=brief.concern, by=own, at=at)
    else:
        found = pool.accept(pool.make_brief(cast, concern=brief.concern), cast.users[who])
    assert found == case
    assert (found.state, found.closed_at, found.owner) == ("reopened", None, cast.users[who])
    assert len(case_actions.read_notes(case=found, by=found.owner, ip=None)[0]) >= 2


def test_a_joined_concern_takes_along_what_waits(cast, brief):
    into, by = pool.make_concern(cast, level="orange"), cast.users["far_principal"]
    acts.join(concern=brief.concern, into=into, by=by, at=timezone.now())
    brief.refresh_from_db()
    assert (brief.state, brief.concern) == ("waiting", into)
    assert opens(cast, "guest", brief)


def test_what_turns_urgent_while_it_waits_is_late_sooner(cast):
    concern, by = pool.make_concern(cast, level="yellow"), cast.users["far_principal"]
    brief = pool.make_brief(cast, concern=concern)
    before = brief.late_at
    acts.set_level(concern=concern, by=by, level="orange", words="更急", at=timezone.now())
    brief.refresh_from_db()
    assert brief.late_at < before


def test_when_the_school_takes_the_child_up_itself_nothing_waits_any_more(cast, brief):
    own = make_user("own", "何老师")
    make_post(own, "counsellor", school=cast.other_school)
    case_actions.open_case(concern=pool.make_concern(cast), by=own, at=timezone.now())
    assert not opens(cast, "guest", brief)
    brief.refresh_from_db()
    assert brief.state == "taken_back"
    with pytest.raises(pool_actions.Taken):
        pool.accept(brief, cast.users["guest"])
    # Also where it came to wait all the same.
    Brief.objects.filter(pk=brief.pk).update(state="waiting")
    assert not opens(cast, "guest", brief)


def test_who_has_just_accepted_is_not_sent_away_by_a_page_that_showed_it_waiting(cast, brief):
    address = reverse("counselling:hand_on", args=[brief.concern_id])
    principal, back = client_of(cast.users["far_principal"]), {"act": "take_back"}
    shown = principal.get(address).context["pool"]["seen"]
    pool.accept(brief, cast.users["guest"])
    principal.post(address, back | {"seen": shown})
    assert Engagement.objects.get().ended_at is None
    again = principal.get(address).context["pool"]["seen"]
    principal.post(address, back | {"seen": again})
    assert Engagement.objects.get().ending == "school"


def test_a_school_that_leaves_takes_back_what_waits_and_keeps_what_was_accepted(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    waiting = pool.make_brief(cast, student="far0")
    pool_actions.leave(school=brief.school, by=cast.users["far_principal"], at=timezone.now())
    waiting.refresh_from_db()
    assert (waiting.state, bytes(waiting.sealed)) == ("taken_back", b"")
    assert case_actions.policies.can_keep(cast.users["guest"], case, timezone.now())
    with pytest.raises(pool_actions.Refused) as refused:
        pool.make_brief(cast, student="far1")
    assert refused.value.why == rules.Refused.NOT_IN_POOL


def test_the_school_can_name_whoever_looked_after_the_child(cast, brief):
    case, by = pool.accept(brief, cast.users["guest"]), cast.users["far_principal"]
    assert cast.users["guest"] in staff_to_name(brief.student, by, timezone.localdate())
    reports.make_report(cast, by="far_principal", student="yuan", users=[cast.users["guest"]])
    assert not case_actions.policies.can_keep(cast.users["guest"], case, timezone.now())
    page = shows(cast, "far_principal", reverse("counselling:case_take_over", args=[case.pk]))
    assert reverse("counselling:hand_on", args=[brief.concern_id]) in page


def test_only_the_one_who_named_them_is_offered_somebody_kept_away_from_the_child(cast, brief):
    pool.accept(brief, cast.users["guest"])
    reports.make_report(cast, by="far_principal", student="yuan", users=[cast.users["guest"]])
    on = timezone.localdate()
    assert cast.users["guest"] in staff_to_name(brief.student, cast.users["far_principal"], on)
    assert cast.users["guest"] not in staff_to_name(brief.student, cast.users["far_teacher"], on)


@pytest.mark.parametrize("how", ["closed", "joined"])
def test_whoever_closes_a_concern_below_nothing_of_it_waits(cast, brief, how):
    """Safeguarding knows no queue: what its own acts leave behind is ended with the next run."""
    by, at = cast.users["far_principal"], timezone.now()
    into = pool.make_concern(cast, level="orange")
    if how == "closed":
        concerns.close(concern=brief.concern, by=by, closing="with_child", words="好了", at=at)
    else:
        triage.join(concern=brief.concern, into=into, by=by, at=at)
    assert not opens(cast, "guest", brief)
    assert [ends.follow_closed(at), ends.follow_closed(at)] == [1, 0]
    brief.refresh_from_db()
    ended = (brief.state, brief.concern, bytes(brief.sealed) == b"")
    assert ended == (
        ("ended", brief.concern, True) if how == "closed" else ("waiting", into, False)
    )


def test_a_joined_concern_takes_its_case_along_unless_the_other_has_one(cast, brief):
    case, by, at = (
        pool.accept(brief, cast.users["guest"]),
        cast.users["far_principal"],
        timezone.now(),
    )
    into = pool.make_concern(cast)
    acts.join(concern=brief.concern, into=into, by=by, at=at)
    assert set(case.concerns.all()) == {brief.concern, into}
    acts.join(concern=into, into=pool.make_concern(cast), by=by, at=at)
    assert case.concerns.count() == 3
