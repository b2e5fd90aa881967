"""One child, one file (一人一档) on paper: the same fields as on the child's page, with the same number of
queries for any number of children.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.days import full_day
from core.phones import readable
from doors.staff.next_questions import next_questions
from guardians import presenters as family_words
from guardians.families import contacts_between, families_of
from guardians.legal_status import legal_status_of
from guardians.models import Contact, ContactPoint, Guardianship
from guardians.queries import FamilyFacts, FamilyMember
from guardians.rules import age_on
from schools.models import School
from schools.policies import today_in
from schools.queries import term_on
from students.forms import SECTIONS
from students.law import LawMark, law_of
from students.models import Enrolment, Student
from students.presenters import class_lines, class_words, left_words, section_lines
from students.queries import departure_of, enrolments_of_many

QUESTIONS_SHOWN = 3
CONTACTS_SHOWN = 60  # in one term, on one child's whole file
ON_ONE_PAGE = ("identity", "address", "journey", "health", "wish")


@dataclass(frozen=True)
class Part:
    """A heading with its lines, and `law` if the law requires it."""

    title: str
    lines: tuple[str, ...]
    law: LawMark | None = None


@dataclass(frozen=True)
class Person:
    """An adult of the family; for a blocked adult, without contact details."""

    called: str
    name: str
    where: str
    phones: tuple[str, ...]
    last_talk: str
    standing: str


@dataclass(frozen=True)
class FileSheet:
    name: str
    line: str
    strengths: str
    school: str
    parts: list[Part]
    people: list[Person]
    legal: list[str]
    questions: list[str]
    talks_words: str
    talks: list[tuple[str, str, str]] = field(default_factory=list)  # day, with whom, how


@dataclass(frozen=True)
class Known:
    """One child's share of what is read for many children at once."""

    student: Student
    enrolled: Sequence[Enrolment]
    family: FamilyFacts
    members: list[FamilyMember]
    talks: Sequence[Contact]
    on: date


def known_of(students: Collection[Student], at: datetime) -> Iterator[Known]:
    """Yield one for each of `students`, in their order; seven queries, and one more for each school."""
    ids = [student.pk for student in students]
    enrolled, families = enrolments_of_many(ids), families_of(ids)
    talks: dict[int, list[Contact]] = {}
    for school in {student.school for student in students}:
        own = [student.pk for student in students if student.school_id == school.pk]
        talks |= contacts_between(own, *term_of(school, at))
    for student in students:
        on, family = today_in(student.school, at), families[student.pk]
        members = family.members(on)
        yield Known(student, enrolled[student.pk], family, members, talks.get(student.pk, ()), on)


def term_of(school: School, at: datetime) -> tuple[date, date]:
    """Return the first and last day of this term so far; between terms, of the last half year."""
    on = today_in(school, at)
    term = term_on(school, on)
    return (term.starts_on if term else date.fromordinal(on.toordinal() - 182)), on


def sheet(known: Known, *, is_whole: bool, more: Sequence[Part] = ()) -> FileSheet:
    """Return the sheet of one child. `more` are parts that follow those of the file."""
    student = known.student
    keys = tuple(SECTIONS) if is_whole else ON_ONE_PAGE
    status = legal_status_of(student, known.members, known.on)
    # 三年级2班，2026年9月1日起，9 岁
    born_on, left = student.born_on, departure_of(known.enrolled)
    line = class_lines(known.enrolled, known.on)
    questions = next_questions(student, known.members) if left is None else []
    if left:
        line.append(left_words(left, known.on))
    if born_on:
        years = age_on(born_on, known.on)
        line.append(ngettext("%(n)d year old", "%(n)d years old", years) % {"n": years})
    return FileSheet(
        name=student.name,
        line=_(", ").join(line),
        strengths=student.strengths,
        school=student.school.name,
        parts=[
            # What nobody has recorded yet is printed as an empty line, to be filled in by hand.
            *(
                Part(str(SECTIONS[key].title), section_lines(student, key), law_of(key))
                for key in keys
                if key != "strengths"
            ),
            *(_past_parts(known) if is_whole else []),
            *more,
        ],
        people=[_person(member, known.on) for member in one_for_each_adult(known.members)],
        legal=family_words.legal_words(status, known.members, student),
        questions=[question.words for question in questions[:QUESTIONS_SHOWN]],
        talks_words=ngettext(
            "%(n)d talk with a parent this term",
            "%(n)d talks with a parent this term",
            len(known.talks),
        )
        % {"n": len(known.talks)},
        talks=[
            (
                full_day(row.happened_on),
                row.adult.name,
                f"{family_words.contact_word(row.kind)} {family_words.minutes_words(row.minutes)}".strip()
                or str(row.get_reported_by_display()),
            )
            for row in known.talks[: CONTACTS_SHOWN if is_whole else 0]
        ],
    )


def _past_parts(known: Known) -> list[Part]:
    parts = [Part(_("Classes"), tuple(map(class_words, known.enrolled)))]
    carers = [row for row in known.family.held if row.kind == Guardianship.Kind.CARER]
    lines = []
    for row in sorted(carers, key=lambda row: row.starts_on, reverse=True):
        text = (
            _("%(since)s to %(until)s: %(who)s") if row.ends_on else _("since %(since)s: %(who)s")
        )
        days = {"since": full_day(row.starts_on), "until": full_day(row.ends_on)}
        lines.append(text % {**days, "who": row.adult.name})
    parts.append(Part(_("Who has cared for the child"), tuple(lines), law_of("carer")))
    for member in known.members:
        if member.is_parent and not member.adult.is_blocked:
            moves = [row for row in known.family.moves if row.adult_id == member.adult.pk]
            title = _("Where %(who)s has lived") % {"who": family_words.called(member.guardianship)}
            lived = tuple(family_words.whereabouts_lines(moves))
            parts.append(Part(title, lived, law_of("where")))
    return parts


def one_for_each_adult(members: Sequence[FamilyMember]) -> list[FamilyMember]:
    """List each adult once, such as a mother who is also the carer."""
    return list({member.adult.pk: member for member in reversed(members)}.values())[::-1]


def _person(member: FamilyMember, on: date) -> Person:
    adult = member.adult
    is_quiet = adult.is_blocked or not adult.may_be_asked_about
    shift = str(adult.get_shift_display()) if adult.shift else ""
    where = family_words.place_words(member.migration, on) if member.is_parent else ""
    return Person(
        called=family_words.called(member.guardianship),
        name=adult.name,
        where="" if adult.is_blocked else _(", ").join(filter(None, [where, shift])),
        phones=() if is_quiet else phones_of(member),
        last_talk="" if is_quiet or not member.is_parent else family_words.said_words(member, on),
        standing=family_words.standing_words(adult),
    )


def phones_of(member: FamilyMember) -> tuple[str, ...]:
    """Return the numbers that nobody has disputed."""
    points = [
        point
        for point in member.ways
        if point.address and not point.disputed_at and point.kind in ContactPoint.TYPED
    ]
    return tuple(readable(p.address) if p.address.startswith("+") else p.address for p in points)
