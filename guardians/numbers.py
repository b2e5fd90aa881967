"""Which numbers let an adult in, and what is told of a number that comes or goes.

A number that staff write down receives messages at once. It signs in only when somebody else confirms it:
the adult, by answering a code in an existing session (CODE), or two members of staff, who confirm a slip
one after the other (SECOND). The first number of an adult who never signed in may come from the school
office, which keeps the roster (OFFICE): a file brings hundreds.
"""

from collections.abc import Collection

from accounts.models import User
from core import clock
from guardians.models import Adult, ContactPoint, NumberChange
from guardians.queries import usable_contact_points
from schools.models import School
from schools.policies import may, today_in
from schools.roles import Permission

SignsInBy = ContactPoint.SignsInBy


def is_of_office(user: User, school: School) -> bool:
    """Whether `user` keeps the roster of this school."""
    return may(user, Permission.IMPORT_ROSTER, school, today_in(school, clock.now()))


def without_any_yet(adult_ids: Collection[int]) -> set[int]:
    """Adults for whom no number was ever written down, and as whom nobody came in."""
    history = ContactPoint.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        adult_id__in=adult_ids, kind__in=ContactPoint.TYPED
    ).exclude(address="")
    fresh = Adult.objects.filter(pk__in=adult_ids, user=None)
    return set(fresh.exclude(pk__in=history.values("adult_id")).values_list("pk", flat=True))


def stands_for(adult: Adult, by: User) -> str:
    """`signs_in_by` of a number that `by` writes down for this adult now."""
    is_first = without_any_yet([adult.pk]) and is_of_office(by, adult.school)
    return SignsInBy.OFFICE if is_first else ""


def note_change(adult: Adult, what: str, *, but: str = "") -> None:
    """To be called before the number comes or goes; `but` is the one that comes."""
    before = usable_contact_points().filter(adult=adult, kind__in=ContactPoint.TYPED)
    ways = [list(one) for one in before.values_list("kind", "address") if one[1] != but]
    if ways:
        NumberChange.objects.create(
            school_id=adult.school_id, adult=adult, what=what, ways=ways, changed_at=clock.now()
        )
