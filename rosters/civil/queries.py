"""Compare the list of a school with its children of today, as far as the viewer may see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from guardians.families import families_of
from guardians.legal_status import status_of_each, why_not
from guardians.presenters import legal_words
from guardians.rules import LegalStatus
from rosters.civil.rules import KEPT_DAYS, Ours, Possible, Theirs, Unread, compare
from rosters.models import CivilList
from schools.policies import Viewer
from students.models import Student
from students.policies import barred_ids, students_visible_to
from students.queries import with_class


def list_of(viewer: Viewer) -> CivilList | None:
    since = viewer.at - timedelta(days=KEPT_DAYS)
    rows = CivilList.objects.filter(school=viewer.school, uploaded_at__gte=since)
    return rows.select_related("uploaded_by").first()


@dataclass(frozen=True)
class Difference:
    """A line and a child that do not match.

    `line` is None if only the school has the child, `child` is None if only the list has it.
    """

    line: Theirs | None = None
    child: Student | None = None
    others: tuple[Student, ...] = ()
    possible: Possible | None = None


@dataclass
class Comparison:
    both: list[Difference] = field(default_factory=list)
    otherwise: list[Difference] = field(default_factory=list)
    possible: list[Difference] = field(default_factory=list)
    only_theirs: list[Difference] = field(default_factory=list)
    only_ours: list[Difference] = field(default_factory=list)
    elsewhere: list[Difference] = field(default_factory=list)
    not_known_yet: int = 0
    twice: list[tuple[Theirs, int]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    statuses: dict[int, LegalStatus] = field(default_factory=dict)


def comparison(viewer: Viewer, kept: CivilList) -> Comparison:
    """Return the comparison; six queries for any number of lines."""
    on = viewer.on
    visible = students_visible_to(viewer.user, on).filter(school=viewer.school)
    children = {one.pk: one for one in visible}
    now = {one.pk: one for one in with_class(visible, on)}
    children |= now
    closed = Student.objects.filter(school=viewer.school, pk__in=barred_ids(viewer.user))
    known = [
        Ours(one.pk, one.name, one.name_pinyin, one.born_on, one.id_number)
        for one in (*children.values(), *closed)
    ]
    found = compare([line_of(one) for one in kept.lines], known, closed=[one.pk for one in closed])
    unread = [Unread(**one) for one in kept.unread if one["number"] not in found.hidden]

    statuses = status_of_each(visible, on)
    result = Comparison(twice=found.twice, unread=unread, statuses=statuses)
    for pk, line in found.found.items():
        counts = pk in now and statuses[pk] is LegalStatus.YES
        (result.both if counts else result.otherwise).append(Difference(line, children[pk]))
    maybe: set[int] = set()
    for one in found.possible:
        maybe.update(one.children)
        meant = tuple(children[pk] for pk in one.children)
        result.possible.append(Difference(one.line, others=meant, possible=one))
    result.only_theirs = [Difference(line) for line in found.only_theirs]
    result.elsewhere = [Difference(line) for line in found.elsewhere]
    rest = [pk for pk in now if pk not in found.found]
    result.only_ours = [
        Difference(child=now[pk])
        for pk in sorted(rest, key=lambda pk: (now[pk].name_pinyin, pk))
        if statuses[pk] is LegalStatus.YES and pk not in maybe
    ]
    result.not_known_yet = sum(statuses[pk] is LegalStatus.UNKNOWN for pk in rest)
    return result


def line_of(stored: dict) -> Theirs:
    born_on = stored["born_on"]
    return Theirs(**stored | {"born_on": date.fromisoformat(born_on) if born_on else None})


def reasons(
    shown: Sequence[Difference], statuses: dict[int, LegalStatus], on: date
) -> dict[int, list[str]]:
    """Return, by child, why the school's files do not count it as left behind.

    For the children of one page.
    """
    told: dict[int, list[str]] = {}
    children = [one.child for one in shown if one.child]
    families = families_of([child.pk for child in children])
    for child in children:
        members = families[child.pk].members(on)
        status = statuses[child.pk]
        if status is LegalStatus.NO:
            told[child.pk] = [why_not(child, members, on)]
        else:
            told[child.pk] = legal_words(status, members, child)
    return told
