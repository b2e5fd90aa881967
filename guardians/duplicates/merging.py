"""Merge two records of one person, and undo the merge.

The closed record keeps the questions, answers and messages of its time. Everything else moves to the kept
record, including consents and measures of a plan. (Only the owner of an append-only row changes: a refusal
must not be lost.) If both records have a row that excludes the other (the same tie, number, or place at the
same time), the kept record's row stays; the other row is saved in full in `Merge.moved` and deleted. Undoing
restores every row as it was, with its key.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pgtrigger
from django.apps import apps
from django.db import IntegrityError, models, transaction
from pghistory.models import Event

from accounts.models import User
from guardians.blocking import actions as blocking
from guardians.blocking import suspects
from guardians.care.actions import note_care_gaps
from guardians.models import (
    Adult,
    ContactPoint,
    DifferentAdults,
    Guardianship,
    Merge,
    Migration,
    NumberChange,
)
from guardians.numbers import note_change
from students.barriers import lift_barrier
from students.models import Barrier

# Days; our own figure: a mistake becomes visible with one of the next weekly questions.
UNDO_DAYS = 30
# Questions, answers and messages are records of their time: they stay with the record they were sent to.
STAY = {"delivery", "messaging", "safeguarding", "counselling", "nights"}
# Unfinished work moves with the person all the same: their part of a plan, and a letter, which may be sent
# only as long as the adult who allowed it may decide for the child.
GO_ON = {"counselling.Measure", "counselling.Referral", "counselling.Brief"}
EXCLUSIVE: tuple[type[models.Model], ...] = (Guardianship, ContactPoint, Migration)


class CannotMerge(ValueError):
    """The records belong to different schools, are one and the same, or one of them is closed already."""


class CannotUndo(ValueError):
    """Too late, or another row has taken the place of one that would be restored."""


@transaction.atomic
def merge(*, kept: Adult, closed: Adult, by: User, at: datetime) -> Merge:
    """Merge `closed` into `kept`, which is blocked afterwards if either of them was. Raises CannotMerge."""
    locked = Adult.objects.select_for_update().in_bulk([kept.pk, closed.pk])
    if len(locked) != 2 or kept.school_id != closed.school_id:
        raise CannotMerge
    kept, closed = locked[kept.pk], locked[closed.pk]
    if kept.merged_into_id or closed.merged_into_id:
        raise CannotMerge
    moved: dict[str, Any] = {"moved": {}, "dropped": [], "before": []}
    # Messages to the other record's numbers continue. But nobody signs in as `kept` with a number that was
    # entered for another record, even if it was verified there. The numbers of `kept` are notified of the new
    # ones.
    typed = closed.contact_points.filter(kind__in=ContactPoint.TYPED).exclude(address="")
    new = [point for point in typed if _twin(point, kept) is None]
    if new:
        note_change(kept, NumberChange.What.WRITTEN)
    for point in new:
        _change(point, {"signs_in_by": ""}, moved)
    for model in EXCLUSIVE:
        _move_exclusive(model, kept, closed, moved)
    for model, name in _other_references():
        # Move row by row; a row stays where it is if a row of the kept record excludes it.
        done = []
        for pk in model._default_manager.filter(**{name: closed}).order_by("pk").values_list("pk"):
            try:
                with transaction.atomic(), _open(model):
                    model._default_manager.filter(pk=pk[0]).update(**{name: kept})
            except IntegrityError:
                continue
            done.append(_plain(pk[0]))
        if done:
            moved["moved"][f"{_label(model)}.{name}"] = done
    _join_persons(kept, closed, moved)
    # A block of either record now applies to the children of both: note which barriers that adds.
    accounts = list(blocking.staff_accounts_of(kept))
    known = set(_barriers(accounts))
    blocking.bar_accounts(adult=kept, accounts=accounts, by=by)
    moved["barriers"] = sorted(set(_barriers(accounts)) - known)
    made = Merge.objects.create(
        school_id=kept.school_id, kept=kept, closed=closed, moved=moved, merged_by=by, merged_at=at
    )
    note_care_gaps(at=at, student_ids=_children_of(kept))
    suspects.keep_from_kin(at=at, student_ids=_children_of(kept))
    return made


def _barriers(accounts: list[User]):
    return Barrier.objects.filter(user__in=accounts, lifted_at=None).values_list("pk", flat=True)


def _children_of(adult: Adult) -> list[int]:
    return list(Guardianship.objects.filter(adult=adult).values_list("student_id", flat=True))


def _label(model: type[models.Model]) -> str:
    return model._meta.label


def _other_references() -> Iterator[tuple[type[models.Model], str]]:
    """Yield (model, field) for every table that points to an adult and may be rewritten."""
    own = {Adult, Merge, DifferentAdults, *EXCLUSIVE}
    for model in apps.get_models(include_auto_created=True):
        if model in own or issubclass(model, Event):
            continue
        if model._meta.app_label in STAY and _label(model) not in GO_ON:
            continue
        if model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Adult:
                yield model, field.name


@contextmanager
def _open(model: type[models.Model]) -> Iterator[None]:
    """Let the rows of an append-only table change their owner, as long as the context is open."""
    triggers = getattr(model._meta, "triggers", [])
    locks = [one for one in triggers if isinstance(one, pgtrigger.Protect)]
    with (
        pgtrigger.ignore(*(f"{_label(model)}:{one.name}" for one in locks))
        if locks
        else nullcontext()
    ):
        yield


def _move_exclusive(model, kept: Adult, closed: Adult, moved: dict) -> None:
    done = []
    for row in model._default_manager.filter(adult=closed).order_by("pk"):
        twin = _twin(row, kept)
        if twin is None:
            row.adult = kept
            row.save(update_fields=["adult"])
            done.append(row.pk)
            continue
        fields = model._meta.concrete_fields
        values = {one.attname: _plain(getattr(row, one.attname)) for one in fields}
        moved["dropped"].append({"model": _label(model), "fields": values})
        row.delete()
        # Add what the other row knew to the kept row: never a right, always a restriction.
        if isinstance(row, Guardianship):
            changes = {
                "may_see_file": twin.may_see_file and row.may_see_file,
                "may_decide": twin.may_decide if row.may_decide is None else row.may_decide,
                "has_capacity": twin.has_capacity if row.has_capacity is None else row.has_capacity,
            }
            if twin.may_decide is False or row.may_decide is False:
                changes["may_decide"] = False
            if twin.has_capacity is False or row.has_capacity is False:
                changes["has_capacity"] = False
            _change(twin, changes, moved)
        elif isinstance(row, ContactPoint):
            names = ("verified_at", "last_delivered_at", "last_replied_at")
            changes = {name: _latest(getattr(twin, name), getattr(row, name)) for name in names}
            changes["disputed_at"] = _latest(twin.disputed_at, row.disputed_at)
            _change(twin, changes, moved)
    if done:
        moved["moved"][f"{_label(model)}.adult"] = done


def _twin(row, kept: Adult):
    """Return the row of the kept record that excludes this one."""
    rows = type(row)._default_manager.filter(adult=kept)
    if isinstance(row, ContactPoint):
        return rows.filter(kind=row.kind, address=row.address).first() if row.address else None
    if isinstance(row, Guardianship):
        rows = rows.filter(student_id=row.student_id, kind=row.kind)
    if row.ends_on is not None:
        rows = rows.filter(starts_on__lte=row.ends_on)
    later = models.Q(ends_on=None) | models.Q(ends_on__gte=row.starts_on)
    return rows.filter(later).order_by("starts_on").first()


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, [one, other]), default=None)


def _join_persons(kept: Adult, closed: Adult, moved: dict) -> None:
    """Combine account, block, opt-out and condition: the more careful value of the two applies."""
    changes: dict[str, Any] = {}
    if closed.user_id and not kept.user_id:
        # An account can have only one record at a school, so the closed one must release it first.
        changes["user_id"] = closed.user_id
        _change(closed, {"user_id": None}, moved)
    if closed.is_blocked and not kept.is_blocked:
        columns = Adult._meta.concrete_fields
        names = [one.attname for one in columns if one.name in blocking.BLOCK_FIELDS]
        changes |= {name: getattr(closed, name) for name in names}
    if closed.held_by_report:
        changes["held_by_report"] = True
        changes["reported_by_id"] = kept.reported_by_id or closed.reported_by_id
    if closed.opted_out_at and not kept.opted_out_at:
        changes["opted_out_at"] = closed.opted_out_at
    if kept.may_be_asked_about and not closed.may_be_asked_about:
        changes["condition"] = closed.condition
    for name in ("shift", "shift_since", "literacy"):
        if getattr(closed, name) and not getattr(kept, name):
            changes[name] = getattr(closed, name)
    _change(kept, changes, moved)
    _change(closed, {"merged_into_id": kept.pk}, moved)


def _change(row, changes: dict[str, Any], moved: dict) -> None:
    """Save the values that differ, and keep the previous ones in `moved`."""
    fields = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not fields:
        return
    before = {name: _plain(getattr(row, name)) for name in fields}
    after = {name: _plain(value) for name, value in fields.items()}
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=[_field_of(row, name).name for name in fields])
    moved["before"].append(
        {"model": _label(type(row)), "pk": row.pk, "fields": before, "after": after}
    )


def _field_of(row, attname: str) -> models.Field:
    return next(field for field in row._meta.concrete_fields if field.attname == attname)


def _plain(value: Any) -> Any:
    """Return the value as it is stored in JSON, exact to the microsecond."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, UUID) else value


@transaction.atomic
def undo(*, merge: Merge, by: User, at: datetime) -> bool:
    """Restore both records; return whether this blocked the second one.

    Anything that somebody has changed since stays, because it was changed on purpose. A block or
    an opt-out of that time holds for both.

    Raises CannotUndo after UNDO_DAYS, or if a later row leaves no room for one that would be restored.
    """
    locked = Merge.objects.select_for_update(of=("self",)).select_related("kept").get(pk=merge.pk)
    if locked.undone_at is not None:
        return False
    if at > locked.merged_at + timedelta(days=UNDO_DAYS) or locked.kept.merged_into_id:
        raise CannotUndo
    try:
        with transaction.atomic():
            for entry in reversed(locked.moved["before"]):
                _restore_fields(entry)
            for place, pks in locked.moved["moved"].items():
                label, _dot, name = place.rpartition(".")
                model = apps.get_model(label)
                with _open(model):
                    rows = model._default_manager.filter(pk__in=pks, **{name: locked.kept_id})
                    rows.update(**{name: locked.closed_id})
            for entry in reversed(locked.moved["dropped"]):
                model = apps.get_model(entry["model"])
                row = model()
                for field in model._meta.concrete_fields:
                    setattr(row, field.attname, _value(field, entry["fields"][field.attname]))
                row.save(force_insert=True)
            if Adult.objects.filter(
                pk=locked.kept_id, held_by_report=True, blocked_at=None
            ).exists():
                raise CannotUndo  # reported in the meantime, and blocked only because of the other record
    except IntegrityError as refused:
        raise CannotUndo from refused
    made = Barrier.objects.filter(pk__in=locked.moved["barriers"], lifted_at=None)
    for barrier in made.filter(held_by_report=False):
        lift_barrier(barrier=barrier, by=by, at=at)
    # Nobody knows which of the two wanted no more messages while they were one.
    Adult.objects.filter(pk=locked.closed_id, opted_out_at=None).update(
        opted_out_at=Adult.objects.filter(
            pk=locked.kept_id, opted_out_at__gte=locked.merged_at
        ).values("opted_out_at")[:1]
    )
    is_blocked_too = _block_both(locked, at)
    locked.undone_by, locked.undone_at = by, at
    locked.save(update_fields=["undone_by", "undone_at"])
    children = _children_of(locked.kept) + _children_of(locked.closed)
    note_care_gaps(at=at, student_ids=children)
    return is_blocked_too


def _block_both(merge: Merge, at: datetime) -> bool:
    """Block the second record too if somebody blocked the one record that both were.

    Nobody knows which of the two people was meant. A person lifts it for the other one.
    """
    kept, closed = (Adult.objects.get(pk=pk) for pk in (merge.kept_id, merge.closed_id))
    is_meant_for_one = kept.blocked_at is None or kept.blocked_at < merge.merged_at
    if is_meant_for_one or closed.is_blocked or kept.blocked_by is None:
        return False
    is_court = kept.blocked_ground == Adult.BlockGround.COURT_ORDER
    try:
        blocking.block_adult(
            adult=closed,
            reason=kept.blocked_reason,
            ground=kept.blocked_ground if is_court else Adult.BlockGround.SAFEGUARDING,
            decision=kept.blocked_decision,
            decided_on=kept.blocked_decided_on,
            by=kept.blocked_by,
            at=at,
        )
    except blocking.OneSelf as refused:
        raise CannotUndo from refused
    return True


def _restore_fields(entry: dict[str, Any]) -> None:
    """Restore a field only if its value is still the one that the merge wrote."""
    model = apps.get_model(entry["model"])
    row = model._default_manager.filter(pk=entry["pk"]).first()
    if row is None:
        return
    names = []
    for name, value in entry["fields"].items():
        if _plain(getattr(row, name)) == entry["after"][name]:
            field = _field_of(row, name)
            setattr(row, name, _value(field, value))
            names.append(field.name)
    if names:
        row.save(update_fields=names)


def _value(field: models.Field, value: Any) -> Any:
    if value is None:
        return None
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return target.to_python(value)
