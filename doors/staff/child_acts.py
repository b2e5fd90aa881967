"""The actions offered to staff on a child's page."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from core.addresses import address
from schools.policies import Viewer
from schools.roles import ROLE_PERMISSIONS, Role
from schools.roles import Permission as P
from students.models import Student


@dataclass(frozen=True)
class Act:
    label: str
    url: str
    icon: str


def permissions_at(school_id: int, viewer: Viewer) -> frozenset[P]:
    """Return what the viewer's posts permit at the child's school, which need not be the current one."""
    roles = {post.role for post in viewer.posts if post.school_id == school_id}
    return frozenset().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles))


def daily_acts(student: Student, may: frozenset[P]) -> Iterator[Act]:
    """Yield the actions shown as buttons, the most important first."""
    if P.OBSERVE in may:
        yield Act(
            _("A note about %(name)s") % {"name": student.given_name},
            address("classroom:observe", student.pk),
            "pen",
        )
    if P.RECORD_VISITS in may:
        yield _act(_("Call them"), "visits:call", student, "phone")


def class_acts(student: Student, may: frozenset[P]) -> Iterator[Act]:
    """Yield the less frequent actions for a child who is in a class; the page folds them."""
    if P.OBSERVE in may:
        yield _act(_("Write a letter home"), "classroom:letter", student, "mail")
    if P.WORK_CHECK_INS in may:
        yield _act(_("Write to the family"), "threads:new", student, "message")
    if P.RECORD_VISITS in may:
        yield _act(_("Plan a visit"), "visits:ask", student, "home")


def other_acts(student: Student, may: frozenset[P], *, can_edit: bool) -> Iterator[Act]:
    """Yield the rare actions, which also apply to a child who has left; the page folds them."""
    yield _act(_("Calendar of talks"), "staff:contact_calendar", student, "calendar")
    yield _act(_("All adults and carers"), "guardians:family", student, "people")
    yield _act(_("People near by"), "guardians:family_nearby", student, "home")
    if P.OBSERVE in may:
        yield _act(_("Ask the family for something"), "classroom:request_new", student, "hand")
        yield _act(_("Help with homework"), "classroom:help", student, "pen")
    if P.WORK_CHECK_INS in may:
        yield _act(_("Who comes home in the holidays"), "reunions:plan", student, "moon")
    if can_edit:
        yield _act(_("What the family agreed to"), "privacy:consents", student, "check")
    if P.HAND_OVER_FILES in may:
        yield _act(_("To another school"), "transfers:prepare", student, "school")
    if P.BLOCK_ADULTS in may:
        yield _act(_("Who must not open this file"), "guardians:family_barred", student, "shield")
    if P.RUN_SURVEYS in may:
        yield _act(_("How the child has been over time"), "surveys:over_time", student, "history")
    if P.KEEP_CASES in may:
        yield _act(
            _("A letter about the child has arrived"), "counselling:referral_in", student, "paper"
        )
    if P.EMERGENCY_NOTES in may:
        label = _("Emergency: read the counsellor's notes")
        yield _act(label, "counselling:case_emergency", student, "lock")
    pdf = reverse("staff:papers_file")
    yield Act(_("One page as PDF"), f"{pdf}?form=page&child={student.pk}", "print")
    yield Act(_("The whole file as PDF"), f"{pdf}?form=whole&child={student.pk}", "paper")


def _act(label: str, name: str, student: Student, icon: str) -> Act:
    return Act(label, address(name, student.pk), icon)
