"""What holds for every test. Sockets, warnings and markers are set in pyproject.toml."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache():
    """Sessions, lock-outs and signs of life of one test must not reach the next."""
    yield
    cache.clear()
