"""Rows of Today: files that come, unconfirmed facts that protect a child, and what a family refused."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.prepared import Question, joined, prepared
from privacy.rules import GIVEN, REFUSED, WITHDRAWN, agrees_if_born_until
from schools.policies import own_class_ids, school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from transfers import rules
from transfers.models import Protection, Transfer, TransferWord
from transfers.policies import coming_to, protected_by, sent_by, to_hear_the_child, told_to


def work_for(user: User, at: datetime) -> list[WorkItem]:
    on = timezone.localdate(at)
    found: list[WorkItem] = []
    protects = school_ids_where(user, Permission.CHECK_SAFEGUARDING, on)
    hands_over = school_ids_where(user, Permission.HAND_OVER_FILES, on)
    if protects:
        found += _protections(user, at, on)
    if hands_over:
        found += _files(user, on)
    if protects or hands_over or own_class_ids(user, on):
        why = _("The family agrees to the transfer of the file. The child's own answer is missing.")
        label = _("Ask the child")
        for row in _unheard(user=user, on=on):
            name = row.student.name
            found.append(_item(row, "child_word", Lane.DUE, name, why, row.opened_at, label))
    return found


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries of `work_for` as first looks."""
    on = timezone.localdate(at)
    asked = []
    if protects := school_ids_where(user, Permission.CHECK_SAFEGUARDING, on):
        asked.append(_unconfirmed.first_look(user=user, on=on))
    if hands_over := school_ids_where(user, Permission.HAND_OVER_FILES, on):
        born_until = agrees_if_born_until(on)
        asked.append(_open.first_look(user=user, on=on, born_until=born_until))
    if protects or hands_over or own_class_ids(user, on):
        asked.append(_unheard.first_look(user=user, on=on))
    return asked


def _protections(user: User, at: datetime, on: date) -> Iterator[WorkItem]:
    """Yield one row for each transfer.

    It has waited since the first of its facts was told, and is late once any of them is.
    """
    waiting: dict[int, list[Any]] = {}
    for protection in _unconfirmed(user=user, on=on):
        waiting.setdefault(protection.transfer_id, []).append(protection)
    for told in waiting.values():
        row, is_told = told[0].transfer, told[0].is_told
        is_late = min(one.due_at for one in told) <= at
        if is_told:
            name, who = row.student.name, row.school.name
            why = _("%(school)s tells you what protects this child. Read and confirm it.")
        elif row.to_school is None:
            name, who = row.student.name, row.outside
            why = _("%(school)s has no Jiaqiao. Call there what protects this child.")
        elif is_late:
            name, who = row.student.name, row.to_school.name
            why = _("%(school)s has not confirmed what protects this child. Call there today.")
        else:
            continue
        yield _item(
            row,
            "protection",
            Lane.ADULT_NOW if is_late else Lane.DUE,
            name,
            why % {"school": who},
            min(one.told_at for one in told),
            _("Read it") if is_told else _("Open it"),
        )


def _files(user: User, on: date) -> Iterator[WorkItem]:
    for row in _open(user=user, on=on, born_until=agrees_if_born_until(on)):
        if row.is_coming:
            why = _("The file of this child waits: take it over or say why not.")
            words = {"why": why, "name": row.student.name, "label": _("See the transfer")}
        elif row.waits_for_pupil:
            why = _(
                "The family agrees to the transfer of the file. The child's own answer is missing."
            )
            words = {"why": why, "name": row.student.name, "label": _("See the transfer")}
        elif row.is_wish:
            why = _("The family agrees. The child, under 14 by its corrected birthday, said no.")
            words = {"why": why, "name": row.student.name, "label": _("Talk with the child")}
        elif row.is_paper:
            why = _("The family agrees. Print the package and note the receipt.")
            words = {"why": why, "name": row.student.name, "label": _("Open it")}
        else:
            why = _("The family or the child does not want the file to go to another school.")
            words = {"why": why, "name": row.student.name, "label": _("See the transfer")}
        yield _item(
            row, "transfer", Lane.DUE, words["name"], words["why"], row.opened_at, words["label"]
        )


def _item(
    row: Any, page: str, lane: Lane, name: str, why: str, since_at: datetime, label: str
) -> WorkItem:
    return WorkItem(
        key=f"{page}-{row.pk}",
        lane=lane,
        student_id=0,
        is_person=True,
        student_name=name,
        why=why,
        since_at=since_at,
        act_label=label,
        act_url=address(f"transfers:{page}", row.pk),
        act_opens=True,
        leads=page == "protection",
    )


@prepared
def _unconfirmed(*, user, on) -> QuerySet[Any]:
    """Select facts that protect a child and that nobody has confirmed, by transfer."""
    told, here = told_to(user, on), protected_by(user, on)
    open_ones = here.filter(state__in=[*rules.OPEN, rules.ACCEPTED])
    rows = Protection.objects.filter(
        Q(transfer__in=told.values("pk")) | Q(transfer__in=open_ones.values("pk")),
        acknowledged_at=None,
        over_at=None,
    )
    rows = rows.annotate(is_told=Exists(told.filter(pk=OuterRef("transfer"))))
    names = "student__name", "school__name", "to_school__name", "outside"
    return joined(rows, *(f"transfer__{name}" for name in names)).order_by("transfer", "pk")


@prepared
def _open(*, user, on, born_until) -> QuerySet[Any]:
    coming = coming_to(user, on).filter(state=rules.AGREED).exclude(opened_by=user.pk)
    said = TransferWord.objects.filter(transfer=OuterRef("pk"))
    is_old_enough = Q(student__born_on=None) | Q(student__born_on__lte=born_until)
    waits = Q(is_old_enough, _waits_for_pupil(), opened_by=user.pk)
    sent = sent_by(user, on, Permission.HAND_OVER_FILES)
    own = said.filter(adult=None).order_by("-at", "-pk").values("decision")[:1]
    sent = sent.annotate(own=Subquery(own))
    is_wish = Q(Q(own=REFUSED) | Q(own=WITHDRAWN), state=rules.AGREED)
    is_paper = Q(state=rules.AGREED, to_school=None)
    to_see = sent.filter(waits | Q(state=rules.REFUSED) | is_wish | is_paper)
    rows = Transfer.objects.filter(
        Q(pk__in=coming.values("pk")) | Q(pk__in=to_see.values("pk")),
        state__in=rules.OPEN,  # repeated here for the first look
    )
    rows = rows.annotate(own=Subquery(own)).annotate(
        is_coming=Exists(coming.filter(pk=OuterRef("pk"))),
        is_paper=ExpressionWrapper(is_paper, BooleanField()),
        is_wish=ExpressionWrapper(is_wish, BooleanField()),
        waits_for_pupil=ExpressionWrapper(Q(state=rules.ASKED), BooleanField()),
    )
    return joined(rows, "student__name").order_by("opened_at", "pk")


@prepared
def _unheard(*, user, on) -> QuerySet[Transfer]:
    rows = to_hear_the_child(user, on).filter(_waits_for_pupil())
    return joined(rows, "student__name").order_by("opened_at", "pk")


def _waits_for_pupil() -> Q:
    """Match transfers to which the family has agreed and the pupil has not answered."""
    said = TransferWord.objects.filter(transfer=OuterRef("pk"))
    given = Exists(said.filter(decision=GIVEN, adult__isnull=False))
    return Q(given, ~Exists(said.filter(adult=None)), state=rules.ASKED)
