"""Writes about families. Each is a single transaction; where a function says so, it is safe to call twice."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from accounts.models import User
from core.pinyin import pinyin_of
from guardians.blocking.actions import block_adult as block_adult
from guardians.blocking.actions import unblock_adult as unblock_adult
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration, NumberChange
from guardians.numbers import note_change, stands_for
from guardians.zones import zone_after_move
from students.models import Student


def record_contact(
    *,
    student: Student,
    adult: Adult,
    happened_on: date,
    reported_by: str,
    at: datetime,
    school_id: int | None = None,
    kind: str = Contact.Kind.TALK,
    minutes: int | None = None,
    source_key: str | None = None,
    by: User | None = None,
) -> Contact:
    """Record that a parent and a child talked.

    Calling it again with the same `source_key` changes nothing, except that a statement retracted earlier
    counts again.
    """
    fields = {
        "school_id": school_id or student.school_id,
        "student": student,
        "adult": adult,
        "kind": kind,
        "happened_on": happened_on,
        "reported_by": reported_by,
        "minutes": minutes,
        "recorded_by": by,
        "recorded_at": at,
    }
    if source_key is None:
        return Contact.objects.create(**fields)
    with transaction.atomic():
        contact, is_new = Contact.objects.get_or_create(source_key=source_key, defaults=fields)
        if not is_new and contact.retracted_at is not None:
            contact.retracted_at = None
            contact.save(update_fields=["retracted_at"])
    return contact


def retract_contact(*, source_key: str, at: datetime) -> bool:
    """Retract the contact recorded under `source_key`; return True if there was one."""
    rows = Contact.objects.filter(source_key=source_key, retracted_at=None)
    return bool(rows.update(retracted_at=at))


def note_delivery(
    *, contact_point_id: int, address: str, worked: bool, at: datetime, cause: str = ""
) -> None:
    """Record the result of a delivery to `address` on its contact point, if it still has that address.

    While failures continue, the date of the first one is kept. A network may report days later, when the
    number has been corrected: that says nothing about the new one.
    """
    point = ContactPoint.objects.filter(pk=contact_point_id, address=address)
    if worked:
        point.update(last_delivered_at=at, failing_since=None, failing_cause="")
    else:
        point.filter(failing_since=None).update(failing_since=at)
        point.update(failing_cause=cause[:60])


def note_reply(*, contact_point_id: int, at: datetime) -> None:
    """Record a reply: it proves that somebody who has the link reads the messages sent to this address."""
    point = ContactPoint.objects.filter(pk=contact_point_id)
    point.update(last_replied_at=at, failing_since=None, failing_cause="")
    point.filter(verified_at=None).update(verified_at=at)


def dispute_address(*, contact_point_id: int, at: datetime, address: str = "") -> None:
    """Record "This is not me": nothing more is sent to this address until staff have checked.

    `address`: where it was said, in a report that may come late; a number corrected since stays in use.
    """
    points = ContactPoint.objects.filter(pk=contact_point_id, disputed_at=None)
    (points.filter(address=address) if address else points).update(disputed_at=at)


def opt_out(*, adult: Adult, at: datetime) -> None:
    Adult.objects.filter(pk=adult.pk, opted_out_at=None).update(opted_out_at=at)


def opt_in(*, adult: Adult) -> None:
    Adult.objects.filter(pk=adult.pk).update(opted_out_at=None)


@transaction.atomic
def add_family_member(
    *,
    student: Student,
    name: str,
    relation: str,
    kind: str,
    starts_on: date,
    by: User,
    address: str = "",
    as_written: str = "",
    may_see_file: bool | None = None,
) -> Guardianship:
    """Add a new adult to the child's family, with one phone number if `address` is given (E.164).

    Unless `may_see_file` says otherwise, everyone who raises the child may see how the child is; an emergency
    contact may not. The same form sent twice adds them once.
    """
    Student.objects.select_for_update(no_key=True).get(pk=student.pk)
    known = Guardianship.objects.filter(
        student=student,
        adult__name=name,
        adult__merged_into=None,
        relation=relation,
        kind=kind,
        starts_on=starts_on,
        ends_on=None,
    )
    if address:
        known = known.filter(adult__contact_points__address=address)
    if (tie := known.select_related("adult").first()) is not None:
        return tie
    adult = Adult.objects.create(
        school_id=student.school_id,
        name=name,
        name_pinyin=pinyin_of(name),
        legal_basis=Guardianship.GROUNDS[Guardianship.Kind(kind)],
    )
    if address:
        add_contact_point(
            adult=adult, kind=ContactPoint.Kind.PHONE, address=address, as_written=as_written, by=by
        )
    return Guardianship.objects.create(
        school_id=student.school_id,
        student=student,
        adult=adult,
        relation=relation,
        kind=kind,
        starts_on=starts_on,
        may_see_file=kind in Guardianship.RAISING if may_see_file is None else may_see_file,
    )


@transaction.atomic
def set_carer(
    *,
    student: Student,
    adult: Adult,
    relation: str,
    starts_on: date,
    by: User,
    others_go_on: bool = False,
) -> Guardianship:
    """Record that this adult cares for the child from `starts_on`.

    Unless `others_go_on`, the rows of other carers end on the day before. If the adult is already a carer,
    their row stays as it is.
    """
    rows = Guardianship.objects.select_for_update().filter(
        student=student, kind=Guardianship.Kind.CARER, ends_on=None
    )
    present = rows.filter(adult=adult).first()
    if not others_go_on:
        for row in rows.exclude(adult=adult):
            _end_before(row, starts_on)
    if present:
        return present
    return Guardianship.objects.create(
        school_id=student.school_id,
        student=student,
        adult=adult,
        relation=relation,
        kind=Guardianship.Kind.CARER,
        starts_on=starts_on,
    )


def _end_before(row: Guardianship | Migration, starts_on: date) -> None:
    row.ends_on = starts_on - timedelta(days=1)
    row.save(update_fields=["ends_on"])


@transaction.atomic
def set_whereabouts(
    *,
    adult: Adult,
    is_away: bool,
    place: str,
    work: str,
    shift: str,
    starts_on: date,
    by: User,
    shift_since: date | None = None,
) -> Migration:
    """Record where the adult lives from `starts_on`; the previous row ends on the day before.

    If the current row starts on the same day, it is corrected instead. The adult's time zone follows as far
    as the place determines it. `shift_since` is the first day of a run of day shifts, for rotating shifts.
    """
    present = Migration.objects.select_for_update().filter(adult=adult, ends_on=None).first()
    rotates_since = (shift_since or adult.shift_since) if shift == Adult.Shift.ROTATING else None
    if (adult.shift, adult.shift_since) != (shift, rotates_since):
        adult.shift, adult.shift_since = shift, rotates_since
        adult.save(update_fields=["shift", "shift_since"])
    before = present.place if present and present.is_away else ""
    zone = zone_after_move(before, place if is_away else "", adult.time_zone)
    if zone != adult.time_zone:
        adult.time_zone = zone
        adult.save(update_fields=["time_zone"])
    words = {"is_away": is_away, "place": place, "work": work}
    if present and present.starts_on == starts_on:
        for field, value in words.items():
            setattr(present, field, value)
        present.save(update_fields=list(words))
        return present
    if present:
        _end_before(present, starts_on)
    return Migration.objects.create(
        school_id=adult.school_id, adult=adult, starts_on=starts_on, **words
    )


@transaction.atomic
def record_whereabouts(*, away: Mapping[int, bool], starts_on: date, on: date, by: User) -> int:
    """Record for each adult whether they are away (adult → bool), unless their whereabouts on the day `on`
    are known; return how many were recorded.

    What a colleague has recorded in the meantime stays, and an earlier place keeps its days.
    """
    adults = Adult.objects.select_for_update().filter(pk__in=away).order_by("pk")
    known = Migration.objects.filter(adult_id=OuterRef("pk"))
    open_ones = adults.filter(~Exists(known.filter(Q(ends_on=None) | Q(ends_on__gte=on))))
    last = known.order_by("-ends_on").values("ends_on")[:1]
    found = list(open_ones.annotate(last_ended_on=Subquery(last)))
    for adult in found:
        ended: date | None = adult.last_ended_on
        set_whereabouts(
            adult=adult,
            is_away=away[adult.pk],
            place="",
            work="",
            shift=adult.shift,
            starts_on=max(starts_on, ended + timedelta(days=1)) if ended else starts_on,
            by=by,
        )
    return len(found)


def update_adult(*, adult: Adult, changes: dict[str, object], by: User) -> Adult:
    """Save `changes` to the adult and keep the search key in step with the name.

    A trigger keeps the old values.
    """
    for field, value in changes.items():
        setattr(adult, field, value)
    fields = set(changes)
    if "name" in fields:
        adult.name_pinyin = pinyin_of(adult.name)
        fields.add("name_pinyin")
    adult.save(update_fields=fields)
    return adult


@transaction.atomic
def add_contact_point(
    *,
    adult: Adult,
    kind: str,
    address: str,
    as_written: str,
    by: User,
    signs_in_by: str = "",
    by_call: bool = False,
    agreed_key: str = "",
) -> ContactPoint:
    """Add another way to reach the adult, after the existing ones.

    The numbers they already have are notified.
    """
    signs_in_by = signs_in_by or stands_for(adult, by)
    note_change(adult, NumberChange.What.WRITTEN, but=address)
    last = adult.contact_points.order_by("-priority").first()
    return ContactPoint.objects.create(
        school_id=adult.school_id,
        adult=adult,
        kind=kind,
        address=address,
        as_written=as_written,
        priority=last.priority + 1 if last else 1,
        signs_in_by=signs_in_by,
        by_call=by_call,
        agreed_key=agreed_key,
    )


def let_sign_in(*, point: ContactPoint, how: str, by: User, at: datetime) -> None:
    """Record that a second person has confirmed the number for signing in (guardians.numbers).

    It then also counts as verified.
    """
    point.signs_in_by = how
    point.save(update_fields=["signs_in_by"])
    verify_contact_point(point=point, by=by, at=at)


def link_contact_point(
    *, adult: Adult, kind: str, address: str, linked_from: str, at: datetime, issuer: str = ""
) -> ContactPoint:
    """Put a channel that the adult linked on their own phone first. Each adult has at most one of a kind."""
    adult.contact_points.filter(kind=kind).exclude(address=address).delete()
    facts = {"linked_from": linked_from, "issuer": issuer, "priority": 0}
    facts |= {"verified_at": at, "disputed_at": None}
    point, _is_new = ContactPoint.objects.update_or_create(
        adult=adult,
        kind=kind,
        address=address,
        defaults=facts | {"failing_since": None, "failing_cause": ""},
        create_defaults=facts | {"school_id": adult.school_id},
    )
    return point


@transaction.atomic
def change_contact_point(
    *,
    point: ContactPoint,
    kind: str,
    address: str,
    as_written: str,
    by: User,
    by_call: bool = False,
    agreed_key: str = "",
) -> ContactPoint:
    """Replace the number.

    What was known about the old one no longer applies, and the numbers on record so far are notified.
    """
    point = ContactPoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
    if (point.kind, point.address) != (kind, address):
        note_change(point.adult, NumberChange.What.WRITTEN, but=address)
        point.signs_in_by = stands_for(point.adult, by)
        point.verified_at = point.failing_since = point.disputed_at = None
        point.last_delivered_at = point.last_replied_at = None
        point.failing_cause = point.problem = ""
    point.kind, point.address, point.as_written = kind, address, as_written
    point.by_call, point.agreed_key = by_call, agreed_key
    point.save()
    return point


def verify_contact_point(*, point: ContactPoint, by: User, at: datetime) -> None:
    """Record that staff tried the number and the right person answered; earlier failures and disputes no
    longer count.
    """
    point.verified_at = at
    point.failing_since = point.disputed_at = None
    point.failing_cause = ""
    point.save(update_fields=["verified_at", "failing_since", "failing_cause", "disputed_at"])


@transaction.atomic
def remove_contact_point(*, point: ContactPoint, by: User) -> None:
    """Remove a number that no longer belongs to anybody in the family.

    Its history stays. If it was typed in (phone or e-mail), the adult's numbers are notified, including the
    removed one.
    """
    if point.kind in ContactPoint.TYPED:
        note_change(point.adult, NumberChange.What.REMOVED)
    point.delete()
