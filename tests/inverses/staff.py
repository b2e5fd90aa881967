"""Acts of the school: turns on duty, cases, concerns, tasks."""

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.utils import timezone

from classroom.actions import observing
from classroom.queries.family import good_news
from core import clock
from counselling import work as concern_work
from counselling.cases import actions as case_actions
from counselling.cases import policies as case_policies
from counselling.plans import actions as plan_actions
from delivery.models import OutboxMessage
from safeguarding import actions as concern_actions
from safeguarding.ladder import rungs_of
from safeguarding.levels import triage
from safeguarding.models import Concern
from schools import putting_off
from schools.duty import actions as duty_actions
from schools.models import DutyTurn, Post
from schools.worklist import Lane, WorkItem
from students import actions as student_actions
from students import barriers
from students.models import Enrolment
from students.policies import students_visible_to
from tests.factories.cases import emergency_reader, make_case, reader, second_counsellor
from tests.factories.cast import Cast, at_two_schools, make_post
from tests.factories.classroom import make_note
from tests.factories.duty import put, taken_off
from tests.factories.outbox import standing
from tests.factories.plans import make_plan
from tests.inverses.scenes import Seen, takes_back

MONDAY = date(2026, 11, 23)
# Tuesday at three in the morning: Monday's night.
NIGHT = datetime(2026, 11, 24, 3, tzinfo=ZoneInfo("Asia/Shanghai"))


def called(cast: Cast, at: datetime) -> set[str]:
    """Who is called at the top of the ladder for 徐梦瑶, beside the principal."""
    concern = Concern(school=cast.school, student=cast.students["mengyao"])
    names = {user.pk: who for who, user in cast.users.items()}
    return {names[pk] for pk in rungs_of(concern, at)[-1]} - {"principal"}


def own_turn(cast: Cast, who: str) -> DutyTurn:
    return DutyTurn.objects.get(user=cast.users[who], off_at=None)


@takes_back("schools.duty.actions.take_off")
def a_turn_is_taken_off_before_it_begins(cast: Cast) -> Seen:
    yield called(cast, NIGHT), set()
    taken_off(cast, "next_teacher", MONDAY, "night", at=NIGHT - timedelta(days=2))
    yield called(cast, NIGHT), set()
    put(cast, "next_teacher", MONDAY, "night", at=NIGHT - timedelta(days=1))
    yield called(cast, NIGHT), {"next_teacher"}


@takes_back("schools.duty.actions.take_off")
def a_turn_is_taken_off_while_it_runs(cast: Cast) -> Seen:
    minute = timedelta(minutes=1)
    taken_off(cast, "next_teacher", MONDAY, "night", at=NIGHT)
    yield called(cast, NIGHT - minute), {"next_teacher"}
    yield called(cast, NIGHT), set()
    put(cast, "next_teacher", MONDAY, "night", at=NIGHT + 2 * minute)
    yield called(cast, NIGHT + minute), set()
    yield called(cast, NIGHT + 3 * minute), {"next_teacher"}


@takes_back("schools.duty.actions.give")
def a_turn_is_given_away_and_back(cast: Cast) -> Seen:
    admin, early = cast.users["admin"], NIGHT - timedelta(days=1)
    turn = put(cast, "next_teacher", MONDAY, "night", at=NIGHT - timedelta(days=7))
    yield called(cast, NIGHT), {"next_teacher"}
    duty_actions.give(turn=turn, user=cast.users["counsellor"], by=admin, at=early)
    yield called(cast, NIGHT), {"counsellor"}
    turn, user = own_turn(cast, "counsellor"), cast.users["next_teacher"]
    duty_actions.give(turn=turn, user=user, by=admin, at=early + timedelta(minutes=1))
    yield called(cast, NIGHT), {"next_teacher"}


@takes_back("schools.duty.actions.swap")
def two_turns_are_swapped_and_back(cast: Cast) -> Seen:
    first, second, week = "next_teacher", "counsellor", NIGHT - timedelta(days=7)
    put(cast, first, MONDAY, "night", at=week)
    put(cast, second, MONDAY + timedelta(days=1), "night", at=week)
    for minutes, nights in ((0, (second, first)), (1, (first, second))):
        duty_actions.swap(
            turn=own_turn(cast, first),
            other=own_turn(cast, second),
            by=cast.users["admin"],
            at=NIGHT - timedelta(days=1) + timedelta(minutes=minutes),
        )
        yield called(cast, NIGHT), {nights[0]}
        yield called(cast, NIGHT + timedelta(days=1)), {nights[1]}


def reads(user, case, at: datetime) -> bool:
    return case_policies.cases_visible_to(user, at).filter(pk=case.pk).exists()


@takes_back("counselling.cases.actions.hand_over")
def a_case_is_handed_to_a_reader_and_back(cast: Cast) -> Seen:
    """The leave to read ended when the case became hers: handed back, she does not read on by it."""
    at, first, second = timezone.now(), cast.users["counsellor"], second_counsellor(cast)
    case = make_case(cast, at)
    reader(case, second, at)
    yield (reads(first, case, at), reads(second, case, at)), (True, True)
    case_actions.hand_over(case=case, by=first, to=second, at=at)
    yield (reads(first, case, at), reads(second, case, at)), (False, True)
    case_actions.hand_over(case=case, by=second, to=first, at=at)
    yield (reads(first, case, at), reads(second, case, at)), (True, False)


@takes_back("counselling.cases.actions.shut_out")
def somebody_is_let_in_and_shut_out(cast: Cast) -> Seen:
    at, owner, principal = timezone.now(), cast.users["counsellor"], cast.users["principal"]
    case = make_case(cast, at)
    yield (reads(principal, case, at), case_policies.may_agree(principal, case, at)), (False, False)
    leave = reader(case, principal, at)
    yield (reads(principal, case, at), case_policies.may_agree(principal, case, at)), (True, True)
    case_actions.shut_out(reader=leave, by=owner, at=at)
    yield (reads(principal, case, at), case_policies.may_agree(principal, case, at)), (False, False)


@takes_back("counselling.cases.actions.shut_out")
def who_reads_in_an_emergency_is_not_the_second_pair_of_eyes(cast: Cast) -> Seen:
    at, owner, principal = timezone.now(), cast.users["counsellor"], cast.users["principal"]
    case = make_case(cast, at)
    leave = emergency_reader(case, principal, at)
    told = OutboxMessage.objects.filter(user=owner, dedupe_key__startswith="emergency:")
    yield (reads(principal, case, at), told.count()), (True, 1)
    yield case_policies.may_agree(principal, case, at), False
    case_actions.shut_out(reader=leave, by=owner, at=at)
    yield reads(principal, case, at), False
    reader(case, principal, at)
    yield case_policies.may_agree(principal, case, at), True


@takes_back("schools.appointing.actions.end_post")
def a_counsellor_with_posts_at_two_schools(cast: Cast) -> Seen:
    """Teacher there, counsellor here: each post opens what it opens, and takes it along when it ends."""
    from schools.appointing.actions import end_post

    at, user = timezone.now(), at_two_schools(cast)
    on = timezone.localdate(at)
    here, there = (
        concern_actions.raise_worry(
            student=cast.students[child], by=cast.users[by], words="夜里不睡", is_urgent=False,
            at=at, key=str(uuid4()),
        )
        for child, by in (("mengyao", "teacher"), ("yuan", "far_teacher"))
    )  # fmt: skip

    def may() -> tuple[bool, bool]:
        return tuple(case_policies.may_open_case(user, one, at) for one in (here, there))

    yield may(), (True, False)
    case = case_actions.open_case(concern=here, by=user, at=at)
    yield case_policies.can_keep(user, case, at), True
    post = Post.objects.get(user=user, role="counsellor")
    end_post(post=post, ends_on=on - timedelta(days=1), by=cast.users["principal"])
    yield (may(), case_policies.can_keep(user, case, at)), ((False, False), False)
    make_post(user, "counsellor", school=cast.other_school)
    yield (may(), case_policies.can_keep(user, case, at)), ((False, True), False)
    make_post(user, "counsellor", school=cast.school)
    yield (may(), case_policies.can_keep(user, case, at)), ((True, True), True)


@takes_back("safeguarding.actions.reopen")
def a_concern_is_closed_and_opened_again(cast: Cast) -> Seen:
    """In the hands of the one who opened it, and on nobody else's Today."""
    second_counsellor(cast)
    at = timezone.now()
    concern = concern_actions.raise_worry(
        student=cast.students["mengyao"], by=cast.users["teacher"], words="总一个人待着",
        is_urgent=False, at=at, key=str(uuid4()),
    )  # fmt: skip

    def on_today() -> set[str]:
        names = ("counsellor", "second")
        return {name for name in names if concern_work.work_for(cast.users[name], at)}

    yield on_today(), {"counsellor", "second"}
    by = cast.users["counsellor"]
    concern_actions.close(concern=concern, by=by, closing="answered", words="谈过了", at=at)
    yield on_today(), set()
    concern_actions.reopen(concern=concern, by=by, words="又来了", at=at)
    yield on_today(), {"counsellor"}


@takes_back("counselling.plans.actions.untick")
def what_was_agreed_is_ticked_and_unticked(cast: Cast) -> Seen:
    """The mother's reminder is called off by the tick, and comes once more when that is taken back."""
    at = timezone.now()
    _plan, made = make_plan(cast, at)
    waiting = OutboxMessage.objects.filter(
        dedupe_key__startswith=f"agreed:{made['family'].pk}:before", state="due"
    )
    yield waiting.count(), 1
    plan_actions.tick(measure=made["family"], by_adult=cast.adults["mother"], at=at)
    yield waiting.count(), 0
    plan_actions.untick(measure=made["family"], at=at)
    yield waiting.count(), 1


@takes_back("students.barriers.lift_barrier")
def a_member_of_staff_is_barred_and_let_back(cast: Cast) -> Seen:
    teacher, child, at = cast.users["teacher"], cast.students["mengyao"], timezone.now()
    on, principal = timezone.localdate(at), cast.users["principal"]

    def seen() -> tuple[bool, bool]:
        concern = Concern(school=cast.school, student=child)
        rung = any(teacher.pk in one for one in rungs_of(concern, at))
        return students_visible_to(teacher, on).filter(pk=child.pk).exists(), rung

    yield seen(), (True, True)
    barrier = barriers.set_barrier(student=child, user=teacher, reason="x", by=principal, at=at)
    yield seen(), (False, False)
    barriers.lift_barrier(barrier=barrier, by=principal, at=at)
    yield seen(), (True, True)


@takes_back("students.actions.undo_leaving")
def a_child_leaves_by_mistake(cast: Cast) -> Seen:
    """Her teacher sees the child again, and the family is asked again."""
    from messaging import actions as messaging
    from messaging.models import CheckInPlan

    at, child, teacher = timezone.now(), cast.students["mengyao"], cast.users["teacher"]
    on = timezone.localdate(at)
    enrolment = Enrolment.objects.get(student=child)

    def seen() -> tuple[bool, bool]:
        messaging.ensure_plans(at=at)
        plans = CheckInPlan.objects.filter(student=child, ended_on=None)
        visible = students_visible_to(teacher, on).filter(pk=child.pk)
        return visible.exists(), plans.exists()

    yield seen(), (True, True)
    student_actions.leave_school(
        student=child, left_on=on - timedelta(days=1), reason="moved", left_to="", by=teacher
    )
    yield seen(), (False, False)
    enrolment.refresh_from_db()
    student_actions.undo_leaving(enrolment=enrolment, by=teacher)
    yield seen(), (True, True)


@takes_back("safeguarding.levels.triage.part")
def two_concerns_are_joined_and_parted(cast: Cast) -> Seen:
    """Joined, one waits for an adult; parted, both do again: the second in the hands of whoever parted it."""
    second_counsellor(cast)
    at, by = timezone.now(), cast.users["counsellor"]
    first, second = (
        concern_actions.raise_worry(
            student=cast.students["mengyao"], by=cast.users["teacher"], words=words,
            is_urgent=False, at=at, key=str(uuid4()),
        )
        for words in ("夜里不睡", "总一个人待着")
    )  # fmt: skip

    def on_today() -> dict[str, int]:
        names = ("counsellor", "second")
        return {name: len(concern_work.work_for(cast.users[name], at)) for name in names}

    yield on_today(), {"counsellor": 2, "second": 2}
    triage.join(concern=second, into=first, by=by, at=at)
    yield on_today(), {"counsellor": 1, "second": 1}
    second.refresh_from_db()
    triage.part(concern=second, by=cast.users["second"], at=at)
    yield on_today(), {"counsellor": 1, "second": 2}


@takes_back("classroom.actions.observing.retract", "classroom.actions.observing.restore")
def a_note_is_taken_back_and_restored(cast: Cast) -> Seen:
    """What the family is told of it follows both."""
    at, child, teacher = clock.now(), cast.students["mengyao"], cast.users["teacher"]
    note = make_note(cast, tell_family=True, at=at)

    def told() -> tuple[bool, int]:
        news = good_news([child.pk], at - timedelta(days=1))
        return bool(news.get(child.pk)), len(standing(at + timedelta(hours=1)))

    yield told(), (True, 2)
    observing.retract(notes=[note], by=teacher, at=at)
    yield told(), (False, 0)
    observing.restore(notes=[note], by=teacher, at=at)
    yield told(), (True, 2)


@takes_back("schools.putting_off.take_up_again")
def a_row_of_today_is_put_off_and_taken_up_again(cast: Cast) -> Seen:
    """For whoever put it off, and for nobody else."""
    at, teacher, other = timezone.now(), cast.users["teacher"], cast.users["principal"]
    on = timezone.localdate(at)
    item = WorkItem(
        key="follow-up-1", lane=Lane.NOT_REACHED, student_id=cast.students["mengyao"].pk,
        student_name="徐梦瑶", why="", since_at=at, act_label="", act_url="",
    )  # fmt: skip

    def shown() -> tuple[bool, bool]:
        return tuple(bool(putting_off.without_put_off([item], who, on)) for who in (teacher, other))

    yield shown(), (True, True)
    until = on + timedelta(days=2)
    putting_off.put_off(user=teacher, work_key=item.key, until_on=until, at=at)
    yield shown(), (False, True)
    putting_off.take_up_again(user=teacher, work_key=item.key)
    yield shown(), (True, True)
