"""What holds for every test. Sockets, warnings and markers are set in pyproject.toml."""

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

# What a property says must not depend on how fast the machine is.
settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any_machine")


@pytest.fixture(autouse=True)
def _empty_cache():
    """Sessions, lock-outs and signs of life of one test must not reach the next."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """A hash made to be slow would take longer than everything that the tests are about."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
