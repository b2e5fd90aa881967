import pytest

from counselling.models import Brief
from tests.factories import pool
from tests.factories.cast import Cast


@pytest.fixture
def cast(cast: Cast) -> Cast:
    pool.make_pool(cast)
    return cast


@pytest.fixture
def brief(cast) -> Brief:
    return pool.make_brief(cast)
