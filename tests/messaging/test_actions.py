from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from delivery import actions as delivery_actions
from delivery import dispatch
from delivery.models import OutboxMessage, SignInLink
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from messaging import actions, queries
from messaging.models import Answer, CheckIn, CheckInLine, CheckInPlan, FollowUp, Reply
from messaging.queries import Bridge
from messaging.queries.sent import sent_for
from schools.models import SchoolClass
from students.models import Enrolment


@pytest.fixture
def asked(cast, at):
    """Everybody has been asked; returns the mother's check-in about two children."""
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    return CheckIn.objects.get(adult=cast.adults["mother"])


def both(cast, answer):
    return {cast.students[name].pk: answer for name in ("mengyao", "xiaobao")}


def bridge_of(cast, name, at):
    board = queries.board(classes=SchoolClass.objects.all(), at=at)
    children = [child for row in board.rows for child in row.children]
    return next(child.bridge for child in children if child.student_id == cast.students[name].pk)


def later(at, **span):
    return at + timedelta(**span)


def climb_daily(at, first, last):
    """In the evenings, when questions go out: so the steps fall on the same days whenever the tests run."""
    evening = timezone.localtime(at).replace(hour=18, minute=45)
    for day in range(first, last + 1):
        actions.climb_ladders(at=later(evening, days=day))


# --- Plans --------------------------------------------------------------------------------------


def test_a_plan_for_each_child_with_a_parent_away(cast, at):
    assert actions.ensure_plans(at=at) == 4
    assert actions.ensure_plans(at=at) == 0
    assert CheckInPlan.objects.filter(ended_on=None).count() == 4


def test_a_plan_ends_when_nobody_is_away_and_is_opened_again(cast, at):
    actions.ensure_plans(at=at)
    away = Migration.objects.filter(adult=cast.adults["other_mother"])
    away.update(is_away=False)
    assert actions.ensure_plans(at=at) == 1
    plan = CheckInPlan.objects.get(student=cast.students["haitao"])
    assert plan.ended_on is not None
    away.update(is_away=True)
    actions.ensure_plans(at=at)
    plan.refresh_from_db()
    assert plan.ended_on is None


def test_a_plan_ends_when_the_child_has_left(cast, at):
    actions.ensure_plans(at=at)
    yesterday = timezone.localdate(at) - timedelta(days=1)
    Enrolment.objects.filter(student=cast.students["haitao"]).update(ends_on=yesterday)
    actions.ensure_plans(at=at)
    assert CheckInPlan.objects.get(student=cast.students["haitao"]).ended_on is not None


def test_the_schools_rhythm_reaches_its_plans(cast, at):
    actions.ensure_plans(at=at)
    cast.school.check_in_every_days = 3
    cast.school.save()
    assert actions.ensure_plans(at=at) == 3
    assert CheckInPlan.objects.filter(every_days=3).count() == 3


# --- Asking -------------------------------------------------------------------------------------


def test_siblings_are_lines_of_one_question(cast, asked):
    assert asked.lines.count() == 2
    assert OutboxMessage.objects.filter(adult=cast.adults["mother"]).count() == 1
    assert not CheckIn.objects.filter(adult=cast.adults["father"]).exists()


def test_asking_again_at_once_changes_nothing(cast, asked, at):
    assert actions.ask_due_check_ins(at=at) == 0
    assert actions.ask_due_check_ins(at=later(at, hours=2)) == 0
    assert OutboxMessage.objects.count() == CheckIn.objects.count() == 3


def test_a_plan_set_back_by_mistake_asks_nobody_twice_on_a_day(cast, asked, at):
    CheckInPlan.objects.update(next_due_on=timezone.localdate(at))
    actions.ask_due_check_ins(at=at)
    assert OutboxMessage.objects.count() == CheckIn.objects.count() == 3


def test_who_has_talked_is_not_asked(cast, at):
    actions.ensure_plans(at=at)
    talked_on = timezone.localdate(at) - timedelta(days=2)
    Contact.objects.create(
        school=cast.school, student=cast.students["haitao"], adult=cast.adults["other_mother"],
        happened_on=talked_on, reported_by="staff", recorded_at=at,
    )  # fmt: skip
    actions.ask_due_check_ins(at=at)
    assert not CheckIn.objects.filter(adult=cast.adults["other_mother"]).exists()
    plan = CheckInPlan.objects.get(student=cast.students["haitao"])
    assert plan.next_due_on == talked_on + timedelta(days=7)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"blocked_reason": "x"}, "nobody_to_ask"),
        ({"opted_out_at": "2026-01-01T00:00Z"}, "nobody_to_ask"),
        ({"legal_basis": "none"}, "nobody_to_ask"),
        ({}, "no_way"),
    ],
)
def test_nobody_to_ask_becomes_a_task_for_the_teacher(cast, at, change, cause):
    mother = Adult.objects.filter(pk=cast.adults["other_mother"].pk)
    if "blocked_reason" in change:
        change = change | {"blocked_at": at, "blocked_by": cast.users["principal"]}
    mother.update(**change)
    if not change:
        ContactPoint.objects.filter(adult__in=mother).update(address="", problem="too_short")
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    follow_up = FollowUp.objects.get(student=cast.students["haitao"])
    assert (follow_up.cause, follow_up.check_in) == (cause, None)
    assert bridge_of(cast, "haitao", at) == Bridge.NOBODY
    actions.ask_due_check_ins(at=later(at, days=8))
    assert FollowUp.objects.filter(student=cast.students["haitao"]).count() == 1


def test_a_phone_shared_with_a_blocked_adult_gets_nothing(cast, at):
    ContactPoint.objects.filter(adult=cast.adults["father"]).update(address="+8613893510001")
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    assert not CheckIn.objects.filter(adult=cast.adults["mother"]).exists()
    assert FollowUp.objects.filter(student=cast.students["mengyao"], cause="no_way").exists()


def test_the_number_of_queries_does_not_grow_with_the_children(
    cast, at, django_assert_max_num_queries
):
    from tests.factories.cast import make_adult, make_guardianship, make_student, send_away

    for number in range(30):
        student = make_student(cast.next_class, f"何小{number}")
        mother = make_adult(cast.school, f"陈{number}", f"+86139000000{number:02d}")
        make_guardianship(student, mother, "mother")
        send_away(mother, "东莞")
    actions.ensure_plans(at=at)
    with django_assert_max_num_queries(20):
        assert actions.ask_due_check_ins(at=at) == 34


# --- Answering ----------------------------------------------------------------------------------


def test_talked_is_recorded_once_and_asks_nothing_more(cast, asked, at):
    given = {"check_in": asked, "key": "k1", "answers": both(cast, Answer.TALKED), "at": at}
    assert actions.answer(**given)
    assert not actions.answer(**given)
    assert Contact.objects.filter(retracted_at=None).count() == 2
    assert Reply.objects.count() == 2
    asked.refresh_from_db()
    assert (asked.state, asked.next_step_at) == ("answered", None)
    message = OutboxMessage.objects.get(adult=cast.adults["mother"])
    assert (message.state, message.cause) == ("suppressed", "answered")
    plan = CheckInPlan.objects.get(student=cast.students["mengyao"])
    assert plan.next_due_on == timezone.localdate(at) + timedelta(days=7)
    assert bridge_of(cast, "mengyao", at) == Bridge.TALKED
    actions.climb_ladders(at=later(at, days=5))
    assert OutboxMessage.objects.filter(adult=cast.adults["mother"]).count() == 1


def test_undo_takes_everything_back_and_the_ladder_goes_on(cast, asked, at):
    actions.answer(check_in=asked, key="k1", answers=both(cast, Answer.TALKED), at=at)
    assert actions.undo(check_in=asked, key="k2", at=later(at, minutes=1))
    assert not actions.undo(check_in=asked, key="k2", at=later(at, minutes=2))
    assert not Contact.objects.filter(retracted_at=None).exists()
    asked.refresh_from_db()
    assert asked.state == "waiting"
    assert asked.next_step_at is not None
    assert actions.answer(
        check_in=asked, key="k3", answers=both(cast, Answer.NOT_YET), at=later(at, minutes=3)
    )
    assert Reply.objects.count() == 6
    # A replay of the first tap, delayed by the network, changes nothing any more.
    assert not actions.answer(
        check_in=asked, key="k1", answers=both(cast, Answer.TALKED), at=later(at, minutes=4)
    )
    assert not Contact.objects.filter(retracted_at=None).exists()


def test_a_talk_taken_back_and_told_again_counts_once(cast, asked, at):
    for number in range(2):
        actions.answer(check_in=asked, key=f"a{number}", answers=both(cast, "talked"), at=at)
        if number == 0:
            actions.undo(check_in=asked, key="u0", at=at)
    assert Contact.objects.filter(retracted_at=None).count() == 2


def test_more_can_be_added_once(cast, asked, at):
    actions.answer(check_in=asked, key="k1", answers=both(cast, Answer.TALKED), at=at)
    moods = {cast.students["mengyao"].pk: 5}
    assert actions.add_more(check_in=asked, key="k2", moods=moods, words=" 想妈妈 ", at=at)
    assert not actions.add_more(check_in=asked, key="k2", moods={}, words="x", at=at)
    line = CheckInLine.objects.get(student=cast.students["mengyao"])
    assert (line.mood, line.words) == (5, "想妈妈")
    assert CheckInLine.objects.get(student=cast.students["xiaobao"]).mood is None


def test_not_yet_is_asked_again_and_ends_with_the_teacher(cast, asked, at):
    for number in range(3):
        assert FollowUp.objects.count() == 0
        actions.answer(check_in=asked, key=f"k{number}", answers=both(cast, "not_yet"), at=at)
        assert bridge_of(cast, "mengyao", at) == Bridge.NOT_YET
        asked.refresh_from_db()
        at = max(at, asked.next_step_at)
        actions.climb_ladders(at=at)
    assert set(FollowUp.objects.values_list("cause", flat=True)) == {"not_yet"}
    assert OutboxMessage.objects.filter(about_id=asked.pk).count() == 3
    asked.refresh_from_db()
    assert (asked.state, asked.next_step_at) == ("not_yet", None)


def test_need_help_waits_to_be_pulled_until_taken_back(cast, asked, at):
    actions.answer(check_in=asked, key="k1", answers=both(cast, Answer.NEED_HELP), at=at)
    assert queries.reply_calls_for_help().count() == 2
    assert bridge_of(cast, "mengyao", at) == Bridge.NEEDS_HELP
    assert not Contact.objects.exists()
    actions.undo(check_in=asked, key="k2", at=at)
    assert queries.reply_calls_for_help().count() == 0


@pytest.mark.parametrize("refusal", ["expired", "blocked", None])
def test_who_may_not_answer_records_nothing(cast, asked, at, refusal):
    if refusal == "expired":
        CheckIn.objects.filter(pk=asked.pk).update(expires_at=at)
    if refusal == "blocked":
        Adult.objects.filter(pk=asked.adult_id).update(
            blocked_at=at, blocked_reason="x", blocked_by=cast.users["principal"]
        )
    done = actions.answer(check_in=asked, key="k1", answers=both(cast, "talked"), at=at)
    assert done is (refusal is None)
    assert Reply.objects.exists() is (refusal is None)


def test_an_answer_after_a_move_is_recorded_at_the_school_that_asked(cast, asked, at):
    student = cast.students["mengyao"]
    student.school = cast.other_school
    student.save()
    actions.answer(check_in=asked, key="k1", answers={student.pk: "talked"}, at=at)
    assert Contact.objects.get().school == cast.school


# --- Ladder -------------------------------------------------------------------------------------


def test_no_answer_is_asked_again_by_another_way_then_given_to_the_teacher(cast, asked, at):
    mother = cast.adults["mother"]
    first = OutboxMessage.objects.get(about_id=asked.pk)
    first.contact_point, first.state = mother.contact_points.get(), "accepted"
    first.save()
    mail = ContactPoint.objects.create(
        school=cast.school, adult=mother, kind="email", address="m@example.org", priority=2
    )
    actions.climb_ladders(at=later(at, hours=1))
    assert sent_for([asked.pk]).count() == 1
    actions.climb_ladders(at=later(at, days=3))
    actions.climb_ladders(at=later(at, days=3))
    assert sent_for([asked.pk]).get(step=1).contact_point is None
    assert bridge_of(cast, "mengyao", at) == Bridge.ASKED_AGAIN
    actions.climb_ladders(at=later(at, days=5))
    assert sent_for([asked.pk]).get(step=2).contact_point == mail
    climb_daily(at, 6, 10)
    assert FollowUp.objects.filter(check_in=asked, cause="no_answer").count() == 2
    assert bridge_of(cast, "mengyao", at) == Bridge.NOBODY
    assert sent_for([asked.pk]).count() == 3


def test_a_talk_that_the_school_saw_ends_the_climb_and_the_task(cast, asked, at):
    climb_daily(at, 1, 9)
    haitao = cast.students["haitao"]
    Contact.objects.create(
        school=cast.school, student=haitao, adult=cast.adults["other_mother"],
        happened_on=timezone.localdate(later(at, days=9)), reported_by="staff", recorded_at=at,
    )  # fmt: skip
    actions.climb_ladders(at=later(at, days=9, hours=1))
    assert FollowUp.objects.get(student=haitao).outcome == "talked"
    assert FollowUp.objects.get(student=cast.students["mengyao"]).done_at is None


def test_a_family_is_not_asked_anew_while_its_ladder_climbs(cast, asked, at):
    """Where the rhythm is shorter than the ladder, the teacher would else never be told."""
    CheckInPlan.objects.update(next_due_on=timezone.localdate(at), every_days=1)
    assert actions.ask_due_check_ins(at=later(at, days=2)) == 0
    climb_daily(at, 1, 9)
    assert actions.ask_due_check_ins(at=later(at, days=9)) == 4


def test_the_next_weeks_question_comes_after_the_ladder(cast, asked, at):
    climb_daily(at, 1, 8)
    actions.ask_due_check_ins(at=later(at, days=8))
    asked.refresh_from_db()
    assert (asked.state, asked.next_step_at) == ("nobody_reached", None)
    assert CheckIn.objects.filter(adult=cast.adults["mother"], state="waiting").count() == 1


# --- Tasks of the teacher -----------------------------------------------------------------------


@pytest.fixture
def follow_up(cast, asked, at):
    climb_daily(at, 1, 9)
    return FollowUp.objects.get(student=cast.students["mengyao"])


def test_closing_putting_off_and_opening_again(cast, follow_up, at):
    by, at = cast.users["teacher"], later(at, days=9)
    done = {"follow_up": follow_up, "by": by, "outcome": "talked", "words": "通上了", "at": at}
    assert actions.close_follow_up(**done)
    assert not actions.close_follow_up(**done)
    assert Contact.objects.get().source_key == f"follow-up:{follow_up.pk}"
    assert actions.reopen_follow_up(follow_up=follow_up, by=by, at=at)
    assert not Contact.objects.filter(retracted_at=None).exists()
    today = timezone.localdate(at)
    assert not actions.put_off_follow_up(follow_up=follow_up, by=by, until=today, at=at)
    until = today + timedelta(days=2)
    assert actions.put_off_follow_up(follow_up=follow_up, by=by, until=until, at=at)


@pytest.mark.parametrize(
    ("change", "who"),
    [
        ({}, "father"),
        ({"blocked_at": "2026-09-01T08:00Z"}, "mother"),
        ({"condition": "missing"}, "mother"),
    ],
)
def test_a_talk_is_recorded_with_a_parent_with_whom_the_child_may_talk(
    cast, follow_up, at, change, who
):
    """Of a task that no question opened it is not known with whom: the first of the parents."""
    ties = Guardianship.objects.filter(student=follow_up.student, kind="parent")
    ties.filter(adult=cast.adults["father"]).update(priority=1)
    ties.filter(adult=cast.adults["mother"]).update(priority=2)
    Adult.objects.filter(pk=cast.adults["father"].pk).update(
        blocked_at=None, blocked_by=None, blocked_reason=""
    )
    if "blocked_at" in change:
        change = change | {"blocked_reason": "x", "blocked_by": cast.users["principal"]}
    Adult.objects.filter(pk=cast.adults["father"].pk).update(**change)
    FollowUp.objects.update(check_in=None)
    follow_up.refresh_from_db()
    actions.close_follow_up(follow_up=follow_up, by=cast.users["teacher"], outcome="talked", at=at)
    assert Contact.objects.get().adult == cast.adults[who]


def test_only_who_may_see_the_child_sees_the_task(cast, follow_up, at):
    from messaging.policies import follow_ups_visible_to

    on = timezone.localdate(at)
    for name, sees in [
        ("teacher", True), ("counsellor", True), ("principal", True), ("next_teacher", False),
        ("far_teacher", False), ("county", False), ("superuser", False), ("ended", False),
    ]:  # fmt: skip
        user = cast.users[name]
        assert follow_ups_visible_to(user, on).filter(pk=follow_up.pk).exists() is sees, name


# --- Links to sign in ---------------------------------------------------------------------------


def test_a_sign_in_link_for_a_known_phone_and_the_same_answer_for_others(cast, at):
    """How often one may ask is counted where it is asked (delivery.sign_in.limits)."""
    assert delivery_actions.queue_sign_in_link(phone="+8613893510001", at=at) is None
    assert SignInLink.objects.count() == OutboxMessage.objects.filter(kind="link").count() == 1
    for unknown in ("+8613800000000", "+8613893510002", ""):
        assert delivery_actions.queue_sign_in_link(phone=unknown, at=at) is None
    assert SignInLink.objects.count() == 1


def test_a_sign_in_link_opens_once_and_for_half_an_hour(cast, at):
    delivery_actions.queue_sign_in_link(phone="+8613893510001", at=at)
    link = SignInLink.objects.get()
    assert delivery_actions.use_sign_in_link(link=link, at=later(at, minutes=30)) is None
    assert (
        delivery_actions.use_sign_in_link(link=link, at=later(at, minutes=29))
        == cast.adults["mother"]
    )
    assert delivery_actions.use_sign_in_link(link=link, at=later(at, minutes=29)) is None


# --- Pages' reads -------------------------------------------------------------------------------


def test_board_and_work_take_as_many_queries_for_one_child_as_for_many(
    cast, follow_up, at, django_assert_num_queries
):
    at = later(at, days=9)
    with django_assert_num_queries(4):
        board = queries.board(classes=SchoolClass.objects.all(), at=at)
        assert board.total == 4
    with django_assert_num_queries(1):
        assert len(list(queries.board(classes=SchoolClass.objects.none(), at=at).rows)) == 0


def test_the_ladder_shows_each_step(cast, follow_up, at):
    found = queries.ladder(cast.students["mengyao"], later(at, days=9))
    assert [(step.kind, step.is_taken) for step in found.steps] == [
        ("ask", True),
        ("ask_again", True),
        ("other_way", False),
        ("other_adult", True),
        ("teacher", True),
    ]
    assert found.adult == cast.adults["mother"]
    assert found.adult_place == "昆山"


def test_upcoming_tells_who_is_left_out_and_why(cast, asked, sms, at):
    Guardianship.objects.filter(adult=cast.adults["other_mother"]).update(
        ends_on=timezone.localdate(at) - timedelta(days=1)
    )
    groups = queries.upcoming(schools=type(cast.school).objects.filter(pk=cast.school.pk), at=at)
    assert [name for group in groups for name in group.adult_names] == ["王芳"]
    assert [one.cause for group in groups for one in group.left_out] == ["not_guardian"]


def test_plans_are_made_by_joins_that_need_no_statistics(cast, at):
    """Right after a first roster the planner knows nothing: loops within loops took minutes."""
    plans: list[str] = []

    def explain(execute, sql, params, many, context):
        if sql.lstrip().startswith("INSERT INTO messaging_checkinplan"):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        actions.ensure_plans(at=at)
    assert plans
    assert "Nested Loop" not in plans[0].replace("Disabled Nodes", "")
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)


def test_a_new_question_closes_the_older_one_of_that_adult_and_nobody_elses(cast, asked, at):
    CheckIn.objects.update(state=CheckIn.State.NOT_YET, next_step_at=None)
    CheckInPlan.objects.exclude(student__in=both(cast, "")).update(ended_on=timezone.localdate(at))
    others = CheckIn.objects.exclude(adult=asked.adult).filter(first=None)
    actions.ask_due_check_ins(at=later(at, days=7))
    assert CheckIn.objects.filter(adult=asked.adult).count() == 2
    asked.refresh_from_db()
    assert asked.state == CheckIn.State.CLOSED
    assert set(others.values_list("state", flat=True)) == {CheckIn.State.NOT_YET}


def test_a_brothers_question_does_not_end_a_ladder_that_is_still_climbing(cast, at):
    """A birthday, or a talk with one child only, moves brother and sister to different days."""
    actions.ensure_plans(at=at)
    mengyao, xiaobao = cast.students["mengyao"], cast.students["xiaobao"]
    two = CheckInPlan.objects.filter(student__in=[mengyao, xiaobao])
    CheckInPlan.objects.exclude(pk__in=two).update(ended_on=timezone.localdate(at))
    two.filter(student=xiaobao).update(next_due_on=timezone.localdate(at) + timedelta(days=2))
    evening = timezone.localtime(at).replace(hour=18, minute=45)
    for day in range(15):
        actions.climb_ladders(at=later(evening, days=day))
        actions.ask_due_check_ins(at=later(evening, days=day))
    told = dict(FollowUp.objects.values_list("student", "opened_at"))
    assert told.keys() == {mengyao.pk, xiaobao.pk}
    assert told[mengyao.pk] <= later(evening, days=7)
    assert told[xiaobao.pk] <= later(evening, days=2 + 7)


def only(cast, name, at):
    """End every plan but this child's; return the plan."""
    CheckInPlan.objects.exclude(student=cast.students[name]).update(ended_on=timezone.localdate(at))
    return CheckInPlan.objects.get(student=cast.students[name])


@pytest.mark.parametrize("is_paused", [True, False])
def test_a_pause_holds_back_the_open_question_and_asks_it_afterwards(
    cast, sms, gateway, at, is_paused
):
    """A death in the family: nobody is asked again, and nobody is told that they did not answer."""
    actions.ensure_plans(at=at)
    plan = only(cast, "haitao", at)
    actions.ask_due_check_ins(at=at)
    asked = CheckIn.objects.get()
    until = timezone.localdate(at) + timedelta(days=3)
    if is_paused:
        actions.set_rhythm(
            plan=plan, own_every_days=None, paused_until=until, paused_reason="家里有丧事",
            by=cast.users["teacher"], at=at,
        )  # fmt: skip
    OutboxMessage.objects.update(due_at=at)
    dispatch.drain()
    assert bool(gateway.taken) is not is_paused
    climb_daily(at, 1, 3)
    assert (sent_for([asked.pk]).count() == 1) is is_paused
    asked.refresh_from_db()
    assert (asked.state == "closed") is is_paused
    plan.refresh_from_db()
    due_on = until + timedelta(days=1) if is_paused else timezone.localdate(at) + timedelta(days=7)
    assert plan.next_due_on == due_on


@pytest.mark.parametrize("has_left", [True, False])
def test_nobody_is_asked_again_about_a_child_that_has_left(cast, sms, gateway, at, has_left):
    actions.ensure_plans(at=at)
    only(cast, "haitao", at)
    actions.ask_due_check_ins(at=at)
    asked = CheckIn.objects.get()
    if has_left:
        yesterday = timezone.localdate(at) - timedelta(days=1)
        Enrolment.objects.filter(student=cast.students["haitao"]).update(ends_on=yesterday)
        actions.ensure_plans(at=at)
    OutboxMessage.objects.update(due_at=at)
    dispatch.drain()
    assert bool(gateway.taken) is not has_left
    climb_daily(at, 1, 8)
    assert (sent_for([asked.pk]).count() == 1) is has_left
    assert FollowUp.objects.exists() is not has_left
