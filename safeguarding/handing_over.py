"""Open concerns that name a member of staff, for handing their work over."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from safeguarding import actions
from safeguarding.models import Concern
from safeguarding.queries import hand_over_choices
from schools.open_work import OpenWork
from schools.roles import Permission


class OpenConcerns(OpenWork):
    key = "concerns"
    label = _("Open concerns")
    model = Concern
    holder = "named_adult"
    needs = Permission.HANDLE_CONCERNS

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Concern]:
        rows = Concern.objects.filter(school_id=school_id, closed_at=None).select_related("school")
        return rows.order_by("opened_at", "pk")

    def takers(self, concern: Concern, people: Sequence[User], at: datetime) -> Collection[int]:
        found = hand_over_choices(concern, at).filter(pk__in=[one.pk for one in people])
        return set(found.values_list("pk", flat=True))

    def give(self, *, row: Concern, to: User, by: User, words: str, at: datetime) -> None:
        actions.hand_over(concern=row, by=by, to=to, words=words, at=at)


# No queue: a concern must not wait without a named person. No lines: the person who ends a post need not know
# whose concern it is.
CONCERNS = OpenConcerns()
