"""When a family is asked: rhythm, dates, pauses, holidays, shifts; and that the preview keeps its word."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery import rules as delivery_rules
from delivery.dispatch.facts import read_facts
from delivery.models import OutboxMessage
from guardians.hours import Hours, is_quiet, local_day
from guardians.models import Adult, Contact, Migration
from messaging import actions, rules
from messaging.models import (
    AdultRhythm,
    Answer,
    CheckIn,
    CheckInPlan,
    FollowUp,
    LadderStep,
    MarkedDate,
    OccasionSeen,
)
from messaging.plans.rules import (
    Askable,
    Occasion,
    Outcome,
    OwnRhythm,
    PlanFacts,
    decide,
    next_question,
)
from messaging.presenters.preview import _because
from messaging.queries.occasions import occasions_between
from messaging.queries.preview import adults_not_asked, preview
from schools.models import CalendarDay
from students.models import Student
from tests.factories.cast import make_adult, make_guardianship, make_student, send_away

TODAY = date(2026, 11, 25)
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ZONES = ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Africa/Lagos", "Europe/Berlin"]
HER = Askable(1)
DUE = PlanFacts(next_due_on=TODAY, adults=(HER,))


def those(*adults: Askable) -> dict:
    return {"adults": adults}


def own(**fields) -> Askable:
    """Her, with a word of her own."""
    return replace(HER, own=OwnRhythm(**fields))


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, Outcome.ASK),
        ({"next_due_on": TODAY + timedelta(days=1)}, Outcome.NOT_YET),
        ({"talked_on": TODAY - timedelta(days=6)}, Outcome.TALKED),
        ({"talked_on": TODAY - timedelta(days=7)}, Outcome.ASK),
        ({"talked_on": TODAY - timedelta(days=6), "occasion": "exam"}, Outcome.ASK),
        ({"talked_on": TODAY - timedelta(days=1), "occasion": "exam"}, Outcome.TALKED),
        ({"paused_until": TODAY}, Outcome.PAUSED),
        ({"paused_until": TODAY - timedelta(days=1)}, Outcome.ASK),
        ({"is_climbing": True}, Outcome.OPEN_QUESTION),
        (those(), Outcome.NOBODY),
        (those(replace(HER, full_on=frozenset([TODAY]))), Outcome.ASKED_TODAY),
        (those(own(paused_until=days(-1))), Outcome.ASK),
        (those(own(paused_until=TODAY)), Outcome.PAUSE),
        (those(own(paused_until=days(2))), Outcome.PAUSE),
        (those(own(paused_until=days(3))), Outcome.NOBODY_NOW),
        (those(own(paused_until=days(30)), Askable(2)), Outcome.ASK),
        (those(own(paused_until=days(30)), own(paused_until=days(9))), Outcome.NOBODY_NOW),
        (those(own(every_days=14, asked_on=days(-7))), Outcome.NOBODY_NOW),
        (those(own(every_days=14, asked_on=days(-14))), Outcome.ASK),
        (those(own(every_days=14, asked_on=days(-12))), Outcome.PAUSE),
        # A brother's or sister's question of today takes this child, too.
        (those(own(every_days=14, asked_on=TODAY)), Outcome.ASK),
        ({"holidays": frozenset([TODAY])}, Outcome.HOLIDAY),
        (
            {"holidays": frozenset([TODAY]), **those(replace(HER, is_first=True))},
            Outcome.ASK,
        ),
        ({"holidays": frozenset([TODAY]), "occasion": "birthday"}, Outcome.ASK),
        # A whole holiday week must not become a week without a question.
        (
            {"holidays": frozenset([TODAY]), "next_due_on": TODAY - timedelta(days=3)},
            Outcome.ASK,
        ),
    ],
)
def test_decide(change, outcome):
    assert decide(replace(DUE, **change), MORNING).outcome == outcome


def test_while_everybody_has_a_pause_the_plan_moves_to_the_first_who_is_back():
    back = replace(DUE, adults=(own(paused_until=days(20)), own(paused_until=days(4))))
    assert decide(back, MORNING).next_due_on == days(5)
    far = replace(DUE, adults=(own(paused_until=days(20)),))
    assert decide(far, MORNING).next_due_on == days(7)


def test_a_date_brings_the_question_forward_and_counts_no_talk_of_last_week():
    facts = replace(DUE, next_due_on=TODAY + timedelta(days=9), talked_on=TODAY - timedelta(days=4))
    exam = Occasion("exam", TODAY + timedelta(days=5), TODAY + timedelta(days=2))
    met = next_question(facts, [exam], MORNING)
    assert (met.outcome, met.occasion) == (Outcome.ASK, exam)
    assert local_day(Hours(), met.due_at) == exam.ask_on
    assert next_question(facts, [], MORNING).outcome == Outcome.NOT_YET


# --- What always holds --------------------------------------------------------------------------

clocks = st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0))


@st.composite
def any_hours(draw) -> Hours:
    start, end = draw(clocks), draw(clocks)
    both = start is not None and end is not None
    return Hours(
        draw(st.sampled_from(ZONES)),
        draw(st.sampled_from(["", "day", "night", "rotating"])),
        start if both else None,
        end if both else None,
        draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))),
        draw(st.integers(1, 14)),
    )


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
    lambda one: one.replace(tzinfo=UTC)
)
near = st.integers(-10, 20)


@st.composite
def any_adult(draw, today: date) -> Askable:
    lately = st.integers(0, 30).map(lambda n: today - timedelta(days=n))
    return Askable(
        adult_id=draw(st.integers(1, 3)),
        hours=draw(any_hours()),
        is_first=draw(st.booleans()),
        own=OwnRhythm(
            every_days=draw(st.none() | st.integers(1, 31)),
            paused_until=draw(st.none() | near.map(lambda n: today + timedelta(days=n))),
            asked_on=draw(st.none() | lately),
        ),
    )


@st.composite
def any_facts(draw, at: datetime) -> PlanFacts:
    today = at.date()
    some = st.none() | near.map(lambda n: today + timedelta(days=n))
    return PlanFacts(
        next_due_on=today + timedelta(days=draw(near)),
        every_days=draw(st.integers(1, 31)),
        talked_on=draw(st.none() | st.integers(0, 30).map(lambda n: today - timedelta(days=n))),
        occasion=draw(st.sampled_from(["", "exam"])),
        paused_until=draw(some),
        is_climbing=draw(st.booleans()),
        adults=tuple(draw(st.lists(any_adult(today), max_size=3))),
        holidays=frozenset(draw(st.lists(near.map(lambda n: today + timedelta(days=n))))),
    )


@given(st.data(), moments)
@settings(max_examples=150)
def test_a_question_is_never_put_in_quiet_hours_and_each_day_is_decided_the_same(data, at):
    facts = data.draw(any_facts(at))
    decided = decide(facts, at)
    assert decided == decide(facts, at)
    if decided.outcome != Outcome.ASK:
        assert decided.due_at is None
        return
    asked = decided.adult
    assert not is_quiet(asked.hours, decided.due_at)
    today = asked.today(at)
    assert not asked.own.paused_until or asked.own.paused_until < today
    if asked.own.every_days and asked.own.asked_on:
        assert (today - asked.own.asked_on).days not in range(1, asked.own.every_days)
    # Two nights of the most unkind quiet hours at most: the lateness cutoff reports the rest.
    assert at <= decided.due_at <= at + timedelta(hours=49)


@given(st.data(), moments)
@settings(max_examples=100)
def test_no_pause_of_an_adult_is_a_gap_that_nobody_sees(data, at):
    """Due, not talked, no pause by the school, no ladder: within days one is asked or a person told."""
    adults = tuple(data.draw(st.lists(any_adult(at.date()), max_size=3)))
    facts = PlanFacts(next_due_on=at.date(), adults=adults)
    met = {decide(facts, at + timedelta(hours=hour)).outcome for hour in range(24 * 5)}
    assert met & {Outcome.ASK, Outcome.NOBODY, Outcome.NOBODY_NOW}


@given(st.data(), moments)
@settings(max_examples=100)
def test_the_preview_says_what_the_generator_will_do(data, at):
    """Every beat of the days ahead is played: the first question comes when and only if it was announced."""
    facts = data.draw(any_facts(at))
    announced = next_question(facts, [], at)
    played, state = None, facts
    # Whole hours, so that a beat meets each zone's midnight, as one a minute does.
    whole = at.replace(minute=0, second=0, microsecond=0)
    for beat in [at, *(whole + timedelta(hours=hour) for hour in range(1, 24 * 6))]:
        met = decide(state, beat)
        if met.next_due_on:
            state = replace(state, next_due_on=met.next_due_on, occasion="")
        if met.outcome == Outcome.ASK:
            played = met
            break
    if played is None:
        assert announced.due_at is None or announced.due_at > at + timedelta(days=5)
        return
    assert announced.outcome == Outcome.ASK
    assert announced.adult == played.adult
    zone = played.adult.hours.zone
    assert announced.due_at.astimezone(zone).date() == played.due_at.astimezone(zone).date()


@given(any_hours(), moments, st.booleans(), st.booleans(), st.integers(0, 80))
@settings(max_examples=150)
def test_a_message_goes_within_its_window_or_is_reported(hours, at, capped, blocked, late):
    facts = delivery_rules.SendFacts(
        kind="check_in",
        expires_at=at + timedelta(hours=rules.CHECK_IN_LATE_AFTER_HOURS),
        hours=hours,
        is_capped=capped,
        cap_ends_at=at + timedelta(hours=3) if capped else None,
        is_blocked=blocked,
    )
    moment = at + timedelta(hours=late)
    met = delivery_rules.recheck(facts, moment)
    assert met == delivery_rules.recheck(facts, moment)
    if met.verdict == delivery_rules.Verdict.SEND:
        assert not blocked
        assert not capped
        assert not is_quiet(hours, moment)
        assert moment < facts.expires_at
    elif met.verdict == delivery_rules.Verdict.WAIT:
        assert met.cause
        assert met.due_at >= moment
        assert not is_quiet(hours, met.due_at)
    else:
        assert met.cause


@given(st.data())
@settings(max_examples=12)
def test_whatever_is_true_of_a_family_nobody_is_asked_who_must_not_be(cast, data):
    """The generator and the second look on real rows: run twice, then everything that would leave."""
    at = data.draw(st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30))).replace(tzinfo=UTC)
    mother = cast.adults["mother"]
    with transaction.atomic():
        hours = data.draw(any_hours())
        shared = data.draw(st.booleans())
        Adult.objects.filter(pk=mother.pk).update(
            time_zone=hours.time_zone,
            shift=hours.shift,
            shift_since=hours.shift_since,
            shift_turn_days=hours.turn_days,
            quiet_from=hours.quiet_from,
            quiet_until=hours.quiet_until,
            blocked_at=at if data.draw(st.booleans()) else None,
            blocked_by=cast.users["principal"],
            blocked_reason="x",
            opted_out_at=at if data.draw(st.booleans()) else None,
        )
        if shared:
            point = mother.contact_points.get(kind="phone")
            father = cast.adults["father"].contact_points
            father.all().delete()
            father.create(school=cast.school, kind="phone", address=point.address)
        actions.ensure_plans(at=at)
        for _twice in range(2):
            actions.ask_due_check_ins(at=at)
        asked = OutboxMessage.objects.filter(adult=mother)
        mother.refresh_from_db()
        assert asked.count() <= 1
        if mother.blocked_at or mother.opted_out_at or shared:
            assert not asked
            assert FollowUp.objects.filter(student=cast.students["mengyao"]).count() == 1
        for row in read_facts([one.pk for one in asked], at):
            assert row.facts.hours == hours
            assert not is_quiet(hours, row.due_at)
            assert (
                delivery_rules.recheck(row.facts, row.due_at).verdict != delivery_rules.Verdict.SEND
                or row.ways
            )
        transaction.set_rollback(True)


# --- On real rows -------------------------------------------------------------------------------


@pytest.fixture
def noon_today(db):
    """Noon of a day without holidays around it, whenever the tests run."""
    return datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def plans(cast, noon_today):
    actions.ensure_plans(at=noon_today)
    return CheckInPlan.objects


def of(cast, name="mengyao"):
    return Student.objects.filter(pk=cast.students[name].pk)


def test_dates_bring_a_question_forward_once(cast, plans, noon_today):
    later = timezone.localdate(noon_today) + timedelta(days=20)
    plans.update(next_due_on=later)
    child = cast.students["mengyao"]
    assert actions.bring_forward(at=noon_today) == 0
    child.born_on = date(2017, 11, 26)
    child.save()
    assert [actions.bring_forward(at=noon_today) for _twice in range(2)] == [1, 0]
    plan = plans.get(student=child)
    assert (plan.next_due_on, plan.occasion) == (date(2026, 11, 25), "birthday")
    actions.ask_due_check_ins(at=noon_today)
    asked = CheckIn.objects.get(adult=cast.adults["mother"])
    assert asked.occasion == "birthday"
    plan.refresh_from_db()
    assert (plan.next_due_on, plan.occasion) == (date(2026, 12, 2), "")
    assert actions.bring_forward(at=noon_today + timedelta(days=1)) == 0
    assert OccasionSeen.objects.filter(student=child, kind="birthday").count() == 1


def test_a_date_brought_forward_before_an_answer_is_back_when_the_answer_is_undone(
    cast, plans, noon_today
):
    plans.update(next_due_on=timezone.localdate(noon_today))
    actions.ask_due_check_ins(at=noon_today)
    asked = CheckIn.objects.get(adult=cast.adults["mother"])
    CheckIn.objects.update(state="nobody_reached", next_step_at=None)  # its ladder has ended
    child, tomorrow = cast.students["mengyao"], noon_today + timedelta(days=1)
    child.born_on = date(2017, 11, 27)
    child.save()
    plan = plans.filter(student=child)

    def brought() -> tuple[date, str]:
        actions.bring_forward(at=tomorrow + timedelta(minutes=2))
        return plan.values_list("next_due_on", "occasion").get()

    assert brought() == (tomorrow.date(), "birthday")
    answer = {child.pk: Answer.TALKED}
    assert actions.answer(check_in=asked, key="k1", answers=answer, at=tomorrow)
    assert brought() == (date(2026, 12, 3), "")
    assert actions.undo(check_in=asked, key="k2", at=tomorrow + timedelta(minutes=1))
    CheckIn.objects.update(state="nobody_reached", next_step_at=None)
    assert brought() == (tomorrow.date(), "birthday")


@pytest.mark.parametrize("instead", [None, Answer.NOT_YET])
def test_a_date_waits_while_a_question_is_open_again_because_a_talk_was_taken_back(
    cast, plans, noon_today, instead
):
    """The talk kept the question about the birthday away, and beat runs before the family answers again."""
    plans.update(next_due_on=timezone.localdate(noon_today))
    actions.ask_due_check_ins(at=noon_today)
    asked = CheckIn.objects.get(adult=cast.adults["mother"])
    child, minute = cast.students["mengyao"], timedelta(minutes=1)
    child.born_on = date(2017, 11, 27)
    child.save()

    def beat(at) -> bool:
        actions.bring_forward(at=at)
        actions.ask_due_check_ins(at=at)
        return CheckIn.objects.filter(lines__student=child, occasion="birthday").exists()

    def answer(key: str, word: str, at) -> None:
        assert actions.answer(check_in=asked, key=key, answers={child.pk: word}, at=at)

    answer("k1", Answer.TALKED, noon_today)
    tomorrow = noon_today + timedelta(days=1)
    assert not beat(tomorrow)
    if instead:
        answer("k2", instead, tomorrow + minute)
    else:
        assert actions.undo(check_in=asked, key="k2", at=tomorrow + minute)
    assert not beat(tomorrow + 2 * minute)
    answer("k3", Answer.NEED_HELP, tomorrow + 3 * minute)
    assert beat(tomorrow + 4 * minute)


def test_a_date_waits_where_the_talk_was_taken_back_in_a_question_to_another_adult(
    cast, plans, noon_today
):
    plans.update(next_due_on=timezone.localdate(noon_today))
    actions.ask_due_check_ins(at=noon_today)
    first = CheckIn.objects.get(adult=cast.adults["mother"])
    child, minute = cast.students["mengyao"], timedelta(minutes=1)
    child.born_on = date(2017, 11, 27)
    child.save()
    other = CheckIn.objects.create(
        school=cast.school,
        adult=cast.adults["grandmother"],
        first=first,
        due_on=first.due_on,
        asked_at=noon_today,
        expires_at=noon_today + timedelta(days=9),
    )
    other.lines.create(school=cast.school, student=child)
    answer = {child.pk: Answer.TALKED}
    assert actions.answer(check_in=other, key="k1", answers=answer, at=noon_today + minute)
    tomorrow = noon_today + timedelta(days=1)
    actions.bring_forward(at=tomorrow)
    assert actions.undo(check_in=other, key="k2", at=tomorrow + minute)
    actions.bring_forward(at=tomorrow + 2 * minute)  # the first question's ladder is still open
    CheckIn.objects.update(state="nobody_reached", next_step_at=None)
    actions.bring_forward(at=tomorrow + 3 * minute)
    plan = plans.get(student=child)
    assert (plan.next_due_on, plan.occasion) == (tomorrow.date(), "birthday")


def test_a_date_that_was_asked_about_is_not_asked_about_again_where_an_earlier_answer_is_undone(
    cast, plans, noon_today
):
    plans.update(next_due_on=timezone.localdate(noon_today))
    actions.ask_due_check_ins(at=noon_today)
    asked = CheckIn.objects.get(adult=cast.adults["mother"])
    child, later = cast.students["mengyao"], noon_today + timedelta(days=5)
    actions.answer(check_in=asked, key="k1", answers={child.pk: Answer.TALKED}, at=noon_today)
    child.born_on = date(2017, 12, 1)
    child.save()
    actions.bring_forward(at=later)
    actions.ask_due_check_ins(at=later)
    birthday = CheckIn.objects.get(adult=cast.adults["mother"], occasion="birthday")
    actions.answer(check_in=birthday, key="k2", answers={child.pk: Answer.NEED_HELP}, at=later)
    assert actions.undo(check_in=asked, key="k3", at=later + timedelta(minutes=1))
    CheckIn.objects.update(next_step_at=None)  # as of a question to another adult
    actions.bring_forward(at=later + timedelta(minutes=2))
    assert plans.get(student=child).occasion == ""


@pytest.mark.parametrize(("year", "on"), [(2027, date(2027, 3, 1)), (2028, date(2028, 2, 29))])
def test_a_child_of_a_leap_day_has_one_birthday_a_year(cast, plans, year, on):
    child = cast.students["mengyao"]
    child.born_on = date(2016, 2, 29)
    child.save()
    first, last = date(year, 2, 20), date(year, 3, 10)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    found = [
        one.on
        for day in days  # as the task looks each day, at a few days
        for one in occasions_between(plans.all(), day - timedelta(days=2), day).get(child.pk, [])
        if one.kind == "birthday"
    ]
    assert set(found) == {on}


def test_a_talk_of_four_days_ago_does_not_stop_a_question_about_tomorrows_exam(
    cast, plans, noon_today
):
    child, on = cast.students["mengyao"], date(2026, 11, 28)
    Contact.objects.create(
        school=cast.school,
        student=child,
        adult=cast.adults["mother"],
        happened_on=date(2026, 11, 21),
        reported_by="parent",
        recorded_at=noon_today,
    )
    plans.update(next_due_on=date(2026, 12, 9))
    actions.mark_date(
        school=cast.school, student=None, on=on, label="期中考试", by=cast.users["principal"]
    )
    assert actions.bring_forward(at=noon_today) == plans.filter(school=cast.school).count()
    actions.ask_due_check_ins(at=noon_today)
    message = OutboxMessage.objects.get(adult=cast.adults["mother"])
    row = read_facts([message.pk], noon_today)[0]
    assert row.facts.cause_of_its_own != "talked_already"


def test_no_question_is_put_because_a_blocked_parent_comes_or_goes(cast, plans, noon_today):
    on = timezone.localdate(noon_today)
    father = cast.adults["father"]
    Migration.objects.filter(adult=father).delete()
    Migration.objects.create(school=cast.school, adult=father, is_away=False, starts_on=on)
    found = occasions_between(plans.all(), on - timedelta(days=30), on + timedelta(days=30))
    kinds = {one.kind for one in found.get(cast.students["mengyao"].pk, [])}
    assert "parent_back" not in kinds


@pytest.mark.parametrize("days", [None, -7, 4])
def test_a_school_sets_its_own_days(cast, plans, noon_today, days):
    child = cast.students["mengyao"]
    actions.mark_date(
        school=cast.school,
        student=child,
        on=date(2026, 12, 10),
        label="复查",
        by=cast.users["teacher"],
    )
    actions.set_occasions(school=cast.school, days={"marked": days}, by=cast.users["principal"])
    found = occasions_between(plans.all(), date(2026, 11, 25), date(2026, 12, 20))
    marked = [one for one in found.get(child.pk, []) if one.kind == "marked"]
    assert [one.ask_on for one in marked] == (
        [] if days is None else [date(2026, 12, 10) + timedelta(days=days)]
    )


def test_a_pause_ends_by_itself(cast, plans, noon_today):
    plan = plans.get(student=cast.students["mengyao"])
    actions.set_rhythm(
        plan=plan,
        own_every_days=3,
        paused_until=date(2026, 11, 27),
        paused_reason="住院",
        by=cast.users["teacher"],
        at=noon_today,
    )
    plans.exclude(pk=plan.pk).update(ended_on=date(2026, 1, 1))
    assert actions.ask_due_check_ins(at=noon_today) == 0
    assert actions.ask_due_check_ins(at=noon_today + timedelta(days=2)) == 0
    assert actions.ask_due_check_ins(at=noon_today + timedelta(days=3)) == 1
    actions.ensure_plans(at=noon_today)
    plan.refresh_from_db()
    assert plan.every_days == 3


def _pause(adult, until, by, **fields):
    said = {"every_days": None, "paused_until": until, "paused_reason": "住院", "by_family": False}
    actions.set_adult_rhythm(adult=adult, by=by, **said | fields)


def _with_a_second_parent_away(cast):
    """The father is blocked in the cast; here an aunt's husband stands in as a second parent."""
    other = make_adult(cast.school, "徐建军", phone="+8613900000077")
    make_guardianship(cast.students["mengyao"], other, "father", priority=2)
    send_away(other, "昆山")
    Adult.objects.filter(pk=other.pk).update(quiet_from=time(0), quiet_until=time(0))
    return other


@pytest.mark.parametrize("has_own", [False, True])
def test_what_one_adult_chooses_takes_nothing_from_another(cast, has_own):
    """The other adult's row is the older one, and would be found first."""
    mother, other = cast.adults["mother"], _with_a_second_parent_away(cast)
    by = cast.users["mother"]
    _pause(other, days(8), cast.users["teacher"], every_days=30)
    if has_own:
        _pause(mother, days(2), by, every_days=7)
    actions.choose_rhythm(adult=mother, every_days=14, by=by)
    row = AdultRhythm.objects.get(adult=mother)
    was = (days(2), "住院") if has_own else (None, "")
    assert (row.every_days, row.paused_until, row.paused_reason) == (14, *was)
    AdultRhythm.objects.filter(adult=mother).delete()
    if has_own:
        _pause(mother, days(2), by, every_days=7)
    actions.pause_adult(adult=mother, until=days(5), by=by)
    row = AdultRhythm.objects.get(adult=mother)
    assert (row.every_days, row.paused_until) == (7 if has_own else None, days(5))
    theirs = AdultRhythm.objects.get(adult=other)
    assert (theirs.every_days, theirs.paused_until) == (30, days(8))


def test_while_one_adult_has_a_pause_the_other_is_asked_and_the_page_says_why(
    cast, plans, noon_today
):
    mother, other = cast.adults["mother"], _with_a_second_parent_away(cast)
    plans.exclude(student=cast.students["mengyao"]).update(ended_on=TODAY)
    _pause(mother, days(8), cast.users["mother"], by_family=True)
    (ahead,) = preview(of(cast), noon_today).ahead
    assert ahead.adult == other
    assert mother.name in str(_because(ahead, noon_today))
    assert actions.ask_due_check_ins(at=noon_today) == 1
    assert actions.ask_due_check_ins(at=noon_today) == 0
    assert CheckIn.objects.get().adult == other
    assert not FollowUp.objects.exists()


def test_where_nobody_is_left_the_teacher_is_told_once_and_the_first_day_back_asks(
    cast, plans, noon_today
):
    mother = cast.adults["mother"]
    plans.exclude(student=cast.students["mengyao"]).update(ended_on=TODAY)
    _pause(mother, days(4), cast.users["teacher"])
    (left_out,) = preview(of(cast), noon_today).left_out or preview(of(cast), noon_today).ahead
    assert left_out.cause in ("", "nobody_now")
    for _twice in range(2):
        actions.ask_due_check_ins(at=noon_today)
    assert FollowUp.objects.get().cause == FollowUp.Cause.NOBODY_NOW
    assert not CheckIn.objects.exists()
    for day in range(1, 6):
        actions.ask_due_check_ins(at=noon_today + timedelta(days=day))
    assert CheckIn.objects.get().due_on == days(5)


def test_a_pause_between_question_and_sending_stops_it_and_another_adult_is_asked(
    cast, plans, noon_today, sms, gateway
):
    at = clock.now()
    mother, child = cast.adults["mother"], cast.students["mengyao"]
    plans.exclude(student=child).update(ended_on=TODAY)
    plans.update(next_due_on=timezone.localdate(at))
    other = _with_a_second_parent_away(cast)
    actions.ask_due_check_ins(at=at)
    _pause(mother, timezone.localdate(at) + timedelta(days=9), cast.users["mother"], by_family=True)
    OutboxMessage.objects.update(due_at=at)
    dispatch.drain()
    assert gateway.taken == []
    assert OutboxMessage.objects.get().cause == "own_pause"
    actions.climb_ladders(at=clock.now())
    assert OutboxMessage.objects.get(state="due").adult == other
    passed = LadderStep.objects.filter(is_taken=False)
    assert set(passed.values_list("cause", flat=True)) == {"own_pause"}


def test_every_step_of_an_open_question_is_announced_with_its_day(cast, plans, noon_today):
    plans.exclude(student=cast.students["mengyao"]).update(ended_on=TODAY)
    actions.ask_due_check_ins(at=noon_today)
    ahead = preview(of(cast), noon_today).ahead
    announced = [(one.rung, timezone.localdate(one.at)) for one in ahead if one.because == "step"]
    assert announced[-1][0] == "tell_teacher"
    for hour in range(24 * 7):
        moment = noon_today + timedelta(hours=hour)
        actions.climb_ladders(at=moment)
        OutboxMessage.objects.filter(due_at__lte=moment).update(state="accepted")
    taken = LadderStep.objects.filter(is_taken=True).order_by("at")
    assert announced == [(row.rung, timezone.localdate(row.at)) for row in taken]


def test_what_is_announced_is_what_is_asked_and_who_is_left_out_is_told_why(
    cast, plans, noon_today
):
    plans.update(next_due_on=date(2026, 11, 27))
    found = preview(of(cast), noon_today)
    (ahead,) = found.ahead
    assert ahead.adult == cast.adults["mother"]
    for hour in range(72):
        actions.ask_due_check_ins(at=noon_today + timedelta(hours=hour))
    sent = OutboxMessage.objects.get(adult=cast.adults["mother"])
    zone = ZoneInfo("Asia/Shanghai")
    assert sent.due_at.astimezone(zone).date() == ahead.at.astimezone(zone).date()
    assert preview(of(cast), noon_today + timedelta(days=2)).ahead
    on = timezone.localdate(noon_today)
    notes = {one.held.adult: one.cause for one in adults_not_asked(cast.students["mengyao"], on)}
    assert notes[cast.adults["father"]] == "blocked"


@pytest.mark.parametrize(
    ("prepare", "cause"),
    [
        (lambda mother: setattr(mother, "opted_out_at", MORNING), "opted_out"),
        (lambda mother: setattr(mother, "legal_basis", "none"), "no_legal_basis"),
        (lambda mother: mother.contact_points.all().delete(), "no_way"),
    ],
)
def test_why_nobody_can_be_asked(cast, plans, noon_today, prepare, cause):
    mother = cast.adults["mother"]
    prepare(mother)
    mother.save()
    assert cause in {one.cause for one in preview(of(cast), noon_today).left_out}


def test_a_holiday_puts_the_question_off(cast, plans, noon_today):
    CheckIn.objects.create(
        school=cast.school,
        adult=cast.adults["mother"],
        due_on=date(2026, 11, 10),
        state=CheckIn.State.CLOSED,
        asked_at=noon_today,
        expires_at=noon_today,
    )
    for day in (25, 26):
        CalendarDay.objects.create(school=cast.school, on=date(2026, 11, day), kind="holiday")
    (ahead,) = preview(of(cast), noon_today).ahead
    assert ahead.at.date() == date(2026, 11, 27)
    actions.ask_due_check_ins(at=noon_today)
    assert not OutboxMessage.objects.filter(adult=cast.adults["mother"])


def test_as_many_queries_for_ten_children_as_for_one(cast, plans, noon_today):
    for number in range(9):
        child = make_student(cast.school_class, f"王小{number}")
        adult = make_adult(cast.school, f"王大{number}", phone=f"+861390000000{number}")
        make_guardianship(child, adult, "father")
        send_away(adult, "昆山")
    actions.ensure_plans(at=noon_today)
    actions.ask_due_check_ins(at=noon_today)

    def cost(students):
        with CaptureQueriesContext(connection) as asked:
            preview(students, noon_today)
        return len(asked)

    preview(of(cast), noon_today)
    assert cost(of(cast)) == cost(Student.objects.filter(school=cast.school))


def test_nobody_gets_more_messages_in_a_day_than_one_may(cast, plans, noon_today, sms, gateway):
    mother = cast.adults["mother"]
    at = clock.now()
    for number in range(delivery_rules.ROUTINE_A_DAY + 2):
        delivery_actions.queue_message(
            kind="notice",
            school=cast.school,
            dedupe_key=f"notice:{number}",
            due_at=at,
            expires_at=at + timedelta(days=2),
            adult=mother,
            payload={"words": "School is out", "path": "/f/"},
        )
    dispatch.drain()
    states = list(OutboxMessage.objects.filter(adult=mother).values_list("state", "cause"))
    assert sum(state == "accepted" for state, _cause in states) == delivery_rules.ROUTINE_A_DAY
    assert states.count(("due", "cap")) == 2
    waits = OutboxMessage.objects.filter(state="due", adult=mother)
    # While those before them are on their way, soon; once they have arrived, when the day is over.
    waits.update(due_at=at)
    dispatch.drain()
    assert len(gateway.taken) == delivery_rules.ROUTINE_A_DAY
    assert all(row.due_at > at + timedelta(hours=23) for row in waits.all())


# --- Pages --------------------------------------------------------------------------------------


def test_a_pause_needs_a_reason_and_an_end(client, cast, db):
    actions.ensure_plans(at=timezone.now())
    child = cast.students["mengyao"]
    client.force_login(cast.users["teacher"])
    url = reverse("messaging:plan", args=[child.pk])
    far = timezone.localdate() + timedelta(days=400)
    bad = client.post(url, {"own_every_days": "", "paused_until": far, "paused_reason": ""})
    assert bad.status_code == 422
    until = timezone.localdate() + timedelta(days=5)
    given_ = {"own_every_days": "14", "paused_until": until, "paused_reason": "母亲住院"}
    assert client.post(url, given_).status_code == 302
    plan = CheckInPlan.objects.get(student=child)
    assert (plan.every_days, plan.paused_until) == (14, until)
    assert "母亲住院" in client.get(url).text
    client.post(reverse("messaging:resume_plan", args=[child.pk]))
    plan.refresh_from_db()
    assert plan.paused_until is None


def test_two_tabs_of_a_plan_replace_nothing_unseen(client, cast, db):
    child, today = cast.students["mengyao"], timezone.localdate()
    actions.ensure_plans(at=timezone.now())
    client.force_login(cast.users["teacher"])
    url, until = reverse("messaging:plan", args=[child.pk]), today + timedelta(days=9)
    began = client.get(url).context["form"]["instead_of"].value()
    said = {"own_every_days": "", "paused_until": until, "paused_reason": "母亲住院"}
    for _twice in range(2):
        assert client.post(url, said | {"instead_of": began}).status_code == 302
    late = {"own_every_days": "14", "paused_until": "", "paused_reason": "", "instead_of": began}
    answer = client.post(url, late)
    assert answer.status_code == 422
    assert "您在另一个页面里保存过另一个版本" in answer.text
    assert "换成我现在写的" in answer.text
    assert "母亲住院" in answer.context["form"].newer.words
    plan = CheckInPlan.objects.get(student=child)
    assert (plan.own_every_days, plan.paused_until) == (None, until)
    again = answer.context["form"]["instead_of"].value()
    assert f'value="{again}"' in answer.text
    assert client.post(url, late | {"instead_of": again}).status_code == 302
    plan.refresh_from_db()
    assert (plan.own_every_days, plan.paused_until) == (14, None)


def test_the_school_does_not_replace_what_an_adult_chose_meanwhile(client, cast, db):
    child, today = cast.students["mengyao"], timezone.localdate()
    mother, last = cast.adults["mother"], today + timedelta(days=20)
    actions.ensure_plans(at=timezone.now())
    client.force_login(cast.users["teacher"])
    page = client.get(reverse("messaging:plan", args=[child.pk]))
    form = next(one["form"] for one in page.context["asked"] if one["adult"] == mother)
    assert f'value="{form["instead_of"].value()}"' in page.text
    _pause(mother, last, cast.users["mother"], by_family=True)
    url = reverse("messaging:adult_rhythm", args=[child.pk, mother.pk])
    late = {"every_days": "14", "paused_until": "", "paused_reason": ""}
    answer = client.post(url, late | {"instead_of": form["instead_of"].value()})
    assert answer.status_code == 422
    assert AdultRhythm.objects.get(adult=mother).paused_until == last
    form = next(one["form"] for one in answer.context["asked"] if one["adult"] == mother)
    again = form["instead_of"].value()
    assert f'value="{again}"' in answer.text
    assert client.post(url, late | {"instead_of": again}).status_code == 302
    row = AdultRhythm.objects.get(adult=mother)
    assert (row.every_days, row.paused_until) == (14, None)


def test_a_teacher_writes_down_one_adults_pause_and_the_page_says_so(client, cast, db):
    actions.ensure_plans(at=timezone.now())
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    client.force_login(cast.users["teacher"])
    url = reverse("messaging:adult_rhythm", args=[child.pk, mother.pk])
    until = timezone.localdate() + timedelta(days=5)
    bad = client.post(url, {"every_days": "14", "paused_until": until, "paused_reason": ""})
    assert bad.status_code == 422
    assert not AdultRhythm.objects.exists()
    said = {"every_days": "14", "paused_until": until, "paused_reason": "夜班三周"}
    assert client.post(url, said).status_code == 302
    row = AdultRhythm.objects.get(adult=mother)
    assert (row.every_days, row.paused_until, row.by_family) == (14, until, False)
    assert "夜班三周" in client.get(reverse("messaging:plan", args=[child.pk])).text
    for stranger in ("father", "other_mother"):  # blocked; of another family
        url = reverse("messaging:adult_rhythm", args=[child.pk, cast.adults[stranger].pk])
        assert client.post(url, said).status_code == 404


def test_an_adult_asks_for_a_pause_and_takes_it_back(client, cast, db):
    mother = cast.adults["mother"]
    client.force_login(cast.users["mother"])
    url, me = reverse("family:questions"), reverse("family:me")
    for nonsense in ({"pause_days": "900"}, {"pause_days": "x"}, {"every_days": "1"}, {}):
        client.post(url, nonsense)
    assert not AdultRhythm.objects.exists()
    client.post(url, {"every_days": "14"})
    client.post(url, {"pause_days": "7"})
    row = AdultRhythm.objects.get(adult=mother)
    last = local_day(Hours(mother.time_zone), clock.now()) + timedelta(days=6)
    assert (row.every_days, row.paused_until, row.by_family) == (14, last, True)
    assert 'name="pause_days" value="0"' in client.get(me).text
    # The school writes down another rhythm: her own pause stays hers, and needs no reason.
    teacher = Client()
    teacher.force_login(cast.users["teacher"])
    own = reverse("messaging:adult_rhythm", args=[cast.students["mengyao"].pk, mother.pk])
    actions.ensure_plans(at=clock.now())
    assert teacher.post(own, {"every_days": "28", "paused_until": last}).status_code == 302
    row.refresh_from_db()
    assert (row.every_days, row.paused_until, row.by_family) == (28, last, True)
    client.post(url, {"every_days": "14"})
    client.post(url, {"pause_days": "0"})
    row.refresh_from_db()
    assert (row.every_days, row.paused_until) == (14, None)
    assert 'name="pause_days" value="7"' in client.get(me).text


def test_a_childs_date_is_not_for_a_teacher_of_another_class(client, cast, db):
    actions.ensure_plans(at=timezone.now())
    child = cast.students["mengyao"]
    on = timezone.localdate() + timedelta(days=3)
    row = actions.mark_date(
        school=cast.school, student=child, on=on, label="x", by=cast.users["teacher"]
    )
    client.force_login(cast.users["next_teacher"])
    assert client.post(reverse("messaging:unmark_date", args=[row.pk])).status_code == 404
    assert MarkedDate.objects.filter(pk=row.pk).exists()
    client.force_login(cast.users["teacher"])
    assert client.post(reverse("messaging:unmark_date", args=[row.pk])).status_code == 302


@pytest.mark.parametrize("words", ["徐梦瑶还好吗", "请看 http://x.cn", "回电13893510001"])
def test_a_schools_own_words_say_no_name_link_or_number(client, cast, db, words):
    child = cast.students["mengyao"]
    child.name = "徐梦瑶"
    child.save()
    client.force_login(cast.users["principal"])
    page = client.post(reverse("messaging:ladder"), {"tell_teacher": 2, "ask_words": words})
    assert page.status_code == 422


def test_a_schools_own_words_reach_those_who_read_chinese(cast, sms, gateway, db):
    at = clock.now()
    actions.set_ladder(
        school=cast.school,
        ladder=rules.Ladder(),
        words={"ask_words": "孩子想您了，今天打个电话好吗？", "again_words": ""},
        by=cast.users["principal"],
        at=at,
    )
    Adult.objects.filter(pk=cast.adults["other_mother"].pk).update(language="en")
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    OutboxMessage.objects.update(due_at=at)
    dispatch.drain()
    texts = [str(one) for one in gateway.taken]
    assert sum("孩子想您了" in text for text in texts) == 1
