"""Dates and sections of a file in the reader's words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from accounts.history import changes_of
from core.addresses import address
from core.days import clock_time, days_ago, full_day, month_of, short_day, week_day
from students.forms import SECTIONS
from students.law import LawMark, law_of
from students.models import Enrolment, Student
from students.queries import departure_of, now_and_next

PICTURE_WORDS = {
    "sun": pgettext_lazy("picture", "Sun"),
    "moon": pgettext_lazy("picture", "Moon"),
    "fish": pgettext_lazy("picture", "Fish"),
    "tree": pgettext_lazy("picture", "Tree"),
    "boat": pgettext_lazy("picture", "Boat"),
    "kite": pgettext_lazy("picture", "Kite"),
    "apple": pgettext_lazy("picture", "Apple"),
    "star": pgettext_lazy("picture", "Star"),
    "house": pgettext_lazy("picture", "House"),
    "flower": pgettext_lazy("picture", "Flower"),
    "bird": pgettext_lazy("picture", "Bird"),
    "umbrella": pgettext_lazy("picture", "Umbrella"),
}


def moment(at: datetime, now: datetime, zone: str) -> str:
    """Return 今天 9:38, 昨天 17:02 or 11月23日 周一."""
    then, today = timezone.localtime(at, ZoneInfo(zone)), timezone.localdate(now, ZoneInfo(zone))
    days = (today - then.date()).days
    if days in (0, 1):
        return f"{days_ago(days)} {clock_time(then)}"
    return week_day(then.date()) if then.year == today.year else short_day(then.date(), today)


@dataclass(frozen=True)
class FileSection:
    """One part of a file that is read and edited in place; without `edit_url` it is read-only.

    `law` marks what the law requires; `more` are further actions: (label, address).
    """

    key: str
    title: str
    lines: tuple[str, ...]
    edit_url: str = ""
    history_url: str = ""
    law: LawMark | None = None
    more: tuple[tuple[str, str], ...] = ()


def file_section(student: Student, key: str, can_edit: bool) -> FileSection:
    return FileSection(
        key=key,
        title=str(SECTIONS[key].title),
        lines=section_lines(student, key),
        edit_url=address("students:file_section", student.pk, key) if can_edit else "",
        history_url=address("students:file_history", student.pk, key),
        law=law_of(key),
    )


def file_sections(student: Student, can_edit: bool) -> list[FileSection]:
    return [file_section(student, key, can_edit) for key in SECTIONS]


def class_section(
    student: Student, rows: Sequence[Enrolment], on: date, can_edit: bool
) -> FileSection:
    """Return the section with the child's class and since when, or when and where it left."""
    left = departure_of(rows)
    lines = (left_words(left, on), left.left_to) if left else ()
    label = _("Correct the leaving …") if left else _("Leaves the school …")
    return FileSection(
        key="class",
        title=_("Class"),
        lines=tuple(filter(None, [*class_lines(rows, on), *lines])),
        edit_url=address("students:file_class", student.pk) if can_edit else "",
        history_url=address("students:file_class_history", student.pk),
        law=law_of("class"),
        more=((label, address("students:file_leave", student.pk)),) if can_edit and rows else (),
    )


def class_lines(rows: Sequence[Enrolment], on: date) -> list[str]:
    """Return today's class, and a later one with its first day."""
    return [
        _("From %(start)s: %(name)s")
        % {"name": row.school_class.name, "start": full_day(row.starts_on)}
        if row.starts_on > on
        else class_words(row)
        for row in now_and_next(rows, on)
    ]


def class_words(row: Enrolment) -> str:
    words = {"name": row.school_class.name, "start": full_day(row.starts_on)}
    if row.ends_on is None:
        return _("%(name)s, since %(start)s") % words
    return _("%(name)s, %(start)s to %(end)s") % (words | {"end": full_day(row.ends_on)})


def left_words(row: Enrolment, on: date) -> str:
    is_past = row.ends_on is not None and row.ends_on < on
    words = _("Left the school on %(day)s") if is_past else _("Leaves the school on %(day)s")
    reason = str(row.get_left_reason_display()) if row.left_reason else ""
    return _(": ").join(filter(None, [words % {"day": full_day(row.ends_on)}, reason]))


def section_lines(student: Student, key: str) -> tuple[str, ...]:
    return tuple(line for line in LINES[key](student) if line)


def _joined(*parts: str) -> str:
    return _(", ").join(part for part in parts if part)


def _since(day: date | None) -> str:
    return _("since %(month)s") % {"month": month_of(day)} if day else ""


def _named(student: Student, field: str) -> str:
    """Return "allergies: peanuts"; empty if nothing is recorded."""
    value = getattr(student, field)
    if value in ("", None):
        return ""
    label = str(student._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
    return _("%(label)s: %(value)s") % {"label": label, "value": value}


def _told(student: Student, field: str, *, yes: str, no: str) -> str:
    return {True: yes, False: no}.get(getattr(student, field), "")


def _identity(student: Student) -> list[str]:
    born = full_day(student.born_on)
    sex = str(student.get_sex_display())
    lines = [" ".join(filter(None, [student.name, sex, born, student.ethnicity]))]
    if student.id_number:
        lines.append(_("Identity card %(number)s") % {"number": masked(student.id_number)})
    if student.student_number:
        lines.append(_("Student number %(number)s") % {"number": student.student_number})
    return lines


def masked(number: str) -> str:
    """Return 620622********1234: enough to compare, too little to copy from the screen."""
    return number[:6] + "*" * max(0, len(number) - 10) + number[-4:] if len(number) > 10 else number


def boarding_words(student: Student) -> str:
    if student.is_boarding is None:
        return ""
    return _("boards at school") if student.is_boarding else _("goes home every day")


def journey_words(student: Student) -> str:
    """Return how the child comes to school, in half a line; the text somebody wrote if nothing else
    is known.
    """
    how, minutes = str(student.get_journey_by_display()), student.journey_minutes
    if minutes is None:
        return how or student.journey
    long = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if not how:
        return long
    # Translators: 25 minutes on foot
    return pgettext("journey", "%(long)s %(how)s") % {"long": long, "how": how}


def _journey(student: Student) -> list[str]:
    km = student.journey_km
    far = _("%(km)s km") % {"km": f"{km.normalize():f}"} if km is not None else ""
    with_whom = _("with %(who)s") % {"who": student.journey_with} if student.journey_with else ""
    how = "" if journey_words(student) == student.journey else journey_words(student)
    return [
        _joined(how, far, with_whom),
        _named(student, "journey_dangers"),
        student.journey,
        _since(student.journey_since),
    ]


def _health(student: Student) -> list[str]:
    kind = str(student.get_disability_display())
    level = str(student.get_disability_level_display())
    disability = _("disability: %(what)s") % {"what": _joined(kind, level)} if kind else ""
    insured = _told(
        student, "is_insured", yes=_("has health insurance"), no=_("no health insurance")
    )
    shots = _told(
        student,
        "is_vaccinated",
        yes=_("vaccinations complete"),
        no=_("vaccinations missing: please check the booklet"),
    )
    seen = full_day(student.checked_up_on)
    check_up = _("last check-up %(day)s") % {"day": seen} if seen else ""
    return [
        _named(student, "illness"),
        _named(student, "allergies"),
        disability,
        student.health,
        _joined(insured, shots),
        check_up,
    ]


def _registration(student: Student) -> list[str]:
    registered = _told(
        student,
        "is_registered",
        yes=_("on a household register"),
        no=_("not on a household register: the township police station can register the child"),
    )
    city = _told(
        student,
        "has_city_schooling",
        yes=_("has gone to school where a parent works"),
        no=_("has never gone to school where a parent works"),
    )
    permit = _told(
        student,
        "has_residence_permit",
        yes=_("a parent has a residence permit there"),
        no=_("no parent has a residence permit there"),
    )
    return [
        _joined(registered, student.registered_at, str(student.get_registration_display())),
        city,
        student.city_schooling,
        permit,
        _named(student, "assistance"),
    ]


def _care(student: Student) -> list[str]:
    review = _("look at it again on %(day)s") % {"day": full_day(student.care_plan_review_on)}
    words = _("%(ground)s, since %(day)s (%(basis)s)")
    return [
        *(
            words % {"ground": ground, "day": full_day(since), "basis": basis}
            for ground, since, basis in student.care_grounds
        ),
        student.care_plan,
        review if student.care_plan_review_on else "",
    ]


LINES: dict[str, Callable[[Student], list[str]]] = {
    "identity": _identity,
    "boarding": lambda student: [
        _joined(
            " ".join(filter(None, [boarding_words(student), student.dormitory])),
            _since(student.boards_since),
        )
    ],
    "address": lambda student: [
        student.address,
        student.village,
        _since(student.lives_there_since),
    ],
    "journey": _journey,
    "health": _health,
    "registration": _registration,
    "care": _care,
    "wish": lambda student: [
        _joined(str(student.get_wish_kind_display()), _since(student.wish_since)),
        student.wish,
        _named(student, "wish_obstacle"),
    ],
    "strengths": lambda student: [student.strengths],
}


@dataclass(frozen=True)
class PastValue:
    """One earlier value of a section; `valid_from` is set if its date differs from when it was saved."""

    at: datetime
    by: str
    label: str
    before: str
    after: str
    valid_from: str = ""
    event: int = 0  # the same for everything that was changed together


def past_values(student: Student, key: str) -> list[PastValue]:
    """Return changes of a section, latest first.

    The date from which its values apply is shown with the other values changed together with it, and as a
    change of its own only if nothing else changed.
    """
    section = SECTIONS[key]
    changes = changes_of(student, section.fields)
    since = {
        change.event: full_day(date.fromisoformat(change.after))
        for change in changes
        if change.field == section.since and change.after
    }
    told = {change.event for change in changes if change.field != section.since}
    return [
        PastValue(
            at=change.at,
            by=change.by,
            label=change.label,
            before=_past_words(change.field, change.before),
            after=_past_words(change.field, change.after),
            event=change.event,
            valid_from="" if change.field == section.since else since.get(change.event, ""),
        )
        for change in changes
        if change.field != section.since or change.event not in told
    ]


def _past_words(field: str, text: str) -> str:
    """Return an earlier value as the file itself shows it."""
    return masked(text) if field == "id_number" else text
