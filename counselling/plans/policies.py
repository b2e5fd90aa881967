"""Who sees what in a plan.

The case's owner and people they let in see all of it; each party sees only its own part, which is what was
shared with it in a plan that is still running. Somebody barred from the child or blocked in its family no
longer has a part, and nobody tells them.
"""

import uuid
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.clock import local_date
from counselling.models import Case, Measure
from guardians.blocking.policies import is_blocked_in_family, unblocked
from guardians.models import Adult
from guardians.queries import approachable, informed_guardianships, is_informed
from privacy.policies import told_to_village
from safeguarding.policies import handling_posts
from students.models import Student
from students.policies import students_visible_to
from visits.policies import in_village

Party = Measure.Party


def _shown(party: Party) -> QuerySet[Measure]:
    rows = Measure.objects.filter(party=party, dropped_at=None, plan__ended_at=None)
    return rows.exclude(shared_at=None).select_related("student", "school", "plan__case__owner")


def measures_of_colleague(user: User, at: datetime) -> QuerySet[Measure]:
    """Return the measures of this member of staff, for children whose file they may see today."""
    children = students_visible_to(user, local_date(at)).values("pk")
    rows = _shown(Party.SCHOOL).filter(user_id=user.pk, student_id__in=children)
    return rows.exclude(is_blocked_in_family(user.pk))


def measures_of_adults(
    adults: Collection[Adult] | Collection[int] | QuerySet[Adult], on: date
) -> QuerySet[Measure]:
    """Return the measures of the person behind these records, for children whose page they may open today.

    `adults` come from the family door, so none of them is blocked.
    """
    return _shown(Party.FAMILY).filter(is_informed(on), adult__in=adults, adult__blocked_at=None)


def still_theirs(rows: QuerySet[Measure], on: date) -> QuerySet[Measure]:
    """Leave out, for printing, the parts of adults who are blocked or may no longer open the child's page."""
    return rows.filter(Q(adult=None) | Q(is_informed(on), adult__blocked_at=None))


def measures_of_village(user: User, on: date) -> QuerySet[Measure]:
    """Return the measures of the village for its own village worker.

    Empty if the family does not want the village told.
    """
    return in_village(_shown(Party.VILLAGE), user, on)


def one_of(rows: QuerySet[Measure], pk: uuid.UUID) -> Measure:
    """Return the measure; 404 for everybody to whom it is not shown."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def measure_of_case(case: Case, pk: uuid.UUID) -> Measure:
    """Return a measure to the owner of the case only (cases.policies.get_case_to_write)."""
    rows = Measure.objects.filter(plan__case=case, plan__ended_at=None, dropped_at=None)
    return one_of(rows.select_related("plan"), pk)


def adults_to_ask(student: Student, on: date) -> QuerySet[Adult]:
    """Adults of the family who can take something on: in touch, not blocked, and seeing the child's page."""
    held = informed_guardianships(on).filter(student=student)
    return Adult.objects.filter(approachable(""), pk__in=held.values("adult_id")).order_by("pk")


def colleagues_to_ask(case: Case, on: date) -> QuerySet[User]:
    """Return colleagues responsible for the child today, including the owner.

    They can open the child's page anyway.
    """
    posts = handling_posts(case.school_id, case.student_id, on)
    people = User.objects.filter(pk__in=posts.order_by().values("user_id"))
    return unblocked(people, case.student_id).order_by("pk")


def village_may_know(case: Case, at: datetime) -> bool:
    """Return whether we may tell the village worker, as far as the case's owner may know it.

    A village must be on record, and nobody may have validly refused.
    """
    told = told_to_village(local_date(at), case.owner_id).filter(pk=case.student_id)
    return bool(case.student.village) and told.exists()
