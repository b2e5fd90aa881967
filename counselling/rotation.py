"""Encrypt every row again with the first key of the ring, while the site is running."""

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Model

from core import clock
from counselling import secrecy
from counselling.cases import record
from counselling.cases.queries import sealed_models
from counselling.models import CaseEntry

Kind = CaseEntry.Kind
Result = Counter[str]  # "resealed", and "missing <key id>" or "tampered" for rows left alone


def rotate(*, batch: int = 200, say=lambda resealed: None) -> Result:
    """Encrypt again every row that was encrypted with an older key.

    Each batch is its own transaction, so an interruption loses nothing and a second run continues. Pages
    that write at the same moment wait for one batch, or it waits for them. A row whose key is missing or
    that cannot be opened is left as it is. So is a note or file that differs from the log of its case:
    nothing changed by hand is made valid. For the others, the log records their new digest in the same
    transaction.
    """
    result: Result = Counter()
    for model in sealed_models():
        left_alone: set[Any] = set()
        while _batch(model, min(batch, model.SEALED_AT_ONCE), left_alone, result):
            say(result["resealed"])
    return result


@transaction.atomic
def _batch(model: type[Model], batch: int, left_alone: set[Any], result: Result) -> int:
    done = ["", secrecy.current_key_id()]  # "": its text was removed
    old = model._base_manager.exclude(key_id__in=done).exclude(pk__in=left_alone)
    rows = list(old.select_for_update().order_by("pk")[:batch])
    is_told = model in record.RECORDED
    told = record.digests_of(map(record.name_of, rows)) if is_told else {}
    anew = []
    for row in rows:
        if is_told and told.get(record.name_of(row)) != record.digest_of(row):
            _leave_alone(row, "tampered", left_alone, result)
        elif _reseal(row, left_alone, result) and is_told:
            anew.append(record.entry_of(row, Kind.RESEALED, None, clock.now()))
    record.append(anew)
    return len(rows)


def _leave_alone(row: Any, why: str, left_alone: set[Any], result: Result) -> bool:
    left_alone.add(row.pk)
    result[why] += 1
    return False


def _reseal(row: Any, left_alone: set[Any], result: Result) -> bool:
    try:
        data = secrecy.unseal_bytes(row.key_id, row.sealed, place=row.place)
    except secrecy.KeyMissing as error:
        return _leave_alone(row, f"missing {error.key_id}", left_alone, result)
    except secrecy.Tampered:
        return _leave_alone(row, "tampered", left_alone, result)
    box = secrecy.seal_bytes(data, place=row.place)
    row.key_id, row.sealed = box.key_id, box.sealed
    row.save(update_fields=["key_id", "sealed"])
    result["resealed"] += 1
    return True
