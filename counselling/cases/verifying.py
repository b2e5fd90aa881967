"""What may have been changed in the database itself: who keeps a case, who reads it, whose words are whose.

The measure is the sealed log of what happened to cases (CaseEntry), which is looked at by itself
(accounts.verifying), and the seal of the words.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from counselling import secrecy
from counselling.cases.queries import sealed_models
from counselling.models import AttachmentContent, Case, CaseEntry, CaseReader

Kind = CaseEntry.Kind
CASES_AT_ONCE = 2000


def broken(at: datetime) -> list[str]:
    """A sentence for each case, reader and sealed row that does not fit; no names, no words. Files are not
    opened, only their names: one that was moved does not open for its reader.
    """
    return [*_owners(), *_readers(at), *_words()]


def _owners() -> Iterator[str]:
    last = _last_entries(case_id=OuterRef("pk")).values("owner_id")[:1]
    for case in Case.objects.annotate(told=Subquery(last)).order_by("pk").iterator(CASES_AT_ONCE):
        if case.told is None:
            yield f"Case {case.pk}: no log tells of it; the database says that user {case.owner_id} keeps it."
        elif case.told != case.owner_id:
            yield (
                f"Case {case.pk}: the database says that user {case.owner_id} keeps it, the log that user "
                f"{case.told} does."
            )


def _readers(at: datetime) -> Iterator[str]:
    of_reader = _last_entries(
        case_id=OuterRef("case_id"),
        about_id=OuterRef("user_id"),
        kind__in=[Kind.LET_IN, Kind.EMERGENCY, Kind.SHUT_OUT],
    )
    rows = CaseReader.objects.filter(ended_at=None, until_at__gt=at)
    rows = rows.annotate(told_until_at=Subquery(of_reader.values("until_at")[:1]))
    for row in rows.order_by("pk").iterator(CASES_AT_ONCE):
        if row.told_until_at is None or row.told_until_at < row.until_at:
            yield (
                f"Case {row.case_id}: the database says that user {row.user_id} may read it until "
                f"{row.until_at:%Y-%m-%d %H:%M} UTC, the log does not."
            )


def _last_entries(**of) -> QuerySet[CaseEntry]:
    return CaseEntry.objects.filter(**of).order_by("-number")


def _words() -> Iterator[str]:
    for model in sealed_models():
        if model is AttachmentContent:
            continue
        rows = model._base_manager.exclude(key_id="").order_by("pk")
        for row in rows.iterator(model.SEALED_AT_ONCE):
            try:
                secrecy.unseal_bytes(row.key_id, row.sealed, place=row.place)
            except secrecy.Tampered:
                name = model._meta.object_name
                yield f"{name} {row.pk}: its words are not those that were sealed there."
            except secrecy.KeyMissing:
                continue  # said where it is read; a missing key is not a change
