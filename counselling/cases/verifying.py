"""Find what may have been changed in the database itself.

That is who keeps a case, who reads it, and whose text is whose. It is compared with the sealed log of what
happened to cases (CaseEntry), which is checked on its own (accounts.verifying), and with the encryption of
the text.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from counselling import secrecy
from counselling.cases import record
from counselling.cases.models import Sealed
from counselling.cases.queries import sealed_models
from counselling.models import AttachmentContent, Case, CaseEntry, CaseReader

Kind = CaseEntry.Kind
CASES_AT_ONCE = 2000


def broken(at: datetime) -> list[str]:
    """Return a sentence for each case, reader and encrypted row that does not match; no names and no text.

    Of files, only the name is opened; the ciphertext of the bytes is compared with the log.
    """
    return [*_owners(), *_given(), *_readers(at), *_kept(), *_words()]


def _owners() -> Iterator[str]:
    # Only entries that give a case to somebody: all others repeat what the database said at that time.
    last = _last_entries(case_id=OuterRef("pk"), kind__in=CaseEntry.GIVES).values("owner_id")[:1]
    for case in Case.objects.annotate(told=Subquery(last)).order_by("pk").iterator(CASES_AT_ONCE):
        if case.told is None:
            yield f"Case {case.pk}: no log tells of it; the database says that user {case.owner_id} keeps it."
        elif case.told != case.owner_id:
            yield (
                f"Case {case.pk}: the database says that user {case.owner_id} keeps it, the log that user "
                f"{case.told} does."
            )
    there = Case.objects.filter(pk=OuterRef("case_id"))
    told = CaseEntry.objects.filter(~Exists(there), ~Exists(_erasures())).order_by("case_id")
    for pk in told.values_list("case_id", flat=True).distinct():
        yield f"Case {pk}: the log tells of it, and it is gone."


def _erasures() -> QuerySet[CaseEntry]:
    return CaseEntry.objects.filter(case_id=OuterRef("case_id"), kind=Kind.ERASED)


def _given() -> Iterator[str]:
    """Yield rows of the log written while the database named another owner than the log.

    Somebody made a case their own by hand, and worked in it or handed it on.
    """
    rows = CaseEntry.objects.order_by("case_id", "number")
    facts = rows.values_list("case_id", "number", "kind", "owner_id", "by_id", "about_id")
    of_case, keeper = 0, None
    for case, number, kind, owner, by, about in facts.iterator(CASES_AT_ONCE):
        if case != of_case:
            of_case, keeper = case, None
        gives = kind in CaseEntry.GIVES
        before = {Kind.HANDED_OVER.value: by, Kind.TAKEN_OVER.value: about}.get(kind, owner)
        if keeper not in (None, owner) and (before != keeper or not gives):
            yield (
                f"Case {case}: row {number} of its log was written while the database said that user "
                f"{before} keeps it; by the log user {keeper} did."
            )
        keeper = owner if gives else keeper


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
    """Yield rows that cannot be decrypted. `_kept` compares rows with the log."""
    lost: dict[tuple[str, str], list[str]] = defaultdict(list)
    for model in sealed_models():
        if model is AttachmentContent:
            continue
        rows = model._base_manager.exclude(key_id="").order_by("pk")
        for row in rows.iterator(model.SEALED_AT_ONCE):
            try:
                secrecy.unseal_bytes(row.key_id, row.sealed, place=row.place)
            except secrecy.Tampered:
                yield f"{record.name_of(row)}: its words are not those that were sealed there."
            except secrecy.KeyMissing as missing:
                lost[model._meta.object_name or "", missing.key_id].append(str(row.pk))
    for (name, key), pks in sorted(lost.items()):
        yield (
            f"{name}: {len(pks)} sealed with the key {key}, which NOTE_KEYS does not hold; the first is "
            f"{pks[0]}."
        )


def _kept() -> Iterator[str]:
    """Yield notes and files that changed since the log recorded them, are not in the log, or are gone."""
    for model in record.RECORDED:
        rows = model._base_manager.order_by("pk").iterator(model.SEALED_AT_ONCE)
        for batch in _in_batches(rows, model.SEALED_AT_ONCE):
            told = record.digests_of(map(record.name_of, batch))
            for row in batch:
                name = record.name_of(row)
                if name not in told:
                    yield f"{name}: no log tells of it."
                elif told[name] != record.digest_of(row):
                    yield f"{name}: it was changed since the log told of it."
        yield from _gone(model)


def _gone(model: type[Sealed]) -> Iterator[str]:
    begins = f"{model._meta.object_name} "
    kept = CaseEntry.objects.filter(kind=Kind.KEPT, row__startswith=begins).order_by("row")
    taken_away = CaseEntry.objects.filter(kind=Kind.GONE, row=OuterRef("row"))
    names = kept.filter(~Exists(taken_away), ~Exists(_erasures())).values_list("row", flat=True)
    for batch in _in_batches(names.iterator(CASES_AT_ONCE), CASES_AT_ONCE):
        pks = [name.removeprefix(begins) for name in batch]
        there = set(map(str, model._base_manager.filter(pk__in=pks).values_list("pk", flat=True)))
        for pk in pks:
            if pk not in there:
                yield f"{begins}{pk}: the log tells of it, and it is gone."


def _in_batches(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(islice(rows, size)):
        yield batch
