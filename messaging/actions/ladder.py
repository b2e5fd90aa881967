"""asked → asked again → a task for the teacher; any talk or answer stops the climb."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery

from guardians.queries import last_contact_on, usable_contact_points
from messaging import rules
from messaging.actions.asking import hours_of, message_for
from messaging.actions.follow_ups import close_where_talked, open_follow_ups
from messaging.models import CheckIn, CheckInLine, FollowUp, OutboxMessage

CLIMBS_AT_ONCE = 1000  # rows of one transaction


def climb_ladders(*, at: datetime) -> int:
    """Takes the next step of every check-in whose time has come. Safe to run twice at once."""
    close_where_talked(at=at)
    climbed = 0
    while True:
        with transaction.atomic():
            check_ins = _due(at)
            if not check_ins:
                return climbed
            _climb(check_ins, at)
            climbed += len(check_ins)


def _due(at: datetime) -> list[CheckIn]:
    return list(
        CheckIn.objects.filter(next_step_at__lte=at)
        .annotate(last_point_id=_last_contact_point(), has_open_line=Exists(_lines_to_ask()))
        .select_related("adult")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_step_at", "pk")[:CLIMBS_AT_ONCE]
    )


def _last_contact_point() -> Subquery:
    sent = OutboxMessage.objects.filter(check_in_id=OuterRef("pk")).order_by("-step")
    return Subquery(sent.values("contact_point_id")[:1])


def _lines_to_ask():
    """Children of a check-in who have not talked with a parent in this rhythm."""
    lines = CheckInLine.objects.filter(check_in_id=OuterRef("pk")).exclude(
        answer__in=["talked", "need_help"]
    )
    lines = lines.annotate(talked_on=last_contact_on("student_id"))
    rhythm_began_on = ExpressionWrapper(
        F("check_in__due_on") - F("student__check_in_plan__every_days"), output_field=DateField()
    )
    return lines.annotate(began_on=rhythm_began_on).filter(
        Q(talked_on=None) | Q(talked_on__lte=F("began_on")) | Q(began_on=None)
    )


def _climb(check_ins: Sequence[CheckIn], at: datetime) -> None:
    other_points = _other_points(check_ins)
    messages: list[OutboxMessage] = []
    for_teachers: list[CheckIn] = []
    for check_in in check_ins:
        if not check_in.has_open_line:  # type: ignore[attr-defined]  # annotated
            check_in.state, check_in.next_step_at = CheckIn.State.CLOSED, None
            continue
        rung = rules.next_rung(check_in.state, check_in.not_yet_count)
        if rung == rules.Rung.ASK_AGAIN:
            messages.append(_ask_again(check_in, other_points.get(check_in.adult_id), at))
        elif rung == rules.Rung.TELL_TEACHER:
            for_teachers.append(check_in)
        else:
            check_in.next_step_at = None
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    _tell_teachers(for_teachers, at)
    CheckIn.objects.bulk_update(
        check_ins, ["state", "step", "next_step_at", "expires_at"], batch_size=CLIMBS_AT_ONCE
    )


def _other_points(check_ins: Sequence[CheckIn]) -> dict[int, int]:
    """For each adult a working way other than the one used last, where there is one."""
    used = {
        check_in.last_point_id  # type: ignore[attr-defined]  # annotated
        for check_in in check_ins
    }
    points = usable_contact_points().filter(
        adult_id__in=[check_in.adult_id for check_in in check_ins], failing_since=None
    )
    others: dict[int, int] = {}
    for adult_id, pk in points.values_list("adult_id", "pk"):
        if pk not in used:
            others.setdefault(adult_id, pk)
    return others


def _ask_again(check_in: CheckIn, point_id: int | None, at: datetime) -> OutboxMessage:
    hours = hours_of(check_in.adult)
    due_at = rules.next_evening(hours, at)
    check_in.state = CheckIn.State.ASKED_AGAIN
    check_in.step += 1
    check_in.next_step_at = rules.evening_after(hours, due_at, rules.TELL_TEACHER_AFTER_DAYS)
    check_in.expires_at = max(
        check_in.expires_at, due_at + timedelta(days=rules.CHECK_IN_LINK_DAYS)
    )
    return message_for(check_in, step=check_in.step, due_at=due_at, contact_point_id=point_id)


def _tell_teachers(check_ins: Sequence[CheckIn], at: datetime) -> None:
    cause_of = {}
    for check_in in check_ins:
        is_not_yet = check_in.state == CheckIn.State.NOT_YET
        cause_of[check_in.pk] = FollowUp.Cause.NOT_YET if is_not_yet else FollowUp.Cause.NO_ANSWER
        if not is_not_yet:
            check_in.state = CheckIn.State.NOBODY_REACHED
        check_in.next_step_at = None
    lines = CheckInLine.objects.filter(check_in__in=check_ins)
    lines = lines.exclude(answer__in=["talked", "need_help"])
    open_follow_ups(
        [
            FollowUp(
                school_id=line.school_id,
                student_id=line.student_id,
                check_in_id=line.check_in_id,
                cause=cause_of[line.check_in_id],
                opened_at=at,
            )
            for line in lines
        ]
    )
