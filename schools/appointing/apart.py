"""Check that a county's request is never made by one person alone.

The person named, the one who asks and the one who agrees must be different people, and the person named must
not be an officer already, not even with another account.
"""

from datetime import datetime

from django.db.models import Q

from accounts.models import User
from accounts.same_person import marks, marks_of
from core.clock import local_date
from schools.models import County, Post
from schools.roles import Role


class NotApart(Exception):
    """Raised if somebody may not have the part that a county's request gives them.

    `who` is "officer" (the person named is an officer already), "named" or "asked" (the second person is the
    person named, or the one who asked), or "school" (a future officer holds a post at a school).
    """

    def __init__(self, who: str):
        super().__init__(who)
        self.who = who


def check_named(
    *,
    county: County,
    role: str,
    user: User | None,
    username: str,
    phone: str,
    email: str,
    at: datetime,
) -> set[str]:
    """Return the marks by which the person named is recognised; raises NotApart."""
    named = marks(username=username, phone=phone, email=email)
    if user is not None:
        named |= marks_of([user.pk], at)
    not_over = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=local_date(at)))
    officers = not_over.filter(county=county, role=Role.COUNTY_OFFICER)
    if named & marks_of(list(officers.values_list("user_id", flat=True)), at):
        raise NotApart("officer")
    at_schools = not_over.filter(user=user, school__isnull=False)
    if role == Role.COUNTY_OFFICER and user is not None and at_schools.exists():
        raise NotApart("school")
    return named


def check_second(*, by: User, asked_by: User, named: set[str], at: datetime) -> None:
    """Check that the second person is neither the one named nor the one who asked. Raises NotApart."""
    own = marks_of([by.pk], at)
    if own & named:
        raise NotApart("named")
    if own & marks_of([asked_by.pk], at):
        raise NotApart("asked")
