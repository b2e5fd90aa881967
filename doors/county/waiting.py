"""Describe in words what a school's set-up is waiting for and what to do next. No child is named or
counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doors.set_up import SetUp
from schools.models import PostOffer, School

QUIET_DAYS = 14  # days without a sign-in by anyone; longer than a week's holiday


@dataclass(frozen=True)
class Wait:
    """`words` says what is missing and `next` what to do and who does it; an officer can act at `url`, on
    the button `act`.
    """

    words: str
    next: str
    url: str = ""
    act: str = ""

    @property
    def line(self) -> str:
        return _("%(words)s %(next)s") % {"words": self.words, "next": self.next}


@dataclass(frozen=True)
class SchoolWaits:
    school: School
    waits: list[Wait]

    @property
    def line(self) -> str:
        """Return the first missing step, and how many more there are."""
        first, more = self.waits[0].words, len(self.waits) - 1
        if not more:
            return first
        words = ngettext("%(first)s And %(n)s more.", "%(first)s And %(n)s more.", more)
        return words % {"first": first, "n": more}


@dataclass(frozen=True)
class Desk:
    """Schools grouped by how far they have come: without an administrator, not yet writing to families, in
    use with something missing, and complete. Each group is sorted by name.
    """

    for_county: list[SchoolWaits]
    setting_up: list[SchoolWaits]
    wanting: list[SchoolWaits]
    complete: list[SchoolWaits]


def desk(schools: Sequence[SetUp], offers: Sequence[PostOffer], at: datetime) -> Desk:
    asked = {offer.school_id: offer for offer in offers if offer.school_id}
    found = Desk([], [], [], [])
    for one in schools:
        if not one.has_administrator:
            group, waits = found.for_county, [_administrator(one.school, asked.get(one.school.pk))]
        else:
            waits = list(_waits(one, at))
            group = found.setting_up if not one.has_begun else found.wanting
            group = group if waits else found.complete
        group.append(SchoolWaits(one.school, waits))
    return found


def _administrator(school: School, offer: PostOffer | None) -> Wait:
    """Return the very first step. Until it is done, nobody can do any other."""
    words = _("It has no administrator.")
    if offer is None:
        url = reverse("founding:administrator", args=[school.pk])
        return Wait(words, _("Name somebody; another officer agrees."), url, _("Name one"))
    url, who = reverse("founding:offer", args=[offer.pk]), {"name": offer.name}
    if offer.waits_for_second:
        then = _("%(name)s is named. Another officer or the principal must agree.")
    else:
        then = _("%(name)s must still accept, with the number from the person who agreed.")
    return Wait(words, then % who, url, _("Open"))


def _waits(one: SetUp, at: datetime) -> Iterator[Wait]:
    yield from _of_the_school(one)
    yield from _of_people(one)
    yield from _of_families(one)
    # If nobody has ever signed in, something else is in the way.
    days = (at - one.last_sign_in).days if one.last_sign_in else 0
    if days >= QUIET_DAYS:
        words = ngettext(
            "Nobody has signed in for %(n)s day.", "Nobody has signed in for %(n)s days.", days
        )
        yield Wait(words % {"n": days}, _("Call them and ask what is holding them up."))


def _of_the_school(one: SetUp) -> Iterator[Wait]:
    if not one.school.phone:
        then = _("The administrator enters it: Settings, School.")
        yield Wait(_("No phone number of the school."), then)
    if one.year is None:
        then = _("The administrator opens it: Settings, Calendar.")
        yield Wait(_("No school year is open."), then)
    elif one.missing:
        words = _("The holidays of %(year)s are missing.") % {"year": one.missing[0]}
        url = reverse("founding:calendar")
        yield Wait(words, _("Enter them for all schools."), url, _("Calendar of all schools"))
    if not one.has_class:
        then = _("The administrator adds them, or the roster brings them along.")
        yield Wait(_("No classes."), then)


def _of_people(one: SetUp) -> Iterator[Wait]:
    if not one.has_principal:
        then = _("The administrator adds them: Settings, Staff. The county administrator agrees.")
        yield Wait(_("No principal."), then)
    if one.people < 2:  # only the administrator
        then = _("The administrator adds the class teachers: Settings, Staff.")
        yield Wait(_("The administrator is the only one with a post."), then)
    if not one.has_duty:
        then = _("The principal or the administrator writes the roster: Settings, Duty.")
        yield Wait(_("Nobody is on duty."), then)
    if not one.has_counsellor:
        then = _(
            "Until there is one, the principal can join the shared queue on the page Concerns."
        )
        yield Wait(_("No counsellor."), then)


def _of_families(one: SetUp) -> Iterator[Wait]:
    if not one.has_channel:
        then = _(
            "The administrator sets up SMS, WeChat or e-mail: Settings, Channels. Or give all schools an"
            " account."
        )
        url = reverse("county_accounts:accounts")
        yield Wait(_("No channel that sends."), then, url, _("Accounts for messages"))
    elif not one.has_tested:
        then = _("The administrator sends a test to themselves: Settings, Channels.")
        yield Wait(_("No test message has arrived."), then)
    if not one.has_children:
        then = _("The administrator imports the school's own Excel file: Settings, Roster.")
        yield Wait(_("No roster."), then)
    elif not one.has_invited:
        then = _("The class teachers print the slips for the families: Children.")
        yield Wait(_("No family has been invited."), then)
    if not one.has_begun:
        then = _("The principal or the administrator presses Start on Today.")
        yield Wait(_("The school does not write to families yet."), then)
