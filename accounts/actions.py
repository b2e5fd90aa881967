from collections.abc import Iterable

from accounts import chain
from accounts.models import AccessRecord, CredentialEvent, User


def record_access(
    *, by: User, school_id: int, student_ids: Iterable[int], what: str, ip: str | None
) -> None:
    """Notes that `by` read these children's files. Raises chain.NoAuditKey."""
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
    """Notes what happened to the credentials or posts of `user`; within the transaction of what happened, as
    its last write. `by` is None where nobody knows the person; `detail` holds no secret, at most 200
    characters.
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
