"""Reads for the shared queue.

They find facts about a child that a text must not reveal, what waits, and who took it.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from core.clock import local_date
from core.prepared import Question, joined, prepared
from counselling.models import Brief, Case, Engagement
from counselling.pool import policies, rules
from guardians.blocking.policies import unblocked
from guardians.models import Adult, Guardianship, Migration
from guardians.queries import approachable, informed_guardianships
from guardians.siblings import sibling_ids
from safeguarding.models import Concern, Suspect
from safeguarding.policies import IsSuspected, at_the_top, handling_posts
from schools.models import Post, holds_on
from schools.policies import today_in
from students.models import Enrolment, Student
from students.queries import about


def bands_of(student: Student, at: datetime) -> dict[str, str]:
    """Return the bands that describe a child in a brief: `age_band`, `grade_band`; "" if unknown."""
    on = today_in(student.school, at)
    held = Enrolment.objects.filter(holds_on(on), student=student)
    grade = held.values_list("school_class__grade__number", flat=True).first()
    return {
        "age_band": rules.age_band(student.born_on, on),
        "grade_band": rules.grade_band(grade),
    }


def known_of(student: Student, at: datetime) -> rules.Known:
    """Return what is on record about the child and its surroundings, to compare the text of a brief with."""
    on = today_in(student.school, at)
    held = Enrolment.objects.filter(holds_on(on), student=student)
    adults = Adult.objects.filter(guardianships__student=student).values_list("name", flat=True)
    others = Student.objects.filter(pk__in=sibling_ids(student)).values_list("name", flat=True)
    posts = Post.objects.filter(holds_on(on), school=student.school_id)
    staff = posts.values_list("user__name", flat=True).distinct()
    moves = Migration.objects.filter(adult__guardianships__student=student)
    pupils = Student.objects.filter(school=student.school_id).exclude(pk=student.pk)
    return rules.Known(
        child=student.name,
        pinyin=student.name_pinyin,
        family=sorted({*adults, *others}),
        staff=sorted(staff),
        class_name=held.values_list("school_class__name", flat=True).first() or "",
        school=student.school.name,
        places=[place for place in (student.village, student.address) if place],
        away=sorted({one.place for one in moves if one.place}),
        works=sorted({one.work for one in moves if one.work}),
        pupils=list(pupils.values_list("name", flat=True)),
        born_on=student.born_on,
    )


def queue_of(user: User, at: datetime) -> list[Brief]:
    """Return what `user` may accept, the most urgent first and, within a level, the longest wait first."""
    member = policies.membership_of(user, at)
    rows = _open_in(user=user, county_id=member.county_id, at=at) if member else []
    return sorted(
        rows, key=lambda one: rules.queue_order(one.concern.level, one.made_at.timestamp())
    )


@prepared
def _open_in(*, user, county_id, at) -> QuerySet[Brief]:
    return policies.briefs_of_county(user, county_id, at)


def latest_brief_of(concern: Concern) -> Brief | None:
    rows = concern.briefs.select_related("made_by", "engagement__user")
    return rows.order_by("-made_at").first()


def waiting_brief_of(concern: Concern) -> Brief | None:
    return concern.briefs.filter(state=Brief.State.WAITING).select_related("made_by").first()


def engagement_of(concern: Concern, at: datetime) -> Engagement | None:
    """Return the engagement of the counsellor of another school who looks after the child now.

    None if there is none, or if they may no longer do so.
    """
    rows = Engagement.objects.filter(case__concerns=concern, ended_at=None)
    found = rows.select_related("user", "case").first()
    is_over = found is not None and policies.is_kept_by_nobody(found.case, at)
    return None if is_over else found


def concern_to_hand_on(case: Case, user: User, at: datetime) -> Concern | None:
    """Return the concern with which `user` could put a case that nobody keeps any more into the queue."""
    if policies.pool_school(case.school_id) is None:
        return None
    rows = case.concerns.filter(closed_at=None).select_related("school").order_by("-opened_at")
    return next((one for one in rows if policies.may_hand_on(user, one, at)), None)


def family_to_phone(case: Case, at: datetime) -> Iterable[Guardianship]:
    """Return ties of the adults whom the counsellor of a case may phone.

    Nobody who is blocked, suspected or dead, or may no longer see the file.
    """
    held = informed_guardianships(today_in(case.school, at))
    rows = held.filter(approachable(), student=case.student_id, adult__merged_into=None)
    suspected = Suspect.objects.filter(adult=OuterRef("adult"), lifted_at=None)
    return rows.filter(~Exists(suspected)).select_related("adult").order_by("pk")


def late_briefs(user: User, at: datetime, student: Student | None = None) -> list[Brief]:
    """Return briefs that nobody took in time.

    The person who put a brief into the queue, the concern's named adult and the principal see it.
    """
    return _late(user=user, at=at, **about(student))


def late_questions(user: User, at: datetime, student: Student | None = None) -> list[Question]:
    """Return the query that `late_briefs` needs."""
    return [_late.first_look(user=user, at=at, **about(student))]


@prepared
def _late(*, user, at, student_id=None) -> QuerySet[Brief]:
    rows = policies.waiting_at_schools_of(user, local_date(at)).filter(late_at__lte=at)
    if student_id is not None:
        rows = rows.filter(student_id=student_id)
    return joined(rows.select_related("concern"), "student__name").order_by("late_at")


def colleagues_near(case: Case, at: datetime) -> list[User]:
    """Return who is responsible at the child's school today.

    First come the named adults of the case's open concerns, then the people on duty and principals. Nobody
    who has left, is barred from the child, suspected, or blocked in its family.
    """
    near = handling_posts(case.school_id, case.student_id, today_in(case.school, at), at)
    near = near.exclude(user=case.owner_id)
    may_hear = unblocked(User.objects.all(), case.student_id).filter(~IsSuspected("pk"))
    people = may_hear.in_bulk(list(near.order_by().values_list("user_id", flat=True)))
    named = case.concerns.filter(closed_at=None, named_adult__in=list(people)).order_by("pk")
    # Only among people who may know: if the person on duty may not, the next in `on_duty` counts.
    lead = [post.user_id for post in at_the_top(post for post in near if post.user_id in people)]
    ids = dict.fromkeys([*named.values_list("named_adult", flat=True), *lead])
    return [people[pk] for pk in ids]
