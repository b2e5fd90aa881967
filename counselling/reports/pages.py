"""What the pages of reports show, ready for the templates."""

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from counselling.cases.presenters import moment
from counselling.models import Report, ReportEntry, Suspect
from counselling.policies import handling_posts
from counselling.queries import class_names
from counselling.reports import actions, policies
from counselling.reports.forms import AddForm, LiftForm, ToldForm
from counselling.reports.queries import TO_TELL, untold_of, untold_words
from guardians.models import Guardianship, Relation
from guardians.presenters import relation_word
from schools import hotlines
from schools.duty.rules import on_duty
from schools.policies import Viewer
from schools.roles import Permission, Role, roles_with
from students.models import Student

Office = ReportEntry.Office
LISTED = 50
AT_ONCE = (Role.COUNSELLOR, Role.PRINCIPAL)  # who is told by the report and its concern


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
    """For the village: the family by what they are to the child, by name only those in `known`; of the school
    what somebody is, which tells no list of its staff.
    """
    adults = policies.adults_around(student, by, on)
    held = Guardianship.objects.filter(student=student, adult__in=adults).select_related("adult")
    ties = {tie.adult_id: (relation_word(tie.relation), tie.adult.name) for tie in held}
    users = policies.staff_to_name(student, by, on)
    roles: dict[int, tuple[str, str]] = {
        user.pk: (
            str(Role.COUNSELLOR.label),
            user.name,
        )  # of another school, as long as no post is here
        for user in users.exclude(posts__school=student.school_id)
    }
    for post in policies.roles_near(student, on):
        roles.setdefault(post.user_id, (str(post.get_role_display()), post.user.name))
    return {
        "adults": adults,
        "users": users.filter(pk__in=roles),
        "relations": _told_apart(ties) | dict(known),
        "roles": _told_apart(roles),
    }


def _told_apart(people: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """key → what they are; where that fits several the surname too, and where that is not enough the name."""
    what = Counter(word for word, _name in people.values())
    surnames = Counter((word, name[:1]) for word, name in people.values())
    found = {}
    for pk, (word, name) in people.items():
        said = name if surnames[word, name[:1]] > 1 else name[:1]
        found[pk] = (
            word if what[word] == 1 else _("%(word)s (%(name)s)") % {"word": word, "name": said}
        )
    return found


def again_words() -> str:
    """Where a form that was sent already comes with other words."""
    return _(
        "A report is on record already as this form was sent before; what you changed is not in "
        "it. Send again, and what stands here becomes a report of its own."
    )


def new_context(student: Student) -> dict[str, Any]:
    return {"student": student, "hotlines": hotlines.police_first(student.school)}


def rows(reports: QuerySet[Report], at: datetime) -> list[dict[str, Any]]:
    """The latest first; what is still to be told outside in each line."""
    shown = list(reports.select_related("student").order_by("-at", "-pk")[:LISTED])
    untold = untold_of(shown)
    classes = class_names({one.student_id for one in shown}, at)
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
    return {
        "report": report,
        "student": report.student,
        "class_name": class_names([report.student_id], viewer.at).get(report.student_id, ""),
        "written_at": moment(report.at),
        "hotlines": hotlines.police_first(report.school),
        "offices": _offices(entries),
        "suspects": named,
        "has_known": any(one["is_known"] for one in named),
        "told_here": _told_here(report, viewer),
        "entries": [_entry(one) for one in entries],
        "digest": entries[-1].digest[:16] if entries else "",
        "broken": actions.first_broken(report),
        "told_form": ToldForm(
            report=report,
            at=viewer.at,
            initial={"key": uuid.uuid4(), "told_at": now},
            auto_id="told_%s",
        ),
        "add_form": AddForm(initial={"key": uuid.uuid4()}),
        "at": viewer.at,
    }


def _told_here(report: Report, viewer: Viewer) -> str:
    """Who of the school was told at once, by name; "" where nobody there may hear of it."""
    posts = handling_posts(report.school_id, report.student_id, viewer.on, report.at)
    posts = posts.select_related("user")
    posts = posts.filter(role__in=roles_with(Permission.CHECK_SAFEGUARDING))
    posts = posts.exclude(user=report.reported_by)
    at_once = [post for post in posts if post.role in AT_ONCE]
    top = {post.user for post in [*on_duty(posts), *at_once]}
    people = sorted(top, key=lambda one: one.pk)
    return _(", ").join(one.name for one in people)


def _suspects(report: Report) -> QuerySet[Suspect]:
    return report.suspects.select_related("adult", "user", "lifted_by").order_by("pk")


def _offices(entries: list[ReportEntry]) -> list[dict[str, Any]]:
    """Each office with what was told to it; those that must hear of it stand first, told or not."""
    told = [one for one in entries if one.kind == ReportEntry.Kind.TOLD]
    others = [office for office in Office if office not in TO_TELL]
    return [
        {"office": office, "label": office.label, "told": [_told(one) for one in mine]}
        for office in [*TO_TELL, *others]
        if (mine := [one for one in told if one.office == office]) or office in TO_TELL
    ]


def _told(entry: ReportEntry) -> dict[str, str]:
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
        kind.TOLD: _("%(by)s told: %(office)s"),
        kind.ADDED: _("%(by)s added"),
        kind.CLOSED: _("The child's file was closed to this person"),
        kind.LIFTED: _("%(by)s opened the file again"),
    }
    return {
        "at": moment(entry.at),
        "text": texts[kind] % {"by": entry.by.name, "office": entry.get_office_display()},
        "words": "" if kind == kind.TOLD else entry.words,
    }
