"""Preview of the ladder: whom we reach when an adult is needed, in which order and how."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.phones import readable
from safeguarding import rules
from schools.duty import presenters as duty
from schools.duty.queries import duty_day_of, with_duty
from schools.duty.rules import on_duty
from schools.models import Post, School, holds_on
from schools.policies import today_in
from schools.queries import calendar_of
from schools.roles import Permission, Role, roles_with

MINUTES = rules.ROUND_THE_CLOCK_MINUTES
DAYS = 7  # shown of the duty roster
FEW = 4  # people of one rung shown at once; more are folded


@dataclass(frozen=True)
class Person:
    name: str
    what: str  # class or role
    phone: str
    email: str

    @property
    def phone_text(self) -> str:
        return readable(self.phone)

    @property
    def is_reachable(self) -> bool:
        return bool(self.phone or self.email)


@dataclass(frozen=True)
class Rung:
    """We notify the `people` of one rung together; the first is the named adult."""

    label: str
    people: list[Person]

    @property
    def is_long(self) -> bool:
        return len(self.people) > FEW

    @property
    def unreached(self) -> int:
        return sum(not person.is_reachable for person in self.people)


def roster_of(school: School, at: datetime) -> list[Rung]:
    """Return the rungs of the ladder (safeguarding.rules.ladder_of) for the whole school at this moment.

    A class teacher is notified only about their own class. One query.
    """
    posts = list(
        with_duty(Post.objects.all(), at)
        .filter(
            holds_on(today_in(school, at)),
            school=school,
            role__in=roles_with(Permission.HANDLE_CONCERNS),
            user__is_active=True,
        )
        .select_related("user", "school_class")
        .order_by("school_class__grade__number", "school_class__number", "starts_on", "pk")
    )
    principals = (post for post in posts if post.role == Role.PRINCIPAL)
    return [
        Rung(_("First: the child's class teacher"), _with_role(posts, Role.CLASS_TEACHER)),
        Rung(_("Then: the counsellor"), _with_role(posts, Role.COUNSELLOR)),
        Rung(_("Then: who is on duty, and the principal"), _people([*on_duty(posts), *principals])),
    ]


def duty_days(school: School, at: datetime) -> list[duty.DayOnPage]:
    """Return who is on duty today and in the next days."""
    names = calendar_of(school).names
    return duty.days_on_page(school, duty_day_of(school, at), at, names, DAYS)


def _with_role(posts: Iterable[Post], role: str) -> list[Person]:
    return _people(post for post in posts if post.role == role)


def _people(posts: Iterable[Post]) -> list[Person]:
    """List each person once, however many posts they hold."""
    found: dict[int, Person] = {}
    for post in posts:
        what = post.school_class.name if post.school_class else post.get_role_display()
        person = Person(post.user.name, what, post.user.phone, post.user.email)
        found.setdefault(post.user_id, person)
    return list(found.values())
