"""Lines on a family's card where parents away and carers at home say that they talked."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.addresses import address
from core.prepared import Question, prepared
from guardians.clock.rules import DENIAL_COVERS_DAYS, SIDES, Side
from guardians.family_lines import FamilyLine
from guardians.models import Contact, ContactDenial, Guardianship
from guardians.queries import approachable_parents_away, current_migrations

ASKED_ORDER, OFFERED_ORDER = 60, 70
HOME = [said_by for said_by, side in SIDES.items() if side is Side.HOME]


def talk_lines(held: Sequence[Guardianship], on: date) -> dict[int, FamilyLine]:
    """Return, by child, a weekly question to a carer at home, or a link for a parent away.

    `held` are the reader's own guardianships. Four queries for any number.
    """
    children = {row.student_id for row in held}
    pairs = set(_pairs_away(student_ids=children, on=on))
    at_home = set(_at_home(adult_ids={row.adult_id for row in held}, on=on))
    # Children about whom a carer or the school has said this week whether they talked.
    since = _first_day(on)
    talks = _talks_told(student_ids=children, since=since)
    told = {*talks, *_denials_told(student_ids=children, since=since)}
    lines: dict[int, FamilyLine] = {}
    for row in held:
        url = address("family_calls:talked", row.student_id)
        if (row.student_id, row.adult_id) in pairs:
            lines[row.student_id] = FamilyLine(
                _("Already talked? Tell us"), url, "talk", order=OFFERED_ORDER
            )
            continue
        # The same rule as guardians.queries.is_at_home, for many adults at once.
        cares = (
            row.adult_id in at_home
            if row.kind == Guardianship.Kind.PARENT
            else row.kind in Guardianship.CARING
        )
        has_other_away = any(
            child == row.student_id and adult != row.adult_id for child, adult in pairs
        )
        if cares and has_other_away and row.student_id not in told:
            words = _("Did they talk with a parent this week?")
            lines.setdefault(
                row.student_id,
                FamilyLine(words, url, "talk", _("Tell"), is_due=True, order=ASKED_ORDER),
            )
    return lines


def talk_questions(
    student_ids: Collection[int], adult_ids: Collection[int], on: date
) -> list[Question]:
    """Return the prepared queries that `talk_lines` runs, for `ask_together`.

    It runs these if the adults may know about all these children.
    """
    told = {"student_ids": student_ids, "since": _first_day(on)}
    return [
        _pairs_away.question(student_ids=student_ids, on=on),
        _at_home.question(adult_ids=adult_ids, on=on),
        _talks_told.question(**told),
        _denials_told.question(**told),
    ]


@prepared
def _pairs_away(*, student_ids, on) -> QuerySet[Any]:
    away = approachable_parents_away(on).filter(student_id__in=student_ids)
    return away.values_list("student_id", "adult_id")


@prepared
def _at_home(*, adult_ids, on) -> QuerySet[Any]:
    rows = current_migrations(on).filter(adult_id__in=adult_ids, is_away=False)
    return rows.values_list("adult_id", flat=True)


def _first_day(on: date) -> date:
    return on - timedelta(days=DENIAL_COVERS_DAYS - 1)


@prepared
def _talks_told(*, student_ids, since) -> QuerySet[Any]:
    rows = Contact.objects.filter(student_id__in=student_ids, reported_by__in=HOME)
    rows = rows.filter(happened_on__gte=since, retracted_at=None)
    return rows.values_list("student_id", flat=True)


@prepared
def _denials_told(*, student_ids, since) -> QuerySet[Any]:
    rows = ContactDenial.objects.filter(student_id__in=student_ids, said_by__in=HOME)
    return rows.filter(said_on__gte=since).values_list("student_id", flat=True)
