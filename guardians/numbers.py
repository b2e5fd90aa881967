"""Which numbers let an adult sign in, and the notice to an adult's other numbers when one is added or
removed.

A number recorded by staff can receive messages at once. It signs in only when somebody else confirms it:
the adult, by answering a code in an existing session (CODE), or two members of staff, who confirm an
invitation slip one after the other (SECOND). For an adult who has never signed in, the first number may
come from the school office, which maintains the roster (OFFICE), because one file brings hundreds.
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
    """Return whether `user` may import the roster of this school."""
    return may(user, Permission.IMPORT_ROSTER, school, today_in(school, clock.now()))


def without_any_yet(adult_ids: Collection[int]) -> set[int]:
    """Return the adults for whom no phone number or e-mail address was ever recorded, and as whom nobody
    has signed in.
    """
    history = ContactPoint.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        adult_id__in=adult_ids, kind__in=ContactPoint.TYPED
    ).exclude(address="")
    fresh = Adult.objects.filter(pk__in=adult_ids, user=None)
    return set(fresh.exclude(pk__in=history.values("adult_id")).values_list("pk", flat=True))


def stands_for(adult: Adult, by: User) -> str:
    """Return the `signs_in_by` of a number that `by` records for this adult now."""
    is_first = without_any_yet([adult.pk]) and is_of_office(by, adult.school)
    return SignsInBy.OFFICE if is_first else ""


def note_change(adult: Adult, what: str, *, but: str = "") -> None:
    """Record a change, so that the numbers and e-mail addresses that the adult can be reached at so far get
    a notice (delivery.actions.number_notices).

    Call it before the number is added or removed; `but`, the new number, gets no notice.
    """
    before = usable_contact_points().filter(adult=adult, kind__in=ContactPoint.TYPED)
    ways = [list(one) for one in before.values_list("kind", "address") if one[1] != but]
    if ways:
        NumberChange.objects.create(
            school_id=adult.school_id, adult=adult, what=what, ways=ways, changed_at=clock.now()
        )
