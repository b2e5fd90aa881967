"""Who invites whom, who sees a meeting, and what a family may open.

A class teacher invites their own class; counsellor, principal and administrator anybody of the school. A
meeting is visible to those who lead it (its author, and everybody who may invite the whole school) and to the
class teachers of its children; each sees only families of children whom they may see anyway. A family sees
its own invitations.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from guardians.models import Adult
from meetings.models import Meeting, MeetingChild, MeetingInvitation
from meetings.reach import ties
from schools.models import School, SchoolClass, holds_on
from schools.policies import school_ids_where
from schools.queries import classes_of_day
from schools.roles import Permission, roles_with
from students.models import Enrolment
from students.policies import children_of_own_classes, reach_of, students_visible_to

Scope = Meeting.Scope

# -- staff --------------------------------------------------------------------------------------


def _reach(user: User, on: date) -> tuple[list[int], list[int]]:
    """Return ids of schools and own classes whose families `user` may invite."""
    return reach_of(user, on, roles_with(Permission.HOLD_MEETINGS))


def invites_whole_school(user: User, school: School, on: date) -> bool:
    return school.pk in _reach(user, on)[0]


def classes_invited_by(user: User, school: School, on: date) -> QuerySet[SchoolClass]:
    schools, classes = _reach(user, on)
    reached = Q(school_id__in=schools) | Q(pk__in=classes)
    rows = classes_of_day(on).filter(reached, school=school).select_related("grade")
    return rows.order_by("grade__number", "number", "pk")


def children_to_pick(user: User, school: School, on: date) -> QuerySet[Enrolment]:
    """Return children of these classes whom `user` may see, by class and name."""
    rows = Enrolment.objects.filter(
        holds_on(on),
        school_class__in=classes_invited_by(user, school, on),
        student__in=students_visible_to(user, on),
    ).select_related("student", "school_class__grade")
    return rows.order_by(
        "school_class__grade__number", "school_class__number", "student__name_pinyin", "pk"
    )


def audience(
    user: User, school: School, scope: str, picked: Sequence[int], on: date
) -> QuerySet[Enrolment]:
    """Return today's children of what is picked, as far as `user` may invite.

    A class is invited as a whole, even if `user` is barred from the file of one of its children.
    """
    if scope == Scope.CHILDREN:
        return children_to_pick(user, school, on).filter(student__in=picked)
    rows = Enrolment.objects.filter(
        holds_on(on), school_class__in=classes_invited_by(user, school, on)
    )
    if scope == Scope.CLASSES:
        return rows.filter(school_class__in=picked)
    if not invites_whole_school(user, school, on):
        return rows.none()
    return rows.filter(school_class__grade__number__in=picked) if scope == Scope.GRADES else rows


def meetings_visible_to(user: User, on: date) -> QuerySet[Meeting]:
    """Return the meetings that `user` sees.

    They are the user's own, all of schools whose families they may invite, and those of children of their
    class.
    """
    holding = school_ids_where(user, Permission.HOLD_MEETINGS, on)
    about = MeetingChild.objects.filter(student_id__in=children_of_own_classes(user, on))
    seen = Q(author_id=user.pk) | Q(school_id__in=_reach(user, on)[0])
    return Meeting.objects.filter(
        seen | Q(pk__in=about.values("meeting_id")), school_id__in=holding
    )


def meetings_led_by(user: User, on: date) -> QuerySet[Meeting]:
    """Return meetings that `user` may move, call off and write minutes for."""
    rows = meetings_visible_to(user, on)
    return rows.filter(Q(author_id=user.pk) | Q(school_id__in=_reach(user, on)[0]))


def _one(rows: QuerySet[Meeting], pk: int) -> Meeting:
    found = (
        rows.select_related("school", "author", "off_by", "minutes_by", "expert")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def get_meeting_for(user: User, pk: int, on: date) -> Meeting:
    return _one(meetings_visible_to(user, on), pk)


def get_meeting_led_by(user: User, pk: int, on: date) -> Meeting:
    return _one(meetings_led_by(user, on), pk)


def leads(user: User, meeting: Meeting, on: date) -> bool:
    return meetings_led_by(user, on).filter(pk=meeting.pk).exists()


def children_seen_by(user: User, meeting: Meeting, on: date) -> QuerySet[MeetingChild]:
    rows = MeetingChild.objects.filter(
        meeting=meeting, student__in=students_visible_to(user, on)
    ).select_related("student", "school_class")
    return rows.order_by("student__name_pinyin", "pk")


def invitations_seen_by(
    user: User, meetings: Collection[Meeting], on: date
) -> QuerySet[MeetingInvitation]:
    """Return invitations of adults who belong to a child whom `user` may see.

    Anybody blocked or barred since is left out.
    """
    children = MeetingChild.objects.filter(
        meeting_id=OuterRef(OuterRef("meeting_id")), student__in=students_visible_to(user, on)
    )
    held = ties(on).filter(
        adult_id=OuterRef("adult_id"), student_id__in=children.values("student_id")
    )
    rows = MeetingInvitation.objects.filter(Exists(held), meeting__in=meetings)
    return rows.select_related("adult", "meeting")


def get_invitation_for(user: User, meeting: Meeting, pk: int, on: date) -> MeetingInvitation:
    found = invitations_seen_by(user, [meeting], on).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


# -- family -------------------------------------------------------------------------------------


def standing(on: date) -> QuerySet[MeetingInvitation]:
    """Return invitations whose adult still brings up one of the children, wherever the child is now."""
    children = MeetingChild.objects.filter(meeting_id=OuterRef(OuterRef("meeting_id")))
    held = ties(on).filter(
        adult_id=OuterRef("adult_id"), student_id__in=children.values("student_id")
    )
    return MeetingInvitation.objects.filter(Exists(held))


def booked(meeting: Meeting, on: date) -> QuerySet[MeetingInvitation]:
    """Return who holds a slot: a blocked adult, and one whose child they lost, hold none any more."""
    return standing(on).filter(meeting=meeting).exclude(slot_at=None)


def family_slot(row: MeetingInvitation, on: date) -> datetime | None:
    """Return the first slot that others hold if theirs are for all children of this adult; else None."""
    holding = {one.adult_id: one.slot_at for one in booked(row.meeting, on).exclude(pk=row.pk)}
    children = MeetingChild.objects.filter(meeting=row.meeting_id).values("student_id")
    found = ties(on).filter(student_id__in=children, adult_id__in=[row.adult_id, *holding])
    held: dict[int, set[int]] = {}
    for adult_id, student_id in found.order_by().values_list("adult_id", "student_id"):
        held.setdefault(adult_id, set()).add(student_id)
    own = held.pop(row.adult_id, set())
    theirs = [holding[adult] for adult, of in held.items() if of & own]
    if not own or own - set().union(*held.values()):
        return None
    return min(slot for slot in theirs if slot)


def invitations_of(
    adults: Collection[Adult] | QuerySet[Adult], on: date
) -> QuerySet[MeetingInvitation]:
    rows = standing(on).filter(adult__in=adults)
    return rows.select_related("meeting__school", "meeting__author", "meeting__expert", "adult")


def family_invitation(
    meeting_id: int, adults: Collection[Adult] | QuerySet[Adult], on: date
) -> MeetingInvitation:
    found = invitations_of(adults, on).filter(meeting=meeting_id).order_by("pk").first()
    if found is None:
        raise Http404
    return found
