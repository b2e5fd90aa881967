"""Sealing everything anew with the first key of the ring, beside a running site."""

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Model

from counselling import secrecy
from counselling.cases.queries import sealed_models

Result = Counter[str]  # "resealed", and "missing <key id>" or "tampered" for what was left alone


def rotate(*, batch: int = 200, say=lambda resealed: None) -> Result:
    """Every row that an older key sealed. Each batch is its own transaction, so that a stop loses
    nothing and a second run goes on; pages that write at the same moment wait for one batch, or it for
    them.

    A row whose key is missing, or that does not open, is left as it is.
    """
    result: Result = Counter()
    for model in sealed_models():
        left_alone: set[Any] = set()
        while _batch(model, min(batch, model.SEALED_AT_ONCE), left_alone, result):
            say(result["resealed"])
    return result


@transaction.atomic
def _batch(model: type[Model], batch: int, left_alone: set[Any], result: Result) -> int:
    done = ["", secrecy.current_key_id()]  # "": its words were removed
    old = model._base_manager.exclude(key_id__in=done).exclude(pk__in=left_alone)
    rows = list(old.select_for_update().order_by("pk")[:batch])
    for row in rows:
        _reseal(row, left_alone, result)
    return len(rows)


def _reseal(row: Any, left_alone: set[Any], result: Result) -> None:
    try:
        data = secrecy.unseal_bytes(row.key_id, row.sealed, place=row.place)
    except secrecy.KeyMissing as error:
        left_alone.add(row.pk)
        result[f"missing {error.key_id}"] += 1
        return
    except secrecy.Tampered:
        left_alone.add(row.pk)
        result["tampered"] += 1
        return
    box = secrecy.seal_bytes(data, place=row.place)
    row.key_id, row.sealed = box.key_id, box.sealed
    row.save(update_fields=["key_id", "sealed"])
    result["resealed"] += 1
