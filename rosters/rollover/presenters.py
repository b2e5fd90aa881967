"""Prepare what the preview and the result of a rollover show."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from core.names import joined
from rosters.models import RolloverChild, RolloverClass
from rosters.rollover.queries import ChildPlan, ClassPlan, Plan
from schools.actions import class_name
from students.models import Enrolment

LEFT = dict(Enrolment.Left.choices)
NAMES_SHOWN = 60  # exceptions shown at once; others open by class


@dataclass(frozen=True)
class ClassLine:
    name: str
    to: str
    teachers: str
    children: int
    stays: int
    leaves: int
    url: str


@dataclass(frozen=True)
class ChildLine:
    name: str
    of: str
    said: str
    url: str


@dataclass(frozen=True)
class MergedLine:
    """Several classes of this year that become one, with the names of the children from each."""

    to: str
    teachers: str
    children: int
    sources: list[tuple[str, str]]


@dataclass(frozen=True)
class Preview:
    up: int
    stays: int
    leaves: int
    lines: list[ClassLine]
    exceptions: list[ChildLine]
    more: int
    incomplete: list[str]
    merged: list[MergedLine] = field(default_factory=list)
    against: list[str] = field(default_factory=list)


def preview(plan: Plan, still_open: list[str]) -> Preview:
    leaves = sum(child.goes_to is None for child in plan.children)
    stays = sum(child.is_exception and child.goes_to is not None for child in plan.children)
    shown = plan.exceptions[:NAMES_SHOWN]
    merged = []
    for key, ones in plan.sources.items():
        if len(ones) > 1:
            coming = [child for child in plan.children if child.goes_to == key]
            sources = [
                (
                    one.row.school_class.name,
                    joined(c.enrolment.student.name for c in coming if c.of is one),
                )
                for one in ones
            ]
            names = joined(user.name for user in plan.teachers[key])
            merged.append(MergedLine(class_name(*key), names, len(coming), sources))
    # Reasons why it cannot be carried out as it is.
    against = [
        _("%(name)s was added after this draft. Please go through the classes again.")
        % {"name": name}
        for name in plan.classes_missing
    ]
    for child in plan.lost:
        words = _("%(name)s was to stay down in a class that is no longer planned.")
        against.append(words % {"name": child.enrolment.student.name})
    for class_, name in [*plan.barred, *plan.gone]:
        against.append(
            _("%(name)s cannot take %(class)s. Choose somebody else.")
            % {"name": name, "class": class_}
        )
    return Preview(
        up=len(plan.children) - leaves - stays,
        stays=stays,
        leaves=leaves,
        lines=[class_line(one) for one in plan.classes],
        exceptions=[_exception(child) for child in shown],
        more=len(plan.exceptions) - len(shown),
        incomplete=_incomplete(plan) + still_open,
        merged=merged,
        against=against,
    )


def class_line(one: ClassPlan) -> ClassLine:
    return ClassLine(
        name=one.row.school_class.name,
        to=class_name(*one.goes_to) if one.goes_to else str(one.row.get_goes_display()),
        teachers=joined(user.name for user in one.teachers) if one.goes_to else "",
        children=one.children,
        stays=one.exceptions[RolloverChild.Goes.STAYS],
        leaves=one.exceptions[RolloverChild.Goes.LEAVES],
        url=_class_url(one.row),
    )


def _class_url(row: RolloverClass) -> str:
    return reverse("rosters:new_year_class", args=[row.school_class_id])


def _exception(child: ChildPlan) -> ChildLine:
    if child.goes_to:
        said = _("stays down in %(class)s") % {"class": class_name(*child.goes_to)}
    else:
        said = str(LEFT.get(child.left_reason, ""))
        said = _(": ").join(filter(None, [said, child.left_to]))
    name = child.enrolment.student.name
    return ChildLine(name, child.of.row.school_class.name, said, _class_url(child.of.row))


def _incomplete(plan: Plan) -> list[str]:
    """Return what is left to do by hand afterwards; none of it prevents the rollover."""
    teachers = plan.teachers
    said = [
        _(
            "Two children called %(name)s will be in %(class)s. Tell them apart in lists and on slips."
        )
        % {"name": name, "class": class_name(*key)}
        for key, name in plan.names_twice
    ]
    if empty := [class_name(*key) for key in plan.keys if not teachers.get(key)]:
        said.append(_("No class teacher yet: %(names)s.") % {"names": joined(empty)})
    after = {user.pk for one in plan.classes if one.goes_to for user in one.teachers}
    before = {post.user_id: post.user.name for one in plan.classes for post in one.posts}
    if free := [name for pk, name in before.items() if pk not in after]:
        said.append(
            _(
                "Without a class in the new year: %(names)s. Go to Staff to give them a post or "
                "end the one they have."
            )
            % {"names": joined(free)}
        )
    grades = {grade for grade, _number in plan.keys}
    lowest = min((one.grade for one in plan.classes), default=0)
    if lowest and lowest not in grades:
        said.append(_("The new first classes come with the roster."))
    return said
