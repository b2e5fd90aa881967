from collections.abc import Iterable

from django.db import transaction

from accounts import chain
from accounts.models import AccessRecord, CredentialEvent, User


def record_access(
    *, by: User, school_id: int, student_ids: Iterable[int], what: str, ip: str | None
) -> None:
    """Record that `by` read these children's files. Raises chain.NoAuditKey."""
    rows = [
        AccessRecord(
            user=by, school_id=school_id, student_id=pk, what=what, ip_address=chain.plain_ip(ip)
        )
        for pk in student_ids
    ]
    chain.append(rows, chain=f"{AccessRecord.CHAIN}:{school_id}")


def record_credential_event(
    *,
    user: User,
    kind: CredentialEvent.Kind,
    by: User | None = None,
    school_id: int | None = None,
    ip: str | None = None,
    detail: str = "",
) -> CredentialEvent:
    """Record what happened to the credentials or posts of `user`, as the last write of the same transaction.

    `by` is None if nobody knows the person; `detail` holds no secret, and at most 200 characters.
    """
    event = CredentialEvent(
        user=user,
        by=by,
        kind=CredentialEvent.Kind(kind),
        school_id=school_id,
        ip_address=chain.plain_ip(ip),
        detail=detail,
    )
    chain.append([event], chain=CredentialEvent.CHAIN)
    return event


@transaction.atomic
def set_password(
    *,
    user: User,
    password: str,
    kind: CredentialEvent.Kind,
    by: User | None,
    school_id: int | None = None,
    ip: str | None = None,
    detail: str = "",
) -> None:
    """Set a password; every way to set one uses this function.

    It ends all sessions except one that the caller keeps.
    """
    user.set_password(password)
    user.save(update_fields=["password"])
    record_credential_event(user=user, kind=kind, by=by, school_id=school_id, ip=ip, detail=detail)


@transaction.atomic
def set_reach(*, user: User, phone: str, email: str, by: User, ip: str | None = None) -> None:
    """Set how we reach the account's owner, at every school.

    Nothing else writes these fields. Safe to call again.
    """
    changed = [
        name for name, value in (("phone", phone), ("email", email)) if getattr(user, name) != value
    ]
    if changed:
        user.phone, user.email = phone, email
        user.save(update_fields=["phone", "email"])
        record_credential_event(
            user=user,
            kind=CredentialEvent.Kind.REACH_CHANGED,
            by=by,
            ip=ip,
            detail=", ".join(changed),
        )


def choose_language(*, user: User, language: str) -> None:
    """Save the language of the owner's pages on every device, and of messages to the owner."""
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language
