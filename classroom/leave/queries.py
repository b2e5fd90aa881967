"""Queries for requests for leave. Callers pass in what the policies allow."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from classroom.leave.rules import SHOWN_AFTER_DAYS, Asked
from classroom.models import LeaveRequest
from core.phones import on_one_line
from core.prepared import Question, joined, prepared
from guardians.care.queries import known_to_care
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.presenters import called
from guardians.queries import (
    approachable,
    current_guardianships,
    is_informed,
    usable_contact_points,
)

WAITING = LeaveRequest.State.ASKED


@dataclass(frozen=True)
class Callee:
    """Another adult of the child whom the school may call to confirm the request."""

    adult_id: int
    who: str
    name: str
    number: str  # E.164; empty if none is known

    @property
    def phone(self) -> str:
        return on_one_line(self.number) if self.number else ""


def waiting_for(student_ids: Collection[int]) -> list[LeaveRequest]:
    """Return requests that are not decided yet, earliest first day first; one query."""
    return list(_waiting(student_ids=student_ids)) if student_ids else []


def waiting_questions(student_ids: Collection[int]) -> list[Question]:
    """Return the prepared queries that `waiting_for` runs, for `ask_together`."""
    return [_waiting.question(student_ids=student_ids)] if student_ids else []


@prepared
def _waiting(*, student_ids) -> QuerySet[LeaveRequest]:
    rows = LeaveRequest.objects.filter(student_id__in=student_ids, state=WAITING)
    rows = joined(rows.select_related("second"), "student__name", "adult__name")
    return rows.order_by("starts_on", "pk")


def asked_of(rows: Sequence[LeaveRequest], on: date) -> dict[int, Asked]:
    """Return, by request, the facts that a decision on that day depends on.

    One query for any number of requests, and one more if an adult is to fetch a child.
    """
    fetchers = {row.collector_id for row in rows if row.collector_id and row.state == WAITING}
    free: set[int] = set()
    if fetchers:
        found = Adult.objects.filter(approachable(""), pk__in=fetchers)
        free = set(found.values_list("pk", flat=True))
    known = _caring_pairs(
        student_ids={row.student_id for row in rows},
        adult_ids={row.adult_id for row in rows},
        on=on,
    )
    pairs = set(known)
    return {
        row.pk: Asked(
            is_waiting=row.state == WAITING,
            is_asker_known_to_care=(row.student_id, row.adult_id) in pairs,
            second_agrees=_word_of_second(row),
            is_fetcher_kept_away=row.collector_id in fetchers - free,
        )
        for row in rows
    }


def _word_of_second(row: LeaveRequest) -> bool | None:
    """Return the second adult's answer if it still counts, otherwise None.

    A yes no longer counts once the adult is blocked; a no always does.
    """
    if row.second is None or (row.second_agrees and not row.second.is_approachable):
        return None
    return row.second_agrees


@prepared
def _caring_pairs(*, student_ids, adult_ids, on) -> QuerySet[Any]:
    rows = known_to_care(on).filter(student_id__in=student_ids, adult_id__in=adult_ids)
    return rows.order_by().values_list("student_id", "adult_id")


def callees_of(rows: Iterable[LeaveRequest], on: date) -> dict[int, list[Callee]]:
    """Return, by request, the other adults of the child who may be called.

    Adults with a number come first, and among them those known to care for the child. Leave out anyone
    who is blocked, has died or is out of contact, and anyone who can only be reached on a number of the
    person asking, because that person would take the call. Leave out numbers shared with a blocked adult.
    Two queries.
    """
    rows = list(rows)
    held = list(_around(student_ids={row.student_id for row in rows}, on=on)) if rows else []
    numbers: dict[int, list[str]] = defaultdict(list)
    people = {row.adult_id for row in [*held, *rows]}
    for point in _phones(adult_ids=people) if held else ():
        numbers[point.adult_id].append(point.address)
    found: dict[int, list[Callee]] = {row.pk: [] for row in rows}
    by_child: dict[int, list[Guardianship]] = defaultdict(list)
    for tie in held:
        by_child[tie.student_id].append(tie)
    for row in rows:
        ties = sorted(
            by_child[row.student_id],
            key=lambda tie: (tie.adult_id not in numbers, not tie.cares),  # type: ignore[attr-defined]
        )
        seen = {row.adult_id}
        for tie in ties:
            theirs = numbers.get(tie.adult_id, [])
            others = [number for number in theirs if number not in numbers.get(row.adult_id, ())]
            if tie.adult_id not in seen and (others or not theirs):
                seen.add(tie.adult_id)
                number = others[0] if others else ""
                found[row.pk].append(Callee(tie.adult_id, called(tie), tie.adult.name, number))
    return found


@prepared
def _around(*, student_ids, on) -> QuerySet[Guardianship]:
    caring = known_to_care(on).filter(pk=OuterRef("pk"))
    rows = current_guardianships(on).filter(approachable(), student_id__in=student_ids)
    return rows.annotate(cares=Exists(caring)).select_related("adult").order_by("priority", "pk")


@prepared
def _phones(*, adult_ids) -> QuerySet[ContactPoint]:
    return usable_contact_points().filter(adult_id__in=adult_ids, kind=ContactPoint.Kind.PHONE)


def own_leave(adult_ids: Collection[int], on: date) -> list[LeaveRequest]:
    """Return the requests that these records of one person made and may still see, latest days first.

    Leave out children whom the person may not know about, or no longer.
    """
    return list(_own(adult_ids=adult_ids, on=on, since=on - timedelta(days=SHOWN_AFTER_DAYS)))


def any_on_cards(student_ids: Collection[int], on: date) -> bool:
    """Return whether `to_confirm` or `own_leave` might find anything to show on the cards of these children.

    Usually nobody has asked for leave, and then the two more expensive queries can be skipped.
    """
    return bool(_any_on_cards(student_ids=student_ids, on=on))


def family_questions(student_ids: Collection[int], on: date) -> list[Question]:
    """Return the prepared query that `any_on_cards` runs, for `ask_together`."""
    return [_any_on_cards.question(student_ids=student_ids, on=on)]


@prepared
def _any_on_cards(*, student_ids, on) -> QuerySet[Any]:
    rows = LeaveRequest.objects.filter(Q(state=WAITING) | Q(ends_on__gte=on))
    return rows.filter(student_id__in=student_ids).order_by().values_list("pk")[:1]


@prepared
def _own(*, adult_ids, on, since) -> QuerySet[LeaveRequest]:
    rows = LeaveRequest.objects.filter(
        is_informed(on), adult_id__in=adult_ids, adult__blocked_at=None, ends_on__gte=since
    )
    rows = rows.exclude(state=LeaveRequest.State.WITHDRAWN)
    rows = joined(rows, "student__name", "collector__name", "decided_by__name")
    return rows.order_by("-starts_on", "-pk")


def to_confirm(adult_ids: Collection[int], on: date) -> list[LeaveRequest]:
    """Return other people's requests that these records of one person are asked to confirm."""
    rows = list(_unconfirmed(adult_ids=adult_ids, on=on))
    seconds = seconds_of(rows, on)
    return [row for row in rows if not seconds[row.pk].isdisjoint(adult_ids)]


@prepared
def _unconfirmed(*, adult_ids, on) -> QuerySet[LeaveRequest]:
    own = current_guardianships(on).filter(
        student_id=OuterRef("student_id"), adult_id__in=adult_ids, may_see_file=True
    )
    rows = LeaveRequest.objects.filter(Exists(own), ~Q(adult_id__in=adult_ids), state=WAITING)
    rows = rows.filter(second_agrees=None, adult__blocked_at=None)
    rows = joined(rows, "student__name", "adult__name", "collector__name")
    return rows.order_by("starts_on", "pk")


def seconds_of(rows: Sequence[LeaveRequest], on: date) -> dict[int, set[int]]:
    """Return, by request, the adults who may confirm it by a tap.

    They are known to care for the child and see its file, while the person asking is not known to care
    for it. An adult who shares a number with the person asking does not count.
    """
    if not rows:
        return {}
    ties = list(_caring_ties(student_ids={row.student_id for row in rows}, on=on))
    numbers: dict[int, set[str]] = defaultdict(set)
    people = {row.adult_id for row in rows} | {adult for _child, adult, _sees in ties}
    for adult, address in _addresses(adult_ids=people):
        numbers[adult].add(address)
    known = {(child, adult) for child, adult, _sees in ties}
    found = {}
    for row in rows:
        is_known = (row.student_id, row.adult_id) in known
        found[row.pk] = {
            adult
            for child, adult, sees in ties
            if child == row.student_id
            and sees
            and not is_known
            and numbers[adult].isdisjoint(numbers[row.adult_id])
        }
    return found


@prepared
def _caring_ties(*, student_ids, on) -> QuerySet[Any]:
    rows = known_to_care(on).filter(student_id__in=student_ids).order_by()
    return rows.values_list("student_id", "adult_id", "may_see_file")


@prepared
def _addresses(*, adult_ids) -> QuerySet[Any]:
    rows = ContactPoint.objects.filter(adult_id__in=adult_ids).exclude(address="").order_by()
    return rows.values_list("adult_id", "address")


def agreed_with_blocked(on: date) -> QuerySet[LeaveRequest]:
    """Return agreed requests that are not over and of which an adult has been blocked since."""
    decided = F("decided_at")
    blocked = Q(adult__blocked_at__gte=decided) | Q(collector__blocked_at__gte=decided)
    blocked |= Q(second__blocked_at__gte=decided, second_agrees=True)
    agreed = LeaveRequest.objects.filter(state=LeaveRequest.State.AGREED, ends_on__gte=on)
    return agreed.filter(blocked).order_by("pk")


def standing_between(student_id: int, starts_on: date, ends_on: date) -> QuerySet[LeaveRequest]:
    """Return requests that are waiting or agreed for any of these days."""
    return LeaveRequest.objects.filter(
        student_id=student_id,
        state__in=LeaveRequest.STANDING,
        starts_on__lte=ends_on,
        ends_on__gte=starts_on,
    )


def collectors_of(student_id: int, adult: Adult, on: date) -> list[Guardianship]:
    """Return the adults who may be named as fetching the child.

    The person asking comes first, then the adults known to care for the child.
    """
    held = list(_around(student_ids={student_id}, on=on))
    one_each = {tie.adult_id: tie for tie in reversed(held)}
    ties = [tie for tie in one_each.values() if tie.adult_id == adult.pk or tie.cares]
    return sorted(ties, key=lambda tie: (tie.adult_id != adult.pk, tie.priority, tie.pk))
