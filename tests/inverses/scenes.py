"""A scene of two acts, the second of which takes the first back, told by what somebody else sees of them."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.factories.cast import Cast

# What is seen after each step, and what should be.
Seen = Iterator[tuple[Any, Any]]
Scene = Callable[[Cast], Seen]
SCENES: dict[Scene, tuple[str, ...]] = {}


def takes_back(*acts: str) -> Callable[[Scene], Scene]:
    """Names the functions that take something back in this scene ("counselling.cases.actions.shut_out")."""

    def add(scene: Scene) -> Scene:
        SCENES[scene] = acts
        return scene

    return add
