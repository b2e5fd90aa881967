"""Acts around a family: blocks, answers, tasks, calls, what is written down by mistake."""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls import actions as call_actions
from calls import messages as call_messages
from calls.joining import actions as joining
from calls.queries import next_call_of
from calls.work import work_for as calls_for
from classroom import actions as classroom
from classroom.leave import actions as leave_actions
from classroom.leave.queries import own_leave
from classroom.pictures.policies import Reader, pictures_of_family, weeks_of_family
from classroom.queries import marks_on
from classroom.weeks import actions as week_actions
from classroom.work import work_for as classroom_for
from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch, links
from delivery.models import OutboxMessage, SignInLink
from guardians import actions as guardians
from guardians.blocking import actions as blocking
from guardians.care import actions as care
from guardians.models import Adult, CareGap, Contact
from guardians.nearby import actions as nearby
from guardians.policies import students_of_family
from messaging import actions
from messaging.actions.follow_ups import close_where_talked
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp, Reminder
from messaging.queries.work import work_for
from nights import actions as nights
from nights.models import Asking
from nights.presenters import chain_of
from nights.queries import nights_of
from safeguarding.models import Concern
from safeguarding.reports import actions as report_actions
from schools.models import School
from students.models import Barrier
from students.policies import students_visible_to
from tests.factories.calls import make_phone, make_slot, offer_calls
from tests.factories.cast import Cast
from tests.factories.classroom import make_mark, make_request
from tests.factories.leave import agreed, make_leave, school_days
from tests.factories.nights import make_nearby
from tests.factories.outbox import standing
from tests.factories.reports import make_report
from tests.factories.school_life import add_picture, agree, draft_week
from tests.inverses.scenes import Seen, takes_back

BOTH = ("mengyao", "xiaobao")


def asked_mother(cast: Cast, at) -> CheckIn:
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    return CheckIn.objects.get(adult=cast.adults["mother"])


def said(cast: Cast, answer: str) -> dict[int, str]:
    return {cast.students[name].pk: answer for name in BOTH}


def open_task(cast: Cast, at) -> FollowUp:
    child = cast.students["mengyao"]
    return FollowUp.objects.create(
        school=cast.school, student=child, cause=FollowUp.Cause.NO_ANSWER, opened_at=at
    )


def on_today(cast: Cast, at) -> bool:
    """Whether 徐梦瑶's family stands on her teacher's Today as not reached."""
    rows = work_for(cast.users["teacher"], at)
    return cast.students["mengyao"].pk in [row.student_id for row in rows]


# --- Blocks -------------------------------------------------------------------------------------------


@takes_back("guardians.blocking.actions.unblock_adult")
def a_blocked_adults_sign_in_link_opens_nothing(cast: Cast) -> Seen:
    """Not by the link that was sent before, nor by one asked for now; unblocked, the first one opens."""
    mother, at = cast.adults["mother"], timezone.now()
    phone, principal = mother.contact_points.get().address, cast.users["principal"]
    delivery_actions.queue_sign_in_link(phone=phone, at=at)
    link = SignInLink.objects.get()
    url = reverse(
        "family:use_link", args=[links.sign_in_token_for(link_id=link.pk, adult_id=mother.pk)]
    )

    def opens() -> bool:
        client = Client()
        client.post(url)
        return "_auth_user_id" in client.session

    blocking.block_adult(adult=mother, reason="法院保护令", by=principal, at=at)
    yield opens(), False
    yield delivery_actions.use_sign_in_link(link=link, at=at), None
    delivery_actions.queue_sign_in_link(phone=phone, at=at)
    yield SignInLink.objects.count(), 1
    mother.refresh_from_db()
    blocking.unblock_adult(adult=mother, by=principal, at=at)
    yield opens(), True
    yield opens(), False  # used up


@takes_back("guardians.blocking.actions.unblock_adult")
def a_blocked_adult_sees_no_child(cast: Cast) -> Seen:
    mother, at = cast.adults["mother"], timezone.now()
    on, by = timezone.localdate(at), cast.users["principal"]

    def sees() -> set[str]:
        rows = students_of_family(cast.users["mother"], on)
        return {name for name in BOTH if cast.students[name] in rows}

    yield sees(), set(BOTH)
    blocking.block_adult(adult=mother, reason="法院保护令", by=by, at=at)
    yield sees(), set()
    mother.refresh_from_db()
    blocking.unblock_adult(adult=mother, by=by, at=at)
    yield sees(), set(BOTH)


@takes_back("guardians.blocking.actions.unblock_adult", "safeguarding.reports.actions.lift")
def unblocking_lifts_no_barrier_that_a_report_holds(cast: Cast) -> Seen:
    """The mother teaches next door. Her block bars her from the file; then a report names her there, too."""
    mother, colleague = cast.adults["mother"], cast.users["next_teacher"]
    at, by, child = timezone.now(), cast.users["principal"], cast.students["mengyao"]
    Adult.objects.filter(pk=mother.pk).update(user=colleague)
    mother.refresh_from_db()
    barriers = Barrier.objects.filter(user=colleague, student=child, lifted_at=None)
    blocking.block_adult(adult=mother, reason="法院保护令", by=by, at=at)
    yield barriers.count(), 1
    report = make_report(cast, users=[colleague], at=at + timedelta(minutes=1))
    mother.refresh_from_db()
    later = at + timedelta(minutes=2)
    blocking.unblock_adult(adult=mother, by=by, at=later)
    yield barriers.count(), 1
    for suspect in report.suspects.filter(lifted_at=None):
        report_actions.lift(suspect=suspect, by=by, reason="查清", at=later)
    mother.refresh_from_db()
    blocking.unblock_adult(adult=mother, by=by, at=later)
    yield Adult.objects.get(pk=mother.pk).is_blocked, False


@takes_back("guardians.blocking.actions.unblock_adult")
def the_barriers_that_came_with_a_block_go_with_it(cast: Cast) -> Seen:
    mother, colleague = cast.adults["mother"], cast.users["counsellor"]
    at, by = timezone.now(), cast.users["principal"]
    on, child = timezone.localdate(at), cast.students["mengyao"]
    Adult.objects.filter(pk=mother.pk).update(user=colleague)
    mother.refresh_from_db()
    visible = students_visible_to(colleague, on).filter(pk=child.pk)
    yield visible.exists(), True
    blocking.block_adult(adult=mother, reason="法院保护令", by=by, at=at)
    yield students_visible_to(colleague, on).filter(pk=child.pk).exists(), False
    mother.refresh_from_db()
    blocking.unblock_adult(adult=mother, by=by, at=at)
    yield students_visible_to(colleague, on).filter(pk=child.pk).exists(), True


# --- Answers and tasks --------------------------------------------------------------------------------


@takes_back("messaging.actions.follow_ups.reopen_follow_up")
def the_teacher_said_talked_and_takes_it_back(cast: Cast) -> Seen:
    """The task stands on Today again, and no later round takes the withdrawn talk for one."""
    at, teacher = timezone.now(), cast.users["teacher"]
    asked_mother(cast, at)
    task = open_task(cast, at)
    yield on_today(cast, at), True
    actions.close_follow_up(follow_up=task, by=teacher, outcome="talked", words="通上了", at=at)
    yield (on_today(cast, at), Contact.objects.filter(retracted_at=None).count()), (False, 1)
    actions.reopen_follow_up(follow_up=task, by=teacher, at=at)
    close_where_talked(at=at)
    yield (on_today(cast, at), Contact.objects.filter(retracted_at=None).count()), (True, 0)


@takes_back("messaging.actions.reminders.reopen_reminder")
def a_teacher_has_done_what_a_colleague_asked_and_takes_it_back(cast: Cast) -> Seen:
    at, teacher, child = timezone.now(), cast.users["teacher"], cast.students["mengyao"]
    actions.remind_teacher(student=child, by=cast.users["principal"], at=at)
    reminder = Reminder.objects.get(student=child)
    yield on_today(cast, at), True
    actions.close_reminder(reminder=reminder, by=teacher, at=at)
    yield on_today(cast, at), False
    actions.reopen_reminder(reminder=reminder)
    yield on_today(cast, at), True


@takes_back("messaging.actions.answers.undo")
def a_family_said_talked_and_takes_it_back(cast: Cast) -> Seen:
    """The teacher's task, which the talk closed, is open again; so is the plan's next question."""
    at = timezone.now()
    question = asked_mother(cast, at)
    open_task(cast, at - timedelta(hours=1))
    plan = CheckInPlan.objects.get(student=cast.students["mengyao"])
    CheckInPlan.objects.update(next_due_on=timezone.localdate(at) + timedelta(days=5))

    def due_in() -> int:
        plan.refresh_from_db()
        return (plan.next_due_on - question.due_on).days

    yield on_today(cast, at), True
    talked = {"check_in": question, "answers": said(cast, "talked"), "at": at}
    actions.answer(key="k1", **talked)
    yield (on_today(cast, at), due_in()), (False, 7)
    actions.undo(check_in=question, key="u1", at=at)
    close_where_talked(at=at)
    yield (on_today(cast, at), due_in()), (True, 7)


@takes_back("messaging.actions.answers.undo")
def a_not_yet_that_was_taken_back_does_not_count(cast: Cast) -> Seen:
    """After the third "not yet" the teacher helps: a wrong tap between brings nobody to the door."""
    at = timezone.now()
    question = asked_mother(cast, at)

    def tap(key: str) -> int:
        actions.answer(check_in=question, key=key, answers=said(cast, "not_yet"), at=at)
        question.refresh_from_db()
        actions.climb_ladders(at=max(at, question.next_step_at))
        return FollowUp.objects.count()

    yield tap("k1"), 0
    yield tap("k2"), 0
    actions.undo(check_in=question, key="u1", at=at)
    question.refresh_from_db()
    yield question.not_yet_count, 1
    yield tap("k3"), 0
    yield tap("k4"), len(BOTH)


@takes_back("messaging.actions.plans.resume_asking")
def a_childs_pause_is_ended_early(cast: Cast) -> Seen:
    at, teacher = timezone.now(), cast.users["teacher"]
    actions.ensure_plans(at=at)
    plan = CheckInPlan.objects.get(student=cast.students["haitao"])
    lines = CheckInLine.objects.filter(student=plan.student)
    until = timezone.localdate(at) + timedelta(days=5)
    actions.set_rhythm(
        plan=plan, own_every_days=None, paused_until=until, paused_reason="住院", by=teacher, at=at
    )
    actions.ask_due_check_ins(at=at)
    yield lines.count(), 0
    actions.resume_asking(plan=plan, by=teacher)
    actions.ask_due_check_ins(at=at)
    yield lines.count(), 1


@takes_back("guardians.actions.opt_in")
def an_adult_wants_no_messages_and_then_wants_them(cast: Cast) -> Seen:
    """What waits is not sent, nobody asks them; opted in again, the next question is theirs."""
    at, mother = clock.now(), cast.adults["mother"]
    asked_mother(cast, at)
    message = OutboxMessage.objects.get(adult=mother)
    guardians.opt_out(adult=mother, at=at)
    dispatch.drain()
    message.refresh_from_db()
    yield (message.state, message.cause), ("suppressed", "opted_out")
    CheckIn.objects.all().delete()

    def is_asked() -> bool:
        CheckInPlan.objects.update(next_due_on=timezone.localdate(at))
        actions.ask_due_check_ins(at=at)
        return CheckIn.objects.filter(adult=mother).exists()

    yield is_asked(), False
    guardians.opt_in(adult=mother)
    yield is_asked(), True


@takes_back("guardians.care.actions.end_left_alone")
def a_child_is_written_down_as_alone_and_not_alone(cast: Cast) -> Seen:
    at, child, teacher = timezone.now(), cast.students["mengyao"], cast.users["teacher"]
    on = timezone.localdate(at)
    gaps = CareGap.objects.filter(student=child, closed_at=None)
    yield gaps.count(), 0
    care.write_left_alone(student=child, starts_on=on, words="奶奶住院", by=teacher, at=at)
    yield gaps.count(), 1
    care.end_left_alone(student=child, ends_on=on - timedelta(days=1), by=teacher, at=at)
    care.note_care_gaps(at=at)
    yield gaps.count(), 1  # that day itself counts as a day alone
    tomorrow = at + timedelta(days=1)
    care.note_care_gaps(at=tomorrow)
    yield gaps.count(), 0


# --- Requests of both sides ---------------------------------------------------------------------------


@takes_back("classroom.actions.requests.reopen_request")
def a_request_to_the_family_is_closed_and_opened_again(cast: Cast) -> Seen:
    at, teacher = timezone.now(), cast.users["teacher"]
    overdue = make_request(cast, days=0, at=at - timedelta(days=2))
    waiting = make_request(cast, days=5, at=at)

    def asks() -> tuple[bool, bool]:
        """The one on the teacher's Today, the other in what would be sent to the mother."""
        keys = [row.key for row in classroom_for(teacher, at)]
        is_told = f"request:{waiting.pk}:asked" in standing(at)
        return any(key.startswith("request") for key in keys), is_told

    yield asks(), (True, True)
    for request in (overdue, waiting):
        classroom.close_request(request=request, by=teacher, at=at)
    yield asks(), (False, False)
    for request in (overdue, waiting):
        classroom.reopen_request(request=request, by=teacher, at=at)
    yield asks(), (True, True)


@takes_back("calls.actions.cancel")
def a_call_is_cancelled_and_booked_again(cast: Cast) -> Seen:
    """The child has it or not; the mother is told that it is off, or that it is soon."""
    at, teacher = timezone.now(), cast.users["teacher"]
    child = cast.students["mengyao"]
    slot = make_slot(
        offer_calls(cast.school), child, cast.adults["mother"], at + timedelta(minutes=40)
    )

    def seen() -> tuple[bool, set[str]]:
        call_messages.queue_reminders(at=at)
        mine = {key.split(":")[2] for key in standing(at)} & {"soon", "off"}
        return next_call_of(child, at) is not None, mine

    yield seen(), (True, {"soon"})
    call_actions.cancel(slot_id=slot.pk, cancelled_by="staff", at=at, by=teacher)
    yield seen(), (False, {"off"})
    call_actions.mark(slot_id=slot.pk, state="booked", by=teacher, at=at)
    yield seen(), (True, {"soon"})


@takes_back("calls.joining.actions.dial_instead")
def a_parent_is_rung_for_a_call_and_dials_after_all(cast: Cast) -> Seen:
    """At the minute it rings or not."""
    at = timezone.now()
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    slot = make_slot(
        make_phone(cast.school, rings_at="+869355112233"),
        cast.students["mengyao"],
        cast.adults["mother"],
        at + timedelta(minutes=40),
    )

    def rings() -> bool:
        with transaction.atomic():
            new = joining.ring(at=slot.starts_at)
            transaction.set_rollback(True)
        return bool(new)

    yield rings(), False
    joining.agree(slot_id=slot.pk, at=at)
    yield rings(), True
    joining.dial_instead(slot_id=slot.pk, at=at)
    yield rings(), False
    joining.agree(slot_id=slot.pk, at=at)
    yield rings(), True


@takes_back("calls.actions.reopen_wish")
def a_wish_for_a_call_is_settled_and_opened_again(cast: Cast) -> Seen:
    at, teacher = timezone.now(), cast.users["teacher"]
    wish = call_actions.tell_none_fits(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        words="夜班",
        key=uuid4(),
        at=at,
    )

    def asks() -> bool:
        return cast.students["mengyao"].pk in [row.student_id for row in calls_for(teacher, at)]

    yield asks(), True
    call_actions.settle_wish(wish_id=wish.pk, by=teacher, at=at)
    yield asks(), False
    call_actions.reopen_wish(wish_id=wish.pk)
    yield asks(), True


@takes_back("messaging.actions.occasions.unmark_date")
def a_childs_date_is_marked_and_unmarked(cast: Cast) -> Seen:
    """Nobody is asked sooner because of a date that was marked by mistake."""
    at, teacher, child = timezone.now(), cast.users["teacher"], cast.students["mengyao"]
    actions.ensure_plans(at=at)
    on = timezone.localdate(at)
    plan = CheckInPlan.objects.get(student=child)
    CheckInPlan.objects.update(next_due_on=on + timedelta(days=20))
    day = on + timedelta(days=1)

    def brought_forward() -> int:
        with transaction.atomic():  # each look at a date is remembered: not this one
            actions.bring_forward(at=at)
            found = CheckInPlan.objects.filter(pk=plan.pk, next_due_on=on).count()
            transaction.set_rollback(True)
        return found

    yield brought_forward(), 0
    marked = actions.mark_date(school=cast.school, student=child, on=day, label="考试", by=teacher)
    yield brought_forward(), 1
    actions.unmark_date(marked=marked)
    yield brought_forward(), 0


def leave_seen(cast: Cast, at) -> tuple[list[str], list[str], list[str]]:
    """What attendance says of today and tomorrow, what the asker reads, and what the teacher is asked."""
    child, on = cast.students["mengyao"], timezone.localdate(at)
    days = (on, on + timedelta(days=1))
    marks = [marks_on([child.pk], day).get(child.pk) for day in days]
    own = own_leave([cast.adults["grandmother"].pk], on)
    asked = [
        item.act_label
        for item in classroom_for(cast.users["teacher"], at)
        if item.key.startswith("leave-")
    ]
    return [mark.kind if mark else "" for mark in marks], [row.state for row in own], asked


@takes_back("classroom.leave.actions.take_back")
def leave_is_agreed_to_by_mistake(cast: Cast) -> Seen:
    at, days = clock.now(), school_days(cast)
    make_mark(cast)
    leave = make_leave(cast, "grandmother", ends_on=days[1])
    waits = (["absent", ""], ["asked"], ["同意"])
    yield leave_seen(cast, at), waits
    agreed(cast, leave)
    yield leave_seen(cast, at), (["leave", "leave"], ["agreed"], [])
    leave_actions.take_back(leave=leave, by=cast.users["teacher"], at=at)
    yield leave_seen(cast, at), waits
    agreed(cast, leave)
    yield leave_seen(cast, at), (["leave", "leave"], ["agreed"], [])


@takes_back("classroom.leave.actions.withdraw")
def a_family_takes_its_request_for_leave_back(cast: Cast) -> Seen:
    at = clock.now()
    leave = make_leave(cast, "grandmother")
    yield leave_seen(cast, at), (["", ""], ["asked"], ["同意"])
    leave_actions.withdraw(leave=leave, at=at)
    yield leave_seen(cast, at), (["", ""], [], [])
    make_leave(cast, "grandmother")
    yield leave_seen(cast, at), (["", ""], ["asked"], ["同意"])


@takes_back("classroom.weeks.actions.take_back")
def a_week_is_taken_back_and_sent_again(cast: Cast) -> Seen:
    """What the mother reads, sees and is told of the week of the class."""
    at, on, mother = clock.now(), timezone.localdate(), cast.adults["mother"]
    agree(cast)
    week = draft_week(cast)
    add_picture(cast, week)

    def seen() -> tuple[int, int, int]:
        reader = Reader(mother.user_id, [mother.pk])
        told = [one for one in standing(at + timedelta(hours=1)).values() if one.adult == mother]
        return (
            weeks_of_family([mother.pk], on).count(),
            pictures_of_family(reader, on).count(),
            len(told),
        )

    yield seen(), (0, 0, 0)
    week_actions.send_week(week=week, seen=week_actions.as_shown(week), at=at)
    yield seen(), (1, 1, 1)
    week_actions.take_back(week=week, at=at)
    yield seen(), (0, 0, 0)
    week_actions.send_week(week=week, seen=week_actions.as_shown(week), at=at)
    yield seen(), (1, 1, 1)


@takes_back("guardians.nearby.actions.take_back_agreement")
def a_parent_no_longer_agrees_to_somebody_near_by(cast: Cast) -> Seen:
    """Seen by the one who presses the button: who is asked to come."""
    row = make_nearby(cast, "李婶", "+8613893510051", agreed_at=None, agreed_how="", agreed_by=None)

    def asked_first() -> str:
        return chain_of(cast.students["mengyao"], clock.now(), with_carer=False)[0].name

    nobody = asked_first()
    mother = cast.adults["mother"]
    nearby.agree(row=row, parent=mother, how="page", by=None, at=clock.now())
    yield asked_first(), "李婶"
    nearby.take_back_agreement(row=row)
    yield asked_first(), nobody


@takes_back("nights.actions.answer")
def a_neighbour_cannot_come_after_all(cast: Cast) -> Seen:
    """Seen by the mother, on her page, and by the person on duty."""
    make_nearby(cast, "李婶", "+8613893510051")
    at = clock.now()
    night = nights.start(
        student=cast.students["mengyao"], reason="hospital", by=cast.users["teacher"], at=at
    )
    asking = Asking.objects.get()
    client = Client()
    client.force_login(cast.users["mother"])

    def mother_reads_her_name() -> bool:
        text = client.get(f"/f/tonight/{night.student_id}/").content.decode()
        return "李婶陪着孩子" in text or "李婶 is with the child" in text

    def duty_was_told() -> bool:
        return Concern.objects.filter(source="night").exists()

    for is_yes in (True, False):
        found = nights_of(asking, at)
        nights.answer(asking=asking, nights=found, is_yes=is_yes, how="page", at=at)
        yield (mother_reads_her_name(), duty_was_told()), (is_yes, not is_yes)
