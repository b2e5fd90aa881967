"""What a family's card says of questions that wait for an answer at home."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from guardians.family_lines import FamilyLine
from guardians.models import Adult
from students.queries import current_enrolments
from surveys import links
from surveys.models import Round, Seat

ORDER = 7  # behind notices that wait


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult] | Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """A round that waits for one of these adults, on the card of the child it is about."""
    lines: dict[int, list[FamilyLine]] = {pk: [] for pk in student_ids}
    on = timezone.localdate(at)
    held = current_enrolments(on).filter(student__in=student_ids)
    rounds = Round.objects.filter(
        how=Round.How.HOME,
        closed_at=None,
        due_on__gte=on,
        classes__in=held.values("school_class_id"),
    )
    running = list(rounds.select_related("school", "edition").distinct() if student_ids else [])
    for round_ in running:
        for adult in adults:
            if adult.school_id == round_.school_id:
                for pk in _waiting(round_, adult, at) & set(student_ids):
                    lines[pk].append(_line(round_, adult))
    return lines


def _waiting(round_: Round, adult: Adult, at: datetime) -> set[int]:
    asked = {form.student_id for form in links.forms_of(round_, adult, at)}
    seats = Seat.objects.filter(round=round_, adult=adult, finished_at__isnull=False)
    return asked - set(seats.values_list("student_id", flat=True))


def _line(round_: Round, adult: Adult) -> FamilyLine:
    day = date_format(round_.due_on, "MONTH_DAY_FORMAT")
    return FamilyLine(
        text=_("The school has a few questions for you, until %(day)s") % {"day": day},
        url=links.path_for(round_.pk, adult.pk),
        icon="ask",
        button=_("Answer them"),
        is_due=True,
        order=ORDER,
    )
