"""Fills in a made-up school: papers, class life, visits, calls and holidays."""

from collections.abc import Iterable

from demo import calls, classroom, holidays, papers, visiting
from demo.families import Household
from demo.scene import Scene


def furnish(scene: Scene, households: Iterable[Household]) -> None:
    families = list(households)
    for room in (papers, classroom, visiting, calls, holidays):
        room.write(scene, families)
