"""What a referral hands over, part by part, as the child's file and the case have it at that moment.

Only ticked parts are read. Preview and letter are the same package, and what was handed over is kept
encrypted as it was.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.days import full_day
from core.phones import readable
from counselling.cases import queries as case_queries
from counselling.cases.actions import open_words
from counselling.models import Case, CaseSession, Note, Referral
from counselling.plans.policies import still_theirs
from counselling.plans.presenters import who_words, words_of
from counselling.plans.queries import running_plan, shown_measures
from guardians.models import ContactPoint, Guardianship
from guardians.presenters import relation_word
from guardians.queries import approachable, informed_guardianships, usable_contact_points
from safeguarding.models import Concern
from safeguarding.presenters import why
from safeguarding.queries import class_names, relations_of
from schools.models import School
from schools.policies import today_in

# Sources of concerns that another place may know of. All others stay at the school: what people said in
# confidence, and any source added later.
TOLD_SOURCES = (
    Concern.Source.FAMILY,
    Concern.Source.PUPIL,
    Concern.Source.STAFF,
    Concern.Source.CARE_GAP,
    Concern.Source.ALONE,
    Concern.Source.DANGER,
    Concern.Source.SURVEY,
)
# Written by the owner of the case and handed over in full: they may contain what a child, a neighbour or the
# other parent said.
WHOLE_NOTES = ("assessment", "goals")


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Package:
    """Everything on the paper.

    That is the addressee, the parts, the permission, what the child says and by when an answer is expected.
    """

    to: str
    sections: tuple[Section, ...]
    permission: tuple[str, ...]
    child_said: str
    answer_by: date | None


def _carers(case: Case, at: datetime) -> Iterable[str]:
    """Yield the people to reach and their working phone numbers.

    Nobody who is blocked, and no address of an adult.
    """
    held = informed_guardianships(today_in(case.school, at)).filter(
        approachable(), student=case.student, kind__in=Guardianship.RAISING
    )
    rows = list(held.select_related("adult").order_by("priority", "pk"))
    phones = defaultdict(list)
    points = usable_contact_points().filter(kind=ContactPoint.Kind.PHONE, failing_since=None)
    for one in points.filter(adult_id__in=[row.adult_id for row in rows]):
        phones[one.adult_id].append(readable(one.address))
    for row in rows:
        yield " ".join([relation_word(row.relation), row.adult.name, *phones[row.adult_id]])


def _health(case: Case, _at: datetime) -> Iterable[str]:
    student = case.student
    yield from filter(
        None, [student.illness, student.allergies, student.disability, student.health]
    )


def _day(case: Case, at: datetime) -> str:
    """Return the day with its year, because a letter is read later and elsewhere."""
    return full_day(today_in(case.school, at))


def _concerns(case: Case, _at: datetime) -> Iterable[str]:
    rows = list(case_queries.concerns_in(case).filter(source__in=TOLD_SOURCES))
    relations = relations_of(rows)
    return [f"{_day(case, row.opened_at)} {why(row, relations)}" for row in rows]


def _note(kind: str) -> Callable[[Case, datetime], Iterable[str]]:
    """Return a function that reads the latest note of that kind in full."""

    def read(case: Case, _at: datetime) -> Iterable[str]:
        note = case.notes.filter(kind=kind).order_by("-at").first()
        return [line for line in open_words(note).splitlines() if line.strip()] if note else []

    return read


def _agreed(case: Case, at: datetime) -> Iterable[str]:
    plan, on = running_plan(case), today_in(case.school, at)
    rows = still_theirs(shown_measures(plan), on) if plan else ()
    return [
        _("%(who)s: %(words)s") % {"who": who_words(row), "words": words_of(row) or "—"}
        for row in rows
    ]


@dataclass(frozen=True)
class Part:
    title: Any
    read: Callable[[Case, datetime], Iterable[str]]


# In the order of the letter. Every letter also names the child and what the school asks for.
PARTS: dict[str, Part] = {
    "carers": Part(gettext_lazy("Who cares for the child, and their phones"), _carers),
    "health": Part(gettext_lazy("Health, as the file has it"), _health),
    "concerns": Part(gettext_lazy("Why the school has looked"), _concerns),
    "assessment": Part(gettext_lazy("The assessment, in full"), _note(Note.Kind.ASSESSMENT)),
    "goals": Part(gettext_lazy("The goals, in full"), _note(Note.Kind.GOALS)),
    "talks": Part(
        gettext_lazy("Days of the talks held, without a word of them"),
        lambda case, _at: [
            _day(case, one.starts_at)
            for one in case.sessions.filter(state=CaseSession.State.HELD).order_by("starts_at")
        ],
    ),
    "agreed": Part(gettext_lazy("What family, school and village do"), _agreed),
}
ALWAYS = pgettext_lazy("heading of a letter", "The child")
ASKED = pgettext_lazy("heading of a letter", "What we ask of you")


def permission_lines(referral: Referral, ground_words: str) -> list[str]:
    """Return who agreed, how and when; or the legal ground and why it applies.

    For the letter and for the record.
    """
    if referral.ground:
        return [
            _("Without consent: %(ground)s") % {"ground": referral.get_ground_display()},
            ground_words,
        ]
    if referral.consent_by is not None:
        facts = {
            "name": referral.consent_by.name,
            "how": referral.get_consent_how_display(),
            "day": full_day(referral.consent_on),
        }
        return [_("%(name)s agreed on %(day)s (%(how)s)") % facts]
    return []


def build(
    referral: Referral, words: Mapping[str, Any], at: datetime, receiver: School | None = None
) -> Package:
    """Return exactly what is handed over.

    `words` are those of actions.words_in; `receiver` is the school to which it is sent online.

    Raise KeyMissing or Tampered if a ticked note cannot be opened.
    """
    case, chosen = referral.case, set(referral.parts)
    assert case is not None  # noqa: S101 - from us there is one (constraint)
    student = case.student
    child = [student.name]
    if student.born_on:
        child.append(_("born %(day)s") % {"day": full_day(student.born_on)})
    if name := class_names([student.pk], at).get(student.pk):
        child.append(f"{case.school.name} {name}")
    found = [
        Section(str(ALWAYS), tuple(child)),
        Section(str(ASKED), tuple(line for line in words["asks"].splitlines() if line.strip())),
    ]
    for key, part in PARTS.items():
        if key in chosen:
            lines = tuple(part.read(case, at))
            found.append(Section(str(part.title), lines or (_("Nothing on record."),)))
    return Package(
        to=_("%(school)s, for its counsellors") % {"school": receiver.name}
        if receiver
        else referral.place_name,
        sections=tuple(found),
        permission=tuple(permission_lines(referral, words.get("ground", ""))),
        child_said=str(referral.get_child_said_display()),
        answer_by=referral.due_on,
    )


def as_kept(package: Package) -> dict[str, Any]:
    """Return the package as JSON, to be read by `of_kept`."""
    by = package.answer_by
    return {
        "to": package.to,
        "sections": [[one.title, list(one.lines)] for one in package.sections],
        "permission": list(package.permission),
        "child_said": package.child_said,
        "answer_by": by.isoformat() if by else None,
    }


def of_kept(kept: Mapping[str, Any]) -> Package:
    by = kept["answer_by"]
    return Package(
        to=kept["to"],
        sections=tuple(Section(title, tuple(lines)) for title, lines in kept["sections"]),
        permission=tuple(kept["permission"]),
        child_said=kept["child_said"],
        answer_by=date.fromisoformat(by) if by else None,
    )


def digest_of(package: Package) -> str:
    """Return a digest by which a page tells which package its reader saw.

    It covers to whom it goes, what it says, and with which permission.
    """
    said = json.dumps(as_kept(package), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
