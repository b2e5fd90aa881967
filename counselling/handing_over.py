"""Open cases, parts of plans and letters of somebody whose post ends. The administrator sees only counts."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from counselling.cases.left import reassign
from counselling.cases.policies import colleagues_to_hand_to
from counselling.letters import rules as referral_rules
from counselling.models import Case, Engagement, Measure, MeasureTick, ReferralCopy
from counselling.plans import actions as plans
from counselling.plans import rules as plan_rules
from counselling.plans.policies import colleagues_to_ask
from schools.models import Post, holds_on
from schools.open_work import OpenWork
from schools.policies import today_in
from schools.roles import Permission, roles_with


class OpenCases(OpenWork):
    key = "cases"
    label = _("Cases")
    model = Case
    holder = "owner"
    needs = Permission.KEEP_CASES
    # cases.policies.left_behind finds them from the day after the post ends.
    left_to = _("for the school's counsellors and its principal to see and take")

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Case]:
        rows = Case.objects.filter(school_id=school_id, closed_at=None).select_related(
            "school", "owner"
        )
        return rows.order_by("opened_at", "pk")

    def takers(self, case: Case, people: Sequence[User], at: datetime) -> Collection[int]:
        found = colleagues_to_hand_to(case, today_in(case.school, at))
        return set(found.filter(pk__in=[one.pk for one in people]).values_list("pk", flat=True))

    def give(self, *, row: Case, to: User, by: User, words: str, at: datetime) -> None:
        reassign(case=row, to=to, by=by, at=at)


class MeasuresToDo(OpenWork):
    key = "measures"
    label = _("Parts of support plans")
    model = Measure
    holder = "user"
    needs = Permission.HANDLE_CONCERNS

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Measure]:
        ticked = MeasureTick.objects.filter(measure=OuterRef("pk"), undone_at=None)
        once = Q(rhythm=plan_rules.ONCE)
        is_open = once & ~Exists(ticked) | ~once & Q(due_on__gte=on)
        rows = Measure.objects.filter(
            is_open,
            school_id=school_id,
            party=Measure.Party.SCHOOL,
            dropped_at=None,
            plan__ended_at=None,
        )
        return rows.select_related("plan__case__school").order_by("due_on", "pk")

    def takers(self, measure: Measure, people: Sequence[User], at: datetime) -> Collection[int]:
        case = measure.plan.case
        found = colleagues_to_ask(case, today_in(case.school, at))
        return set(found.filter(pk__in=[one.pk for one in people]).values_list("pk", flat=True))

    def give(self, *, row: Measure, to: User, by: User, words: str, at: datetime) -> None:
        plans.reassign(measure=row, to=to)


class CasesElsewhere(OpenWork):
    key = "guests"
    label = _("Cases of other schools")
    model = Engagement
    holder = "user"
    needs = Permission.KEEP_CASES
    left_to = _("back with the child's own school, whose counsellors and principal see them")
    is_about_child = False

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Engagement]:
        """Return engagements of counsellors who keep a case of another school only by their post here.

        With a counsellor's post elsewhere in that school's county they would keep the case (cases.policies).
        """
        elsewhere = Post.objects.filter(
            holds_on(on),
            user=OuterRef("user"),
            role__in=roles_with(Permission.KEEP_CASES),
            school__county=OuterRef("case__school__county"),
        ).exclude(school_id=school_id)
        rows = Engagement.objects.filter(~Exists(elsewhere), ended_at=None)
        return rows.exclude(case__school_id=school_id).order_by("pk")


class LettersTaken(OpenWork):
    key = "letters"
    label = _("Letters of other schools")
    model = ReferralCopy
    holder = "taken_by"
    needs = Permission.KEEP_CASES
    # Once their taker is gone, received.policies.letters_open_to shows them to all counsellors.
    left_to = _("for every counsellor of the school to see and take")
    is_about_child = False

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[ReferralCopy]:
        rows = ReferralCopy.objects.filter(
            school_id=school_id, referral__state=referral_rules.ACCEPTED
        )
        return rows.order_by("pk")


OPEN_WORK = (OpenCases(), MeasuresToDo(), CasesElsewhere(), LettersTaken())
