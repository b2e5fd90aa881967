"""One class: which adults of each family have signed in, who has been given a slip, and the slips to
print.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import segno
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.days import short_day
from delivery.models import Invitation
from delivery.queries import adults_sent_a_link, open_slips
from delivery.sign_in import codes
from guardians.models import Adult, Guardianship
from guardians.presenters import relation_word
from guardians.queries import approachable, informed_guardianships, sign_in_points
from schools.models import SchoolClass
from students.models import Student
from students.queries import in_class

QR_ERROR = "m"  # 15 % of the square may be smudged: a slip travels in a school bag


@dataclass(frozen=True)
class Invited:
    """One adult of a child's family in the list. `state` is joined, waits, invited or not_yet."""

    student: Student
    adult: Adult
    relation: str
    state: str
    state_words: str
    slip: Invitation | None

    @property
    def can_be_invited(self) -> bool:
        return self.state == "not_yet"


def invited_of(
    children: QuerySet[Student], school_class: SchoolClass, at: datetime
) -> list[Invited]:
    """Return the adults of each child; five queries for any number of children."""
    on = timezone.localdate(at)
    students = {child.pk: child for child in in_class(children, school_class, on)}
    held = list(to_invite(students, on))
    adult_ids = {row.adult_id for row in held}
    slips, sent = open_slips(adult_ids, at), adults_sent_a_link(adult_ids, at)
    able = set(sign_in_points().filter(adult__in=adult_ids).values_list("adult_id", flat=True))
    order = {pk: place for place, pk in enumerate(students)}
    held.sort(key=lambda row: (order[row.student_id], row.priority, row.pk))
    found = []
    for row in held:
        slip, has_account = slips.get(row.adult_id), row.adult.user_id is not None
        if has_account and row.adult_id in able:
            state, words = "joined", pgettext("family account", "has signed in")
        elif slip is not None and slip.claimed_at is not None and slip.confirmed_at is None:
            state, words = "waits", _("waiting for two people to confirm")
        elif slip is not None:
            day = short_day(timezone.localdate(slip.made_at), on)
            state, words = "invited", _("slip made on %(day)s") % {"day": day}
        elif row.adult_id in sent:
            state, words = "invited", _("link sent")
        elif has_account:  # signed in before, but needs a new slip now
            state, words = "not_yet", _("no number can sign in any more")
        else:
            state, words = "not_yet", _("not invited yet")
        relation = relation_word(row.relation)
        found.append(Invited(students[row.student_id], row.adult, relation, state, words, slip))
    return found


def to_invite(student_ids, on: date) -> QuerySet[Guardianship]:
    """Return adults who may see the child's file and are in touch, never somebody who is blocked."""
    return (
        informed_guardianships(on)
        .filter(approachable(), student_id__in=student_ids, kind__in=Guardianship.RAISING)
        .select_related("adult")
    )


@dataclass(frozen=True)
class Square:
    """A QR code that lets in one adult, and opens on nobody else's phone."""

    adult_id: int
    adult: str
    relation: str
    code: str
    drawn: SafeString
    until: date


@dataclass(frozen=True)
class Slip:
    """One piece of paper that one child takes home. `children` names the children of this class it is for."""

    children: str
    squares: list[Square]

    @property
    def until(self) -> date:
        return min(square.until for square in self.squares)


def slips_of(rows: Sequence[Invited]) -> list[Slip]:
    """Return a slip for each child. An adult of several children is only on the first child's slip.

    A code that can no longer be read is left out.
    """
    found: dict[int, list[Invited]] = {}
    for row in rows:
        if row.slip is not None and row.state == "invited":
            found.setdefault(row.adult.pk, []).append(row)
    carried: dict[int, list[list[Invited]]] = {}
    for mine in found.values():
        carried.setdefault(mine[0].student.pk, []).append(mine)
    slips = []
    for adults in carried.values():
        names = {row.student.pk: row.student.name for mine in adults for row in mine}
        squares = []
        for first, *_others in adults:
            code = codes.code_on(first.slip) if first.slip else ""
            if not code or first.slip is None:
                continue
            readable = codes.readable_slip(code)
            url = f"{settings.PUBLIC_URL}{reverse('family:invitation', args=[readable])}"
            drawn = segno.make(url, error=QR_ERROR, micro=False)
            # Without a size: the style sheet sets it.
            svg = drawn.svg_inline(
                omitsize=True, border=2, svgclass="qr", lineclass=None, dark="#000"
            )
            square = Square(
                adult_id=first.adult.pk,
                adult=first.adult.name,
                relation=first.relation,
                code=readable,
                drawn=mark_safe(svg),  # noqa: S308 - segno's own drawing of an address of ours
                until=timezone.localdate(first.slip.expires_at),
            )
            squares.append(square)
        if squares:
            slips.append(Slip(_(", ").join(names.values()), squares))
    return slips
