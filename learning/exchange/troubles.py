"""Faults of packs that the operator of the installation must know about."""

from collections.abc import Iterator
from datetime import datetime

from delivery.models import Trouble
from delivery.queries import Seen
from learning.exchange import rules
from learning.exchange.models import SchoolPack


def troubles(at: datetime) -> Iterator[Seen]:
    """Yield packs with recordings that fail again and again; demo schools are left out."""
    packs = SchoolPack.objects.exclude(sounds_failed={}).exclude(school__is_demo=True)
    for pack in packs.defer("content").order_by("pk"):
        if any(map(rules.is_trouble, pack.sounds_failed.values())):
            subject = f"recordings:{pack.pk}"
            yield Seen(subject, Trouble.Kind.RECORDING, pack.school_id, at, pack.key)
