"""The line on a family's card about questions to answer at home."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.days import day_and_month
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from schools.models import holds_on
from schools.policies import today_in
from surveys import links
from surveys.asked import asked_among, pairs_between
from surveys.models import Round, Seat
from surveys.pulses import family as pulses
from surveys.pulses.policies import carer_questions
from surveys.studies.policies import studies_asking, study_questions
from surveys.studies.presenters import LINE_ORDER, line_words

ORDER = 7  # after waiting notices


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult] | Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return the rounds that wait for one of these adults, on the card of the child they are about."""
    lines: dict[int, list[FamilyLine]] = {pk: [] for pk in student_ids}
    if not student_ids:
        return lines
    keys, on = [adult.pk for adult in adults], timezone.localdate(at)
    for pk, own in pulses.family_lines(student_ids, list(adults), at).items():
        lines[pk] += own
    for study, pk, said in studies_asking(student_ids, adults, on):
        text, button = line_words(study, said)
        url = reverse("family_surveys:study", args=[study.pk, pk])
        line = FamilyLine(text=text, url=url, icon="ask", button=button, order=LINE_ORDER)
        lines[pk].append(line)
    children: dict[Round, set[int]] = defaultdict(set)
    for row in _running(student_ids=student_ids, on=on):
        children[row].add(row.child_id)
    finished = _finished(student_ids=student_ids, adult_ids=keys, on=on)
    for round_, of_round in children.items():
        instrument, school = round_.edition.instrument, round_.school
        there = [adult for adult in adults if adult.school_id == school.pk]
        adult_ids = [adult.pk for adult in there]
        # Each step narrows the next query: nobody who has answered is looked up again.
        done = {(adult, child) for key, adult, child in finished if key == round_.pk}
        left = {child for child in of_round for pk in adult_ids if (pk, child) not in done}
        ties = pairs_between(left, adult_ids, instrument, today_in(school, at))
        asked = asked_among({child for _adult, child in ties}, instrument, school, at)
        pairs = {(adult, child) for adult, child in ties if child in asked} - done
        day = {"day": day_and_month(round_.due_on)}
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
    """Return the first queries of `family_lines`, to be run together with others."""
    on, keys = timezone.localdate(at), [one.pk for one in adults]
    return [
        *carer_questions(keys),
        *study_questions(student_ids, on),
        _running.question(student_ids=student_ids, on=on),
        _finished.question(student_ids=student_ids, adult_ids=keys, on=on),
    ]


@prepared
def _running(*, student_ids, on) -> QuerySet[Round]:
    """Select rounds at home for the classes of these children, one row for each child (`child_id`)."""
    rows = Round.objects.filter(
        _runs_at_home(on),
        holds_on(on, "classes__enrolments__"),
        classes__enrolments__student_id__in=student_ids,
    )
    rows = rows.annotate(child_id=F("classes__enrolments__student_id"))
    return rows.select_related("school", "edition")


@prepared
def _finished(*, student_ids, adult_ids, on) -> QuerySet[Any]:
    """Select finished forms of rounds that are still running."""
    rows = Seat.objects.filter(
        _runs_at_home(on, "round__"), student_id__in=student_ids, adult_id__in=adult_ids
    )
    return rows.filter(finished_at__isnull=False).values_list("round_id", "adult_id", "student_id")


def _runs_at_home(on: date, prefix: str = "") -> Q:
    facts = {"how": Round.How.HOME, "closed_at": None, "due_on__gte": on}
    return Q(**{f"{prefix}{name}": value for name, value in facts.items()})
