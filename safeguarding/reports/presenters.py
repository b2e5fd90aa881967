"""What the pages of reports show, ready for the templates."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from guardians.models import Adult, Guardianship, Relation
from guardians.presenters import relation_word
from safeguarding.models import Report, ReportEntry, Suspect
from safeguarding.policies import handling_posts
from safeguarding.presenters import moment
from safeguarding.queries import class_names
from safeguarding.reports import policies, verifying
from safeguarding.reports.forms import AddForm, LiftForm, ToldForm
from safeguarding.reports.queries import TO_TELL, untold_of, untold_words
from schools import hotlines
from schools.duty.rules import on_duty
from schools.policies import Viewer, current_posts
from schools.roles import Permission, Role, roles_with
from students.models import Student

Office = ReportEntry.Office
LISTED = 50
AT_ONCE = (Role.COUNSELLOR, Role.PRINCIPAL)  # roles that the report and its concern notify


def people(student: Student, by: User, on: date) -> dict[str, Any]:
    held = Guardianship.objects.filter(student=student).select_related("adult")
    relations = {one.adult_id: f"{Relation(one.relation).label} {one.adult.name}" for one in held}
    return {
        "adults": policies.adults_to_name(student),
        "users": policies.staff_to_name(student, by, on),
        "relations": relations,
        "roles": {},
    }


def people_by_role(
    student: Student, by: User, on: date, known: Mapping[int, str]
) -> dict[str, Any]:
    """Return the people a village worker can name.

    The family is listed by relation, by name only those in `known`; the school by role, so that no list of
    its staff is revealed.
    """
    adults = policies.adults_around(student, by, on)
    held = Guardianship.objects.filter(student=student, adult__in=adults).select_related("adult")
    ties = {tie.adult_id: (relation_word(tie.relation), tie.adult.name) for tie in held}
    relations = _told_apart(ties) | dict(known)
    return {"adults": adults, "relations": relations, **staff_by_role(student, by, on)}


def ties_of(student: Student, adults: QuerySet[Adult]) -> dict[int, str]:
    """Return {adult id: relation to the child (Relation)}."""
    held = Guardianship.objects.filter(student=student, adult__in=adults)
    return dict(held.values_list("adult", "relation"))


def by_tie(ties: Mapping[int, str]) -> dict[int, str]:
    """Return {adult id: label of the relation}.

    It is the full label if the short one fits two relations, such as "grandfather".
    """
    keys: dict[str, set[str]] = defaultdict(set)
    for tie in ties.values():
        keys[relation_word(tie)].add(tie)
    return {
        pk: relation_word(tie) if len(keys[relation_word(tie)]) == 1 else str(Relation(tie).label)
        for pk, tie in ties.items()
    }


def alike(ties: Mapping[int, str]) -> set[int]:
    """Return keys of people who share a relation with another person, whatever the language."""
    count = Counter(ties.values())
    return {pk for pk, tie in ties.items() if count[tie] > 1}


def staff_by_role(student: Student, by: User, on: date) -> dict[str, Any]:
    users = policies.staff_to_name(student, by, on)
    roles: dict[int, tuple[str, str]] = {
        user.pk: (
            str(Role.COUNSELLOR.label),
            user.name,
        )  # of another school, unless they have a post here
        for user in users.exclude(posts__school=student.school_id)
    }
    for post in policies.roles_near(student, on):
        roles.setdefault(post.user_id, (str(post.get_role_display()), post.user.name))
    return {"users": users.filter(pk__in=roles), "roles": _told_apart(roles)}


def _told_apart(people: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """Return {id: role or relation}.

    The surname is added if several share it, or the whole name if that is not enough.
    """
    what = Counter(word for word, _name in people.values())
    surnames = Counter((word, name[:1]) for word, name in people.values())
    found = {}
    for pk, (word, name) in people.items():
        said = name if surnames[word, name[:1]] > 1 else name[:1]
        found[pk] = (
            word if what[word] == 1 else _("%(word)s (%(name)s)") % {"word": word, "name": said}
        )
    return found


def new_context(student: Student) -> dict[str, Any]:
    return {"student": student, "hotlines": hotlines.police_first(student.school)}


def rows(reports: QuerySet[Report], user: User, at: datetime) -> list[dict[str, Any]]:
    """Return the latest reports first, each with the offices still to be informed.

    The class is shown only for children of the user's own schools.
    """
    shown = list(reports.select_related("student").order_by("-at", "-pk")[:LISTED])
    untold = untold_of(shown)
    here = {post.school_id for post in current_posts(user, timezone.localdate(at))}
    classes = class_names({one.student_id for one in shown if one.school_id in here}, at)
    return [
        {
            "report": one,
            "class_name": classes.get(one.student_id, ""),
            "at": moment(one.at),
            "untold": untold_words(untold[one.pk]),
        }
        for one in shown
    ]


def report_context(report: Report, user: User, viewer: Viewer) -> dict[str, Any]:
    entries = list(report.entries.select_related("by"))
    may_lift = policies.may_lift(user, report, viewer.on)
    named = [_suspect(one, may_lift) for one in _suspects(report)]
    now = timezone.localtime(viewer.at)
    is_guest = policies.is_guest(user, report, viewer.on)
    around = _for_guest(report, entries, user, viewer) if is_guest else {}
    # Names of the staff whom we notified at once; "" where nobody at the school may know.
    posts = handling_posts(report.school_id, report.student_id, viewer.on, report.at)
    posts = posts.select_related("user")
    posts = posts.filter(role__in=roles_with(Permission.CHECK_SAFEGUARDING))
    posts = posts.exclude(user=report.reported_by)
    at_once = [post for post in posts if post.role in AT_ONCE]
    top = {post.user for post in [*on_duty(posts), *at_once]}
    people = sorted(top, key=lambda one: one.pk)
    return {
        "report": report,
        "student": report.student,
        "class_name": class_names([report.student_id], viewer.at).get(report.student_id, ""),
        "written_at": moment(report.at),
        "hotlines": hotlines.police_first(report.school),
        "offices": _offices(entries),
        "suspects": named,
        "has_known": any(one["is_known"] for one in named),
        "told_here": _(", ").join(one.name for one in people),
        "entries": [_entry(one) for one in entries],
        "digest": bytes(entries[-1].seal).hex()[:16] if entries else "",
        "broken": verifying.first_broken(report),
        "told_form": ToldForm(
            report=report,
            at=viewer.at,
            initial={"key": uuid.uuid4(), "told_at": now},
            auto_id="told_%s",
        ),
        "add_form": AddForm(initial={"key": uuid.uuid4()}),
        "at": viewer.at,
        **around,
    }


def _for_guest(
    report: Report, entries: list[ReportEntry], user: User, viewer: Viewer
) -> dict[str, Any]:
    """Return the page for an author who is a counsellor of another school: their own words.

    About what others did, it says only that an office was informed, and when; people appear by role or
    relation.
    """
    own = [one for one in entries if one.by_id == user.pk and one.kind != ReportEntry.Kind.CLOSED]
    named = list(_suspects(report))
    adults = Adult.objects.filter(pk__in=[one.adult_id for one in named if one.adult_id])
    words = by_tie(ties_of(report.student, adults))
    roles = staff_by_role(report.student, user, viewer.on)["roles"]
    return {
        "guest": True,
        "class_name": "",
        "offices": _offices(entries, reader=user),
        "suspects": [
            {
                "suspect": one,
                "name": one.somebody
                or words.get(one.adult_id or 0)
                or roles.get(one.user_id or 0)
                or _("somebody of the school"),
            }
            for one in named
        ],
        "has_known": False,
        "entries": [_entry(one) for one in own],
    }


def _suspects(report: Report) -> QuerySet[Suspect]:
    return report.suspects.select_related("adult", "user", "lifted_by").order_by("pk")


def _offices(entries: list[ReportEntry], reader: User | None = None) -> list[dict[str, Any]]:
    """Return each office with what it was told.

    Offices that must be informed come first, even if nobody has informed them yet. If `reader` is set, they
    see only the time of what other people told an office.
    """
    told = [one for one in entries if one.kind == ReportEntry.Kind.TOLD]
    others = [office for office in Office if office not in TO_TELL]
    return [
        {
            "office": office,
            "label": office.label,
            "told": [_told(one, is_whole=reader in (None, one.by)) for one in mine],
        }
        for office in [*TO_TELL, *others]
        if (mine := [one for one in told if one.office == office]) or office in TO_TELL
    ]


def _told(entry: ReportEntry, *, is_whole: bool) -> dict[str, str]:
    if not is_whole:
        at = moment(entry.told_at or entry.at)
        return {"at": at, "facts": "", "words": "", "by": _("the school")}
    facts = [entry.spoke_with, entry.phone, entry.case_number]
    return {
        "at": moment(entry.told_at or entry.at),
        "facts": " · ".join(filter(None, facts)),
        "words": entry.words,
        "by": entry.by.name,
    }


def _suspect(suspect: Suspect, may_lift: bool) -> dict[str, Any]:
    person = suspect.adult or suspect.user
    is_known = person is not None
    return {
        "suspect": suspect,
        "name": person.name if person else suspect.somebody,
        "is_known": is_known,
        "can_lift": may_lift and is_known and suspect.lifted_at is None,
        "lift_form": LiftForm(auto_id=f"lift_{suspect.pk}_%s"),
        "lifted": moment(suspect.lifted_at) if suspect.lifted_at else "",
    }


def _entry(entry: ReportEntry) -> dict[str, str]:
    kind = ReportEntry.Kind(entry.kind)
    texts = {
        kind.WRITTEN: _("%(by)s wrote the report"),
        kind.TOLD: _("%(by)s informed %(office)s"),
        kind.ADDED: _("%(by)s added"),
        kind.CLOSED: _("The child's file was closed to this person"),
        kind.LIFTED: _("%(by)s opened the file again"),
    }
    return {
        "at": moment(entry.at),
        "text": texts[kind] % {"by": entry.by.name, "office": entry.get_office_display()},
        "words": "" if kind == kind.TOLD else entry.words,
    }
