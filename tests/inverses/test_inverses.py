"""Each act that has an inverse, by what follows further on from both: not by the row that they write."""

from datetime import time

import pytest

from tests.factories.cast import Cast, make_cast
from tests.inverses import families, staff  # noqa: F401 - they name their scenes
from tests.inverses.scenes import SCENES, Scene


@pytest.fixture
def cast(db) -> Cast:
    """Nobody sleeps, so that no scene hangs on the time of day."""
    cast = make_cast()
    for adult in cast.adults.values():
        adult.quiet_from = adult.quiet_until = time(0)
        adult.save()
    return cast


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_both_halves_of_an_act_reach_whoever_they_are_about(cast: Cast, scene: Scene):
    for step, (seen, expected) in enumerate(scene(cast), start=1):
        assert seen == expected, f"step {step}"
