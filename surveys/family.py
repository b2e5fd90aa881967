"""The line on a family's card about questions to answer at home."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from schools.policies import today_in
from students.queries import current_enrolments
from surveys import links
from surveys.asked import asked_among, kinds_of, ties_between
from surveys.models import Round, Seat
from surveys.pulses import family as pulses
from surveys.pulses.policies import carer_questions
from surveys.studies.policies import asked_now, studies_asking
from surveys.studies.presenters import LINE_ORDER, line_words

ORDER = 7  # behind notices that wait


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult] | Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """A round that waits for one of these adults, on the card of the child it is about."""
    lines: dict[int, list[FamilyLine]] = {pk: [] for pk in student_ids}
    if not student_ids:
        return lines
    for pk, own in pulses.family_lines(student_ids, list(adults), at).items():
        lines[pk] += own
    for study, pk, said in studies_asking(student_ids, adults, timezone.localdate(at)):
        text, button = line_words(study, said)
        url = reverse("family_surveys:study", args=[study.pk, pk])
        line = FamilyLine(text=text, url=url, icon="ask", button=button, order=LINE_ORDER)
        lines[pk].append(line)
    running = _running(student_ids=student_ids, on=timezone.localdate(at))
    classes: dict[int, list[int]] = defaultdict(list)
    for round_id, class_id in _classes(round_ids=[one.pk for one in running]) if running else ():
        classes[round_id].append(class_id)
    for round_ in running:
        instrument, school = round_.edition.instrument, round_.school
        there = [adult for adult in adults if adult.school_id == school.pk]
        adult_ids = [adult.pk for adult in there]
        ties = ties_between(
            student_ids=student_ids,
            adult_ids=adult_ids,
            kinds=kinds_of(instrument),
            on=today_in(school, at),
        )
        # The adults are known already: only the children are looked up.
        asked = asked_among(student_ids, classes[round_.pk], instrument, school, at)
        done = set(_finished(round_id=round_.pk, adult_ids=adult_ids))
        pairs = {(tie.adult_id, tie.student_id) for tie in ties if tie.student_id in asked} - done
        day = {"day": date_format(round_.due_on, "MONTH_DAY_FORMAT")}
        for adult in there:
            for pk in student_ids:
                if (adult.pk, pk) in pairs:
                    line = FamilyLine(
                        text=_("The school has a few questions for you, until %(day)s") % day,
                        url=links.path_for(round_.pk, adult.pk),
                        icon="ask",
                        button=_("Answer them"),
                        is_due=True,
                        order=ORDER,
                    )
                    lines[pk].append(line)
    return lines


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """What `family_lines` asks first."""
    on, keys = timezone.localdate(at), [one.pk for one in adults]
    return [
        *carer_questions(keys),
        asked_now.question(student_ids=student_ids, on=on),
        _running.question(student_ids=student_ids, on=on),
    ]


@prepared
def _running(*, student_ids, on) -> QuerySet[Round]:
    """Rounds at home of the classes that these children are in."""
    held = current_enrolments(on).filter(student_id__in=student_ids)
    rows = Round.objects.filter(
        how=Round.How.HOME,
        closed_at=None,
        due_on__gte=on,
        classes__in=held.values("school_class_id"),
    )
    return rows.select_related("school", "edition").distinct()


@prepared
def _classes(*, round_ids) -> QuerySet[Any]:
    return Round.classes.through.objects.filter(round_id__in=round_ids).values_list(
        "round_id", "schoolclass_id"
    )


@prepared
def _finished(*, round_id, adult_ids) -> QuerySet[Any]:
    rows = Seat.objects.filter(round_id=round_id, adult_id__in=adult_ids, finished_at__isnull=False)
    return rows.values_list("adult_id", "student_id")
