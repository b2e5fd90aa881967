"""Open a transfer, say yes or no, hand the file over, confirm what protects the child.

Each action locks the transfer first: if two run at the same time, the second sees what the first did.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import User
from core import walls
from guardians.models import Adult
from privacy.rules import GIVEN, NO, REFUSED, WITHDRAWN, receipt_for
from schools.models import School, SchoolClass
from schools.policies import today_in
from students.actions import leave_school
from students.models import Enrolment, Student
from students.policies import students_visible_to
from students.queries import enrolments_of
from transfers import messages, protecting, rules
from transfers.making import make_file
from transfers.models import Arrival, PaperPackage, PaperRecall, Part, Transfer, TransferWord
from transfers.package import digests_of, package_of
from transfers.policies import adults_to_ask, asks_pupil, may_accept, to_hear_the_child
from transfers.queries import last_words, paper_of, receipt_until, same_child


class OpenAlready(Exception):
    """A transfer of this child is open already."""


class PupilSaidNo(Exception):
    """The child said no at the pupils' door; only the child can take that back."""


class NotOpen(Exception):
    """Somebody else was faster, the family changed its mind, or `by` may no longer do this."""


class NotTold(Exception):
    """Nobody of a school without Jiaqiao has heard yet what protects the child."""


class NumberTaken(Exception):
    """Another file of the new school has this identity or student number."""


@transaction.atomic
def prepare(
    *,
    student: Student,
    to_school: School | None,
    parts: Collection[str],
    key: UUID,
    by: User,
    at: datetime,
    outside: str = "",
    outside_to: str = "",
) -> Transfer:
    """Open a transfer: notify principal and counsellor there of what protects the child, and ask the family.

    A school `outside` is told by phone. The same `key` again changes nothing. Raises OpenAlready.
    """
    Student.objects.select_for_update(no_key=True).get(pk=student.pk)
    known = Transfer.objects.filter(key=key, student=student).first()
    if known is not None:
        return known
    if Transfer.objects.filter(student=student, closed_at=None).exists():
        raise OpenAlready
    row = Transfer.objects.create(
        school_id=student.school_id,
        student=student,
        to_school=to_school,
        outside=outside,
        outside_to=outside_to,
        parts=rules.chosen(parts, Part.values),
        key=key,
        opened_by=by,
        opened_at=at,
    )
    walls.also(row.to_school_id)
    if protecting.follow(row, at):
        messages.tell_protectors(row, at)
    messages.ask_family(row, at)
    return row


@transaction.atomic
def say(
    *,
    transfer: Transfer,
    adult: Adult | None,
    decision: str,
    via: str,
    words: str,
    key: UUID,
    at: datetime,
    by: User | None = None,
) -> TransferWord:
    """Record a yes or no of an adult who decides for the child, or without `adult` of the pupil.

    The number of its receipt comes from `key`: an answer sent twice is recorded once. A no after a yes takes
    it back, also from the same page, whose first answer may have been lost on the way.
    `by` recorded it; for a pupil never the person who opened the transfer. Raises NotOpen, PupilSaidNo.
    """
    row = _locked(transfer)
    before = row.words.filter(adult=adult).last()
    receipt = _receipt_from(key, row, adult, decision, before)
    known = row.words.filter(receipt=receipt).first()
    if known is not None:
        return known
    if not row.is_open:
        raise NotOpen
    asked = adults_to_ask(row, at)
    if not (asked.filter(pk=adult.pk).exists() if adult else asks_pupil(row, at)):
        raise NotOpen
    if decision == REFUSED and before and before.decision == GIVEN:
        decision = WITHDRAWN
    if adult is None and by is not None:
        if not to_hear_the_child(by, today_in(row.school, at)).filter(pk=row.pk).exists():
            raise NotOpen
        own = row.words.filter(adult=None, via=TransferWord.AT_THE_PUPILS_DOOR).last()
        if decision == GIVEN and own and own.decision in NO:
            raise PupilSaidNo
    word = TransferWord.objects.create(
        school_id=row.school_id,
        transfer=row,
        adult=adult,
        decision=decision,
        parts=row.parts,
        via=via,
        words=words,
        receipt=receipt,
        recorded_by=by,
        at=at,
    )
    _settle(row, at)
    return word


def _receipt_from(
    key: UUID, row: Transfer, adult: Adult | None, decision: str, before: TransferWord | None
) -> UUID:
    """Return the number of the receipt of this answer (`privacy.rules.receipt_for`)."""
    first = TransferWord.objects.filter(receipt=key).first()
    if first is None:
        return key
    if (first.transfer_id, first.adult_id) != (row.pk, adult.pk if adult else None):
        raise Http404  # a number that was made up, or taken from another receipt
    last = before or first
    return receipt_for(key, decision, first.decision, last.decision, last.receipt)


@transaction.atomic
def accept(
    *,
    transfer: Transfer,
    school_class: SchoolClass,
    starts_on: date,
    existing: Student | None,
    by: User,
    at: datetime,
) -> Arrival:
    """Create the file at the new school, end the class at the old one. Raises NotOpen, NumberTaken."""
    row = _locked(transfer)
    if row.state == Transfer.State.ACCEPTED:
        return row.arrival
    if protecting.follow(row, at):  # facts that came up since the last look are added, and notified
        messages.tell_protectors(row, at)
    _settle(row, at)
    if row.to_school is None or not may_accept(by, row, on := today_in(row.to_school, at)):
        raise NotOpen
    student = Student.objects.select_for_update().get(pk=row.student_id)
    _refuse_other_file(row, existing, by, on)
    package = package_of(student, row.parts, at, on)
    try:
        with transaction.atomic():
            new = make_file(
                transfer=row,
                package=package,
                existing=existing,
                school_class=school_class,
                starts_on=starts_on,
                by=by,
                at=at,
                on=on,
            )
    except IntegrityError as error:
        raise NumberTaken from error
    arrival = Arrival.objects.create(
        school_id=row.to_school.pk,
        transfer=row,
        student=new,
        package=package,
        digests=digests_of(package),
        starts_on=starts_on,
        by=by,
        at=at,
    )
    _end_enrolment(row, starts_on - timedelta(days=1), by)
    _close(row, Transfer.State.ACCEPTED, by, at)
    return arrival


def _refuse_other_file(row: Transfer, existing: Student | None, by: User, on: date) -> None:
    """Raise NumberTaken if the child's file here cannot be chosen safely.

    This is so if `existing` is another child's, or if a file that may be this child's is closed to `by`: next
    to a new file its barriers would be forgotten.
    """
    same = same_child(row)
    open_to = students_visible_to(by, on)
    if (
        existing is not None
        and not same.filter(pk=existing.pk, pk__in=open_to.values("pk")).exists()
    ):
        raise NumberTaken
    if same.exclude(pk__in=open_to.values("pk")).exists():
        raise NumberTaken


@transaction.atomic
def decline(*, transfer: Transfer, words: str, by: User, at: datetime) -> None:
    """Record that the other school does not take the child; nothing was copied. Raises NotOpen."""
    row = _locked(transfer)
    if row.state == Transfer.State.DECLINED:
        return
    if row.to_school is None or not may_accept(by, row, today_in(row.to_school, at)):
        raise NotOpen
    row.answer = words
    _close(row, Transfer.State.DECLINED, by, at)


@transaction.atomic
def end(*, transfer: Transfer, by: User, at: datetime) -> None:
    """End the transfer because the child does not go there. Raises NotOpen if it is no longer open."""
    row = _locked(transfer)
    if row.state == Transfer.State.ENDED:
        return
    if not row.is_open:
        raise NotOpen
    _close(row, Transfer.State.ENDED, by, at)


@transaction.atomic
def print_package(*, transfer: Transfer, by: User, at: datetime) -> PaperPackage:
    """Save what the family agreed to, as it is at this moment, for a school without Jiaqiao to get on paper.

    Somebody there must have heard by phone what protects the child. Raises NotOpen, NotTold.
    """
    row = _locked(transfer)
    if not row.is_outside or row.state != Transfer.State.AGREED:
        raise NotOpen
    on = today_in(row.school, at)
    protecting.follow(row, at)
    if protecting.unconfirmed(row).exists():
        raise NotTold
    package = package_of(Student.objects.get(pk=row.student_id), row.parts, at, on)
    return PaperPackage.objects.create(
        school_id=row.school_id,
        transfer=row,
        package=package,
        digests=digests_of(package),
        by=by,
        at=at,
    )


@transaction.atomic
def call_back(
    *, transfer: Transfer, package_id: int | None, reason: str, by: User, at: datetime
) -> PaperRecall:
    """Call the last package back, so that it is no longer valid; an arrival before that is still recorded.

    Doing it again changes nothing. Raises NotOpen if its receipt has come, or another package was printed
    since.
    """
    row = _locked(transfer)
    package = paper_of(row)
    if package is None or package.pk != package_id or row.state == Transfer.State.ACCEPTED:
        raise NotOpen
    if package.is_void:
        return package.recall
    return PaperRecall.objects.create(
        school_id=row.school_id, package=package, reason=reason, by=by, at=at
    )


@transaction.atomic
def note_receipt(
    *,
    transfer: Transfer,
    received_by: str,
    received_on: date,
    last_on: date,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    """Record the signed receipt: the file was handed over, and the child leaves here after `last_on`.

    Doing it again changes nothing. What had arrived before somebody said no counts as handed over. Raises
    NotOpen.
    """
    row = _locked(transfer)
    if row.state == Transfer.State.ACCEPTED:
        return
    until = receipt_until(row, today_in(row.school, at))
    if until is None or received_on > until:
        raise NotOpen
    # The other school is told by phone, even after the envelope was sent.
    if protecting.follow(row, at):
        messages.tell_protectors(row, at)
    row.received_by, row.received_on = received_by, received_on
    row.save(update_fields=["received_by", "received_on"])
    _end_enrolment(row, last_on, by, reason)
    _close(row, Transfer.State.ACCEPTED, by, at)


@transaction.atomic
def confirm(
    *, transfer: Transfer, keys: Collection[int], by: User, at: datetime, told_to: str = ""
) -> bool:
    """Record that somebody at the new school knows what protects the child.

    `keys`: the rows that they have read, or that `by` told `told_to` there by phone. Return False if another
    one has come up since.
    """
    row = _locked(transfer)
    for one in protecting.unconfirmed(row).filter(pk__in=keys).select_for_update():
        one.acknowledged_by, one.acknowledged_at, one.told_to = by, at, told_to
        one.save(update_fields=["acknowledged_by", "acknowledged_at", "told_to"])
    if protecting.unconfirmed(row).exists():
        return False
    messages.call_off_protectors(row, at)
    return True


@transaction.atomic
def follow(*, transfer: Transfer, at: datetime) -> None:
    """Update the transfer: who decides, who may not come near the child, and what was not confirmed in time.

    Safe to call again.
    """
    row = _locked(transfer)
    if not row.is_open and row.state != Transfer.State.ACCEPTED:
        return
    if protecting.follow(row, at):
        messages.tell_protectors(row, at)
    if row.is_open:
        _settle(row, at)
    if protecting.unconfirmed(row).filter(due_at__lte=at).exists():
        messages.remind(row, at)


def _locked(transfer: Transfer) -> Transfer:
    # Whatever happens to it is notified, or called off, at both schools.
    walls.also(transfer.school_id, transfer.to_school_id)
    rows = Transfer.objects.select_for_update(of=("self",))
    return rows.select_related("school", "to_school", "student", "opened_by").get(pk=transfer.pk)


def _settle(row: Transfer, at: datetime) -> None:
    """Set the state that follows from the answers of the people who decide today."""
    deciding = adults_to_ask(row, at).values_list("pk", flat=True)
    said = last_words(row)
    now = rules.standing(
        [said[pk].decision for pk in deciding if pk in said],
        pupil=said[None].decision if None in said else None,
        asks_pupil=asks_pupil(row, at),
    )
    if now == row.state:
        return
    before, row.state = row.state, now
    row.save(update_fields=["state"])
    if now == rules.AGREED:
        messages.tell_takers(row, at)
    elif before == rules.AGREED:
        messages.call_off_takers(row, at)
    if now == rules.REFUSED:
        messages.tell_opener(row, messages.REFUSED, at)


def _close(row: Transfer, state: str, by: User, at: datetime) -> None:
    row.state, row.closed_by, row.closed_at = state, by, at
    row.save(update_fields=["state", "closed_by", "closed_at", "answer"])
    messages.call_off_family(row, at)
    messages.call_off_takers(row, at)
    if state != Transfer.State.ACCEPTED:
        messages.call_off_protectors(row, at)
    if by.pk != row.opened_by_id:
        words = {rules.ACCEPTED: messages.ACCEPTED, rules.DECLINED: messages.DECLINED}.get(state)
        if words:
            messages.tell_opener(row, words, at)


def _end_enrolment(
    row: Transfer, last_on: date, by: User, reason: str = Enrolment.Left.OTHER_SCHOOL
) -> None:
    """End the child's class at the old school; if the child had left before, only record where to.

    A class prepared for next year is dropped.
    """
    rows = enrolments_of(row.student)
    if not rows:
        return
    latest = next((one for one in rows if one.starts_on <= last_on), rows[-1])
    last_on = min(max(last_on, latest.starts_on), latest.ends_on or date.max)
    leave_school(
        student=row.student,
        left_on=last_on,
        reason=latest.left_reason or reason,
        left_to=row.to_name,
        by=by,
    )
