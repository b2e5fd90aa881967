"""What the county asks for is never one person's doing: who is named, who asked and who agrees are different
people, and nobody who is named is an officer already, also not by another account.
"""

from datetime import datetime

from django.db.models import Q

from accounts.models import User
from accounts.same_person import marks, marks_of
from core.clock import local_date
from schools.models import County, Post
from schools.roles import Role


class NotApart(Exception):
    """`who`: "officer" (the one named is an officer already), "named" or "asked" (the second person is the
    one named, or the one who asked), "school" (an officer-to-be holds a post at a school).
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
    """What the one named is known by; raises NotApart."""
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
    """Raises NotApart."""
    own = marks_of([by.pk], at)
    if own & named:
        raise NotApart("named")
    if own & marks_of([asked_by.pk], at):
        raise NotApart("asked")
