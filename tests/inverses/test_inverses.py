"""Each act that has an inverse, by what follows further on from both: not by the row that they write."""

import ast
import re
from datetime import time
from pathlib import Path

import pytest

from tests.factories.cast import Cast
from tests.inverses import families, staff  # noqa: F401 - they name their scenes
from tests.inverses.elsewhere import HELD_ELSEWHERE, SEEN_BY_NOBODY_ELSE
from tests.inverses.scenes import SCENES, Scene


@pytest.fixture
def cast(cast) -> Cast:
    """Nobody sleeps, so that no scene hangs on the time of day."""
    for adult in cast.adults.values():
        adult.quiet_from = adult.quiet_until = time(0)
        adult.save()
    return cast


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_both_halves_of_an_act_reach_whoever_they_are_about(cast: Cast, scene: Scene):
    for step, (seen, expected) in enumerate(scene(cast), start=1):
        assert seen == expected, f"step {step}"


# How such acts are called; one that has another name is added to its scene by hand.
NAMES = re.compile(
    r"undo|reopen|take_back|give_back|take_off|take_up_again|put_back|opt_in|shut_out|stop_offering|cancel"
    r"|(resume|restore|retract|unblock|lift|withdraw|untick|unlink|unmark|revoke)(_|$)|part$"
)
NO_ACTS = {"views", "presenters", "forms", "queries", "rules", "urls", "templatetags"}
NO_APPS = {"tests", "node_modules", ".venv", "demo", "runtime", "homeschool"}
ROOT = Path(__file__).parents[2]


def acts_that_take_back() -> set[str]:
    """ "module.function" of the apps, by their names."""
    found = set()
    for path in ROOT.glob("*/**/*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        is_act = not any(word in path.stem for word in NO_ACTS) and NO_ACTS.isdisjoint(parts)
        if parts[0] in NO_APPS or "migrations" in parts or not is_act:
            continue
        defined = [
            one for one in ast.parse(path.read_text()).body if isinstance(one, ast.FunctionDef)
        ]
        found |= {".".join([*parts, one.name]) for one in defined if NAMES.match(one.name)}
    return found


def test_every_act_that_takes_something_back_is_shown_or_held_elsewhere():
    shown = {act for acts in SCENES.values() for act in acts}
    assert acts_that_take_back() - shown == set(HELD_ELSEWHERE) | SEEN_BY_NOBODY_ELSE


@pytest.mark.parametrize(("file", "name"), HELD_ELSEWHERE.values())
def test_what_is_held_elsewhere_is_there(file, name):
    assert f"def {name}(" in (ROOT / "tests" / file).read_text()
