"""Compare lines of the office's list with the children whom the school knows. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

# Days: staff work through an office's list within a week or two, with calls to families; then it is
# out of date.
KEPT_DAYS = 14
MASK = "*"
ID_CHARS = 18


class Why(StrEnum):
    """How a line differs from a child with the same name or the same birthday."""

    OTHER_DAY = "other_day"
    OTHER_NUMBER = "other_number"
    OTHER_SIGNS = "other_signs"  # the name sounds the same but is written differently
    NAME_ONLY = "name_only"
    SEVERAL = "several"


@dataclass(frozen=True)
class Theirs:
    """One line of the list. `id_number` may contain MASK for digits that the office has hidden."""

    number: int
    name: str
    sounds: str
    born_on: date | None
    id_number: str
    place: str  # school and class, as the list states them
    is_elsewhere: bool  # whether the list names another school


@dataclass(frozen=True)
class Unread:
    number: int
    column: str
    written: str
    code: str
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Ours:
    pk: int
    name: str
    sounds: str
    born_on: date | None
    id_number: str


@dataclass(frozen=True)
class Possible:
    """A line that may mean one of these children; a person has to check."""

    line: Theirs
    why: Why
    children: tuple[int, ...]


@dataclass
class Compared:
    found: dict[int, Theirs] = field(default_factory=dict)  # by child
    possible: list[Possible] = field(default_factory=list)
    only_theirs: list[Theirs] = field(default_factory=list)
    elsewhere: list[Theirs] = field(default_factory=list)
    # the line, and the number of the earlier line
    twice: list[tuple[Theirs, int]] = field(default_factory=list)
    # numbers of lines that the reader must not learn about
    hidden: set[int] = field(default_factory=set)


def loose(name: str) -> str:
    """Return a name without the characters that programs put between its parts."""
    return re.sub(r"[\s·.'’-]", "", name).lower()


def fits(number: str, masked: str) -> bool:
    return len(number) == len(masked) == ID_CHARS and all(
        shown in (MASK, own) for own, shown in zip(number, masked, strict=True)
    )


def compare(
    lines: Sequence[Theirs], ours: Collection[Ours], closed: Collection[int] = ()
) -> Compared:
    """Compare the lines with the school's children.

    `closed` are ids of children whose files are closed to the reader. A line that means, or may mean, one
    of them is not shown at all: listed under "only on their list", it would make the reader ask who the
    child is.
    """
    done, world = Compared(), _World(ours)
    seen: dict[tuple, int] = {}
    for line in lines:
        meant = world.meant_by(line)
        near = [meant.pk] if isinstance(meant, Ours) else meant.children if meant else ()
        if not set(near).isdisjoint(closed):
            done.hidden.add(line.number)
            continue
        told = (loose(line.name), line.born_on, line.id_number, line.place)
        first = seen.setdefault(
            (line.id_number,) if _is_whole(line.id_number) else told, line.number
        )
        if first != line.number:
            done.twice.append((line, first))
            continue
        if isinstance(meant, Ours) and meant.pk in done.found:
            done.twice.append((line, done.found[meant.pk].number))
        elif isinstance(meant, Ours):
            done.found[meant.pk] = line
        elif meant:
            done.possible.append(meant)
        else:
            (done.elsewhere if line.is_elsewhere else done.only_theirs).append(line)
    return done


def _is_whole(number: str) -> bool:
    return len(number) == ID_CHARS and MASK not in number


class _World:
    def __init__(self, ours: Collection[Ours]):
        self.by_number = {one.id_number: one for one in ours if one.id_number}
        self.by_name: Mapping[str, list[Ours]] = defaultdict(list)
        self.by_sound: Mapping[tuple, list[Ours]] = defaultdict(list)
        for one in ours:
            self.by_name[loose(one.name)].append(one)
            if one.born_on:
                self.by_sound[loose(one.sounds), one.born_on].append(one)

    def meant_by(self, line: Theirs) -> Ours | Possible | None:
        """Return the child, or what a person must check, or None."""
        if _is_whole(line.id_number) and line.id_number in self.by_number:
            return self.by_number[line.id_number]
        namesakes = self.by_name.get(loose(line.name), [])
        if not namesakes:
            alike = self.by_sound.get((loose(line.sounds), line.born_on), [])
            return _possible(line, Why.OTHER_SIGNS, alike)
        sure = [one for one in namesakes if _is_sure(line, one)]
        if len(sure) == 1:
            return sure[0]
        if sure:
            return _possible(line, Why.SEVERAL, sure)
        same_day = [one for one in namesakes if line.born_on and one.born_on == line.born_on]
        if same_day:
            return _possible(line, Why.OTHER_NUMBER, same_day)
        is_other_day = line.born_on and any(one.born_on for one in namesakes)
        return _possible(line, Why.OTHER_DAY if is_other_day else Why.NAME_ONLY, namesakes)


def _possible(line: Theirs, why: Why, children: Sequence[Ours]) -> Possible | None:
    return Possible(line, why, tuple(one.pk for one in children)) if children else None


def _is_sure(line: Theirs, one: Ours) -> bool:
    """Return whether the line surely means this child, who has the same name.

    If both have an ID number, the numbers must match, and so must the birthday if the list gives one.
    Otherwise the birthday must be the same.
    """
    is_day = bool(line.born_on) and line.born_on == one.born_on
    if line.id_number and one.id_number:
        return fits(one.id_number, line.id_number) and (is_day or not line.born_on)
    return is_day
