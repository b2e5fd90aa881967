"""What makes a provider's rest end at once, for tests of what comes after it."""

from django.core.cache import cache

from delivery.dispatch import gates, health
from delivery.models import ProviderHealth


def end_rests() -> None:
    ProviderHealth.objects.all().delete()
    gates._closed_until.clear()
    gates._looked_at.clear()
    health._noted_at.clear()
    cache.clear()  # the gates of other processes lie there
