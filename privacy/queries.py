"""Reads of families' consent decisions, for one page at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from guardians.models import Adult, Guardianship
from privacy import rules
from privacy.models import Consent, ConsentAsk, PupilWord, Purpose
from privacy.policies import askable, deciders, students_allowing
from privacy.texts import version_of
from students.models import Student

CHILD_PURPOSES = tuple(one for one in Purpose.values if one not in rules.OF_THE_ADULT)


@dataclass(frozen=True)
class Standing:
    """One purpose for one child (or for the adult's own data if `student` is None): the adult's decision, and
    whether the adults' decisions allow it.

    The family does not learn what the pupil decided.
    """

    student: Student | None
    adult_id: int
    purpose: str
    word: Consent | None
    is_allowed: bool

    @property
    def is_to_be_asked(self) -> bool:
        word = rules.Word(self.word.decision, self.word.text_version) if self.word else None
        return rules.is_to_be_asked(word, version_of(self.purpose))


def standings_of(adults: Collection[Adult], on: date) -> list[Standing]:
    """Return all questions that these adults (records of one person) may decide; four queries."""
    mine = {one.pk for one in adults}
    held = list(
        deciders(on)
        .filter(adult_id__in=mine)
        .select_related("student")
        .order_by("student__born_on", "pk")
    )
    children = {row.student_id: row for row in held}
    deciding: dict[int, set[int]] = {}
    rows = deciders(on).filter(student_id__in=children).order_by()
    for student_id, adult_id in rows.values_list("student_id", "adult_id"):
        deciding.setdefault(student_id, set()).add(adult_id)
    caring = askable(Purpose.CARER, on).filter(adult_id__in=mine).order_by("pk")
    own = {
        Purpose.OTHER_PARENT: [r.adult_id for r in held if r.kind == Guardianship.Kind.PARENT],
        Purpose.CARER: list(caring.values_list("adult_id", flat=True)),
    }
    said_ever = Consent.objects.filter(
        Q(student_id__in=children) | Q(student=None, adult_id__in=mine)
    )
    latest = said_ever.order_by("student_id", "adult_id", "purpose", "-at", "-pk").distinct(
        "student_id", "adult_id", "purpose"
    )
    words = {(one.student_id, one.adult_id, one.purpose): one for one in latest}
    found = []
    for row in children.values():
        for purpose in CHILD_PURPOSES:
            said = [words.get((row.student_id, pk, purpose)) for pk in deciding[row.student_id]]
            plain = [rules.Word(one.decision, one.text_version) for one in said if one]
            word = words.get((row.student_id, row.adult_id, purpose))
            is_allowed = rules.is_allowed(plain, purpose, version_of(purpose))
            found.append(Standing(row.student, row.adult_id, purpose, word, is_allowed))
    for purpose, adult_ids in own.items():
        for adult_id in dict.fromkeys(adult_ids):
            word = words.get((None, adult_id, purpose))
            plain = [rules.Word(word.decision, word.text_version)] if word else []
            is_allowed = rules.is_allowed(plain, purpose, version_of(purpose))
            found.append(Standing(None, adult_id, purpose, word, is_allowed))
    return found


def history_of(adults: Collection[Adult]) -> QuerySet[Consent]:
    """Return every decision of one person, latest first."""
    rows = Consent.objects.filter(adult__in=adults)
    return rows.select_related("student", "adult", "recorded_by").order_by("-at", "-pk")


def consents_about(student: Student) -> QuerySet[Consent]:
    """Return every decision about one child, and its family's adults' about their own data, latest first."""
    parents = Guardianship.objects.filter(student=student).values("adult_id")
    rows = Consent.objects.filter(Q(student=student) | Q(student=None, adult_id__in=parents))
    return rows.select_related("adult", "recorded_by").order_by("-at", "-pk")


def allowed_purposes(student: Student, on: date) -> set[str]:
    return {
        purpose
        for purpose in Purpose.values
        if students_allowing(purpose, on).filter(pk=student.pk).exists()
    }


def open_asks(student: Student) -> set[str]:
    """Return the purposes for which we asked the family with the current text."""
    rows = ConsentAsk.objects.filter(student=student)
    return {row.purpose for row in rows if row.text_version == version_of(row.purpose)}


def pupil_word(student: Student, purpose: str) -> rules.Word | None:
    """Return the child's own latest decision."""
    rows = PupilWord.objects.filter(student=student, purpose=purpose)
    last = rows.values_list("decision", "text_version").first()
    return rules.Word(*last) if last else None
