"""The yearly check in which each adult says whether what the school knows about them is still right."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from core.prepared import Question, prepared
from guardians import actions
from guardians.models import Adult, ContactPoint, DetailsCheck, Guardianship
from guardians.queries import current_guardianships
from schools.queries import years_begun

PHONE, PLACE, CARER = "phone", "place", "carer"


def year_starts(school_ids: Collection[int], on: date) -> dict[int, date]:
    """Return school → the first day of its current school year."""
    return dict(_years(school_ids=school_ids, on=on))


def year_questions(adults: Collection[Adult], on: date) -> list[Question]:
    """Return the queries that `year_starts` and `confirmed_adults` make."""
    return [
        _years.question(school_ids={one.school_id for one in adults}, on=on),
        _confirmed.question(adult_ids=[one.pk for one in adults]),
    ]


@prepared
def _years(*, school_ids, on) -> QuerySet[Any]:
    return years_begun(school_ids, on).values_list("school_id", "starts_on")


def confirmed_adults(adults: Collection[Adult], on: date) -> set[int]:
    """Return the adults who have confirmed their details this year; two queries."""
    starts = year_starts({one.school_id for one in adults}, on)
    return {
        adult_id
        for adult_id, school_id, year in _confirmed(adult_ids=[one.pk for one in adults])
        if starts.get(school_id) == year
    }


@prepared
def _confirmed(*, adult_ids) -> QuerySet[Any]:
    rows = DetailsCheck.objects.filter(adult__in=adult_ids, confirmed_at__isnull=False)
    return rows.values_list("adult_id", "school_id", "year_starts_on")


def _check(adult: Adult, on: date) -> DetailsCheck:
    year = year_starts([adult.school_id], on).get(adult.school_id, date(on.year, 1, 1))
    check, _ = DetailsCheck.objects.select_for_update().get_or_create(
        adult=adult, year_starts_on=year, defaults={"school_id": adult.school_id}
    )
    return check


@transaction.atomic
def confirm(*, adults: Collection[Adult], at: datetime, on: date) -> None:
    """Record that everything is still right, at every school that knows this person.

    Calling it again changes nothing.
    """
    for adult in adults:
        check = _check(adult, on)
        if check.confirmed_at is None:
            check.confirmed_at = at
            check.save(update_fields=["confirmed_at"])


@transaction.atomic
def add_phone(
    *,
    adults: Collection[Adult],
    address: str,
    as_written: str,
    is_proved: bool,
    by: User,
    at: datetime,
    on: date,
) -> None:
    """Add a number that the adult gives.

    The teacher sees that it is new, and the adult's other numbers are notified.

    `is_proved` means that a code sent to the number came back: then it signs in and is tried before the
    others. The old numbers stay until somebody says that they no longer belong to the adult.
    """
    for adult in adults:
        point = adult.contact_points.filter(address=address).first()
        if point is None:
            point = actions.add_contact_point(
                adult=adult,
                kind=ContactPoint.Kind.PHONE,
                address=address,
                as_written=as_written,
                by=by,
            )
            _tell_teacher(adult, PHONE, as_written, on)
        if is_proved:
            actions.let_sign_in(point=point, how=ContactPoint.SignsInBy.CODE, by=by, at=at)
            ContactPoint.objects.filter(pk=point.pk).update(priority=0)


@transaction.atomic
def change_place(
    *,
    adults: Collection[Adult],
    is_away: bool,
    place: str,
    work: str,
    shift: str,
    shift_since: date | None = None,
    by: User,
    on: date,
) -> None:
    """Record where the adult lives from today on; the earlier place ends yesterday."""
    for adult in adults:
        actions.set_whereabouts(
            adult=adult,
            is_away=is_away,
            place=place,
            work=work,
            shift=shift,
            shift_since=shift_since,
            starts_on=on,
            by=by,
        )
        _tell_teacher(adult, PLACE, place, on)


@transaction.atomic
def ask_for_carer(*, adults: Collection[Adult], words: str, on: date) -> None:
    """Tell the teacher who, in the adult's words, cares for the child now.

    One adult alone does not decide this: the teacher asks, and then records it.
    """
    for adult in adults:
        _tell_teacher(adult, CARER, words, on)


def _tell_teacher(adult: Adult, what: str, words: str, on: date) -> None:
    check = _check(adult, on)
    if [what, words] in check.changes and check.settled_at is None:
        return
    check.changes = [*check.changes, [what, words[:200]]]
    kinds = dict.fromkeys([*check.asks_teacher.split(), what]) if not check.settled_at else [what]
    check.asks_teacher = " ".join(kinds)
    check.settled_at = check.settled_by = None
    check.save()


@transaction.atomic
def settle(*, check: DetailsCheck, by: User, at: datetime) -> None:
    """Record that a teacher has read the changes and done what was needed."""
    locked = DetailsCheck.objects.select_for_update().get(pk=check.pk)
    if locked.settled_at is None:
        locked.settled_at, locked.settled_by = at, by
        locked.save(update_fields=["settled_at", "settled_by"])


def carers_of(student_ids: Collection[int], on: date) -> dict[int, list[Guardianship]]:
    """Return student → who cares at home, without blocked adults; one query."""
    found: dict[int, list[Guardianship]] = {}
    rows = (
        current_guardianships(on)
        .filter(
            student_id__in=student_ids,
            kind=Guardianship.Kind.CARER,
            adult__blocked_at=None,
        )
        .select_related("adult")
    )
    for row in rows:
        found.setdefault(row.student_id, []).append(row)
    return found
