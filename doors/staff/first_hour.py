"""What a school still has to do before it writes to families; each step is done or not according to the
facts.
"""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.days import stamp
from delivery import queries as delivery_queries
from delivery.channels import demo_phone
from doors.set_up import SetUp, set_up_of
from messaging.queries import FirstQuestions, first_questions
from schools.models import Post, holds_on
from schools.requests import SchoolViewer
from schools.roles import Permission
from students.queries import current_enrolments


@dataclass(frozen=True)
class Step:
    title: str
    line: str
    is_done: bool
    url: str = ""  # empty for people who may not do it
    act: str = ""


@dataclass(frozen=True)
class FirstHour:
    """`against`: why the school cannot start yet, in words; empty if it can.

    `only_demo_phone`: no message reaches a real person.
    """

    steps: list[Step]
    questions: FirstQuestions
    first_at: str
    against: list[str]
    only_demo_phone: bool

    @property
    def in_hand(self) -> Step | None:
        return next((step for step in self.steps if not step.is_done), None)

    @property
    def left(self) -> int:
        return 1 + sum(not step.is_done for step in self.steps)


def first_hour(viewer: SchoolViewer) -> FirstHour:
    """Return the first hour of the current school, for people who may start and stop its sending."""
    questions = first_questions(viewer.school, viewer.at)
    zone = viewer.school.time_zone
    first_at = stamp(questions.first_at, viewer.at, zone) if questions.first_at else ""
    enrolled = current_enrolments(viewer.on).filter(student__school=viewer.school)
    children, facts = enrolled.values("student").distinct().count(), _facts(viewer)
    channel = _channel(viewer, facts)
    steps = [
        _calendar(viewer, facts),
        _staff(viewer, facts),
        channel,
        _roster(viewer, children),
        _first_week(questions, first_at, children),
    ]
    against = []
    if not channel.is_done:
        against.append(_("No test message has arrived over a channel yet."))
    if not children:
        against.append(_("No child is on the roster yet."))
    elif questions.families and questions.without_channel == questions.families:
        against.append(_("No channel reaches the numbers or addresses of these families."))
    only_demo_phone = delivery_queries.kinds_in_use(viewer.school) == {demo_phone.KIND}
    return FirstHour(steps, questions, first_at, against, only_demo_phone)


def next_step(viewer: SchoolViewer) -> Step:
    """Return the first open step, for a line on every page."""
    facts = _facts(viewer)
    steps = (_calendar, _staff, _channel, lambda of, told: _roster(of, int(told.has_children)))
    open_step = next((step for make in steps if not (step := make(viewer, facts)).is_done), None)
    first_week = Step(_("The first week"), "", False, reverse("messaging:next"))
    return open_step or first_week


def _facts(viewer: SchoolViewer) -> SetUp:
    return set_up_of([viewer.school.pk], viewer.on, viewer.at)[0]


def _door(viewer: SchoolViewer, name: str, permission: Permission = Permission.EDIT_SCHOOL) -> str:
    return reverse(name) if viewer.can(permission) else ""


def _calendar(viewer: SchoolViewer, facts: SetUp) -> Step:
    title, year = _("School and calendar"), facts.year
    if not facts.school.phone:
        line = _("Enter the school's phone number: families see it and can call.")
        return Step(title, line, False, _door(viewer, "schools:settings"), _("Enter the number"))
    door = _door(viewer, "schools:calendar")
    if year is None:
        return Step(title, _("Open the school year."), False, door, _("Open the year"))
    if facts.missing:
        line = _("The holidays of %(year)s are missing.") % {"year": facts.missing[0]}
        return Step(title, line, False, door, _("Enter the holidays"))
    line = _("School year %(year)s with its terms and holidays.") % {"year": year}
    return Step(title, line, True, door, _("Check the dates"))


def _staff(viewer: SchoolViewer, facts: SetUp) -> Step:
    others = Post.objects.filter(holds_on(viewer.on), school=viewer.school)
    counts = others.exclude(user=viewer.user).aggregate(
        people=Count("user", distinct=True),
        absent=Count("user", filter=Q(user__last_login=None), distinct=True),
    )
    line = _("So far you are the only one.")
    if people := counts["people"]:
        words = ngettext("%(n)d colleague has a post.", "%(n)d colleagues have posts.", people)
        if counts["absent"]:
            words = ngettext(
                "%(n)d colleague has a post; %(absent)d has never signed in.",
                "%(n)d colleagues have posts; %(absent)d have never signed in.",
                people,
            )
        line = words % {"n": people, "absent": counts["absent"]}
    is_done = facts.people > 1
    return Step(_("Staff"), line, is_done, _door(viewer, "schools:staff"), _("Add colleagues"))


def _channel(viewer: SchoolViewer, facts: SetUp) -> Step:
    title, door = _("A channel"), _door(viewer, "delivery:channels")
    if facts.has_tested:
        return Step(title, _("A test message has arrived."), True, door, _("See the channels"))
    if facts.has_channel:
        line = _("Send yourself a test message and see what families will get.")
        return Step(title, line, False, door, _("Send a test"))
    line = _("Set up SMS, WeChat or e-mail, then send yourself a test.")
    return Step(title, line, False, door, _("Set up a channel"))


def _roster(viewer: SchoolViewer, children: int) -> Step:
    door = _door(viewer, "rosters:list", Permission.IMPORT_ROSTER)
    line = _(
        "The school's own Excel file will do, with a column that says where the parents work or who is"
        " left behind. Importing it sends nothing."
    )
    if children:
        line = ngettext("%(n)d child is here.", "%(n)d children are here.", children)
        line %= {"n": children}
    return Step(_("Roster"), line, children > 0, door, _("Import the roster"))


def _first_week(questions: FirstQuestions, first_at: str, children: int) -> Step:
    line = _("Who would be asked, and when: after the roster.")
    if questions.families:
        words = ngettext(
            "%(n)d adult would be asked, at the earliest %(when)s.",
            "%(n)d adults would be asked, the first at the earliest %(when)s.",
            questions.families,
        )
        line = words % {"n": questions.families, "when": first_at}
    elif questions.later:
        line = _("Nobody yet: each class begins on a day of its own.")
        if questions.nobody:
            words = ngettext(
                "Nobody yet: each class begins on a day of its own. There is nobody to ask about "
                "%(n)d child: numbers or consent are missing.",
                "Nobody yet: each class begins on a day of its own. There is nobody to ask about "
                "%(n)d children: numbers or consent are missing.",
                questions.nobody,
            )
            line = words % {"n": questions.nobody}
    elif questions.nobody:
        line = _("Parents are away, but none of them can be asked: numbers or consent are missing.")
    elif children:
        line = _("Nobody would be asked: no child has a parent away on record.")
    return Step(
        _("The first week"),
        line,
        questions.families > 0 or (questions.later > 0 and not questions.nobody),
        reverse("messaging:next"),
        _("Look at the first week"),
    )
