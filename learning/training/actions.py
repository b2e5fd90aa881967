"""Record a training, remove one recorded by mistake, and set what the school asks of its staff."""

from datetime import date, datetime
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction

from accounts.models import User
from learning.training.models import StaffPlan, Training
from schools.models import School
from uploads.actions import keep_photo


@transaction.atomic
def note(
    *,
    school: School,
    user: User,
    kind: str,
    title: str,
    provider: str,
    hours: int,
    ended_on: date,
    certificate: File | None,
    key: UUID,
    by: User,
    at: datetime,
) -> Training:
    """Record a training. The same training of the same person is recorded once; its first photo stays.

    A training recorded as of another kind takes the kind given now, because before there were kinds all were
    recorded as "other". `key`: comes from the page, for the photo.
    """
    about = {"school": school, "user": user, "title": title, "provider": provider}
    about |= {"hours": hours, "ended_on": ended_on}
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))  # two at once wait
    rows = Training.objects.filter(**about, kind__in=[kind, Training.Kind.OTHER])
    known = {one.kind: one for one in rows}
    training = known.get(kind) or known.get(Training.Kind.OTHER)
    if training is None:
        training = Training(**about, noted_by=by, noted_at=at)
    training.kind = kind
    training.save()
    if certificate is not None and training.certificate is None:
        # Somebody may go back to the page, with its key, for another training.
        own = uuid5(key, str(training.pk))
        training.certificate = keep_photo(
            student=None, school=school, file=certificate, key=own, by=by, at=at
        )
        training.save(update_fields=["certificate"])
    return training


@transaction.atomic
def remove(*, training: Training) -> None:
    """Remove it with the photo of its certificate; its history stays."""
    certificate = training.certificate
    training.delete()
    # Older rows may share a photo.
    if certificate and not Training.objects.filter(certificate=certificate).exists():
        certificate.delete()


@transaction.atomic
def set_plan(
    *,
    school: School,
    protection_months: int,
    support_months: int,
    room_hours: int | None,
    by: User,
    at: datetime,
) -> None:
    said = {"protection_months": protection_months, "support_months": support_months}
    StaffPlan.objects.update_or_create(
        school=school, defaults=said | {"room_hours": room_hours, "set_by": by, "set_at": at}
    )
