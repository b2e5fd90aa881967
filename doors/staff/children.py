"""The class list as family and talks: one plain row for each child, and the same few queries for any
number.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.days import days_ago
from doors.staff.bridges import bridge_state, state_words
from guardians.models import PARENTS, Adult, Guardianship, Relation
from guardians.presenters import contact_word, relation_word
from guardians.queries import can_be_reached, family_rows, last_contacts
from guardians.rules import days_since, is_connected
from messaging.queries.bridges import check_in_states
from students.models import Student


@dataclass(frozen=True)
class ChildRow:
    pk: int
    name: str
    class_name: str
    away: str
    carer: str
    state: str
    days: str
    how: str
    is_owed: bool
    strength: str
    has_parent_on_record: bool
    is_unreachable: bool
    word: str  # the label of `state`


def listed(students: QuerySet[Student], on: date, *more: str) -> QuerySet[Any]:
    """Return the fields of `students` that a row shows; `more` adds others, such as "class_name" if the
    caller does not know it.
    """
    rows = students.annotate(is_reachable=can_be_reached(on)).order_by("name_pinyin", "pk")
    return rows.values("pk", "name", "strengths", "is_reachable", *more)


def rows_of(children: Collection[dict[str, Any]], on: date) -> list[ChildRow]:
    """Return rows for children from `listed`; three queries for any number of them."""
    ids = [child["pk"] for child in children]
    family = defaultdict(list)
    for row in family_rows(ids, on):
        family[row["student_id"]].append(row)
    contacts, asked = last_contacts(ids), check_in_states(ids)
    words = _Words()
    return [
        _row(
            child, family[child["pk"]], contacts.get(child["pk"]), asked.get(child["pk"]), on, words
        )
        for child in children
    ]


class _Words:
    """Labels that are looked up once for the page, not once for each row."""

    def __init__(self):
        self.relation = {key: relation_word(key) for key in Relation.values}
        self.at_home, self.unknown = _("at home"), _("not known")
        self.away = _("away")
        self.parents = _("the parents")
        self.states = state_words()
        self.contact: dict[str, str] = {}
        self.days: dict[int, str] = {}

    def how(self, kind: str) -> str:
        if kind not in self.contact:
            self.contact[kind] = contact_word(kind)
        return self.contact[kind]

    def ago(self, days: int) -> str:
        if days not in self.days:
            self.days[days] = days_ago(days)
        return self.days[days]


def _row(child, family, contact, asked, on: date, words: _Words) -> ChildRow:
    parents = [one for one in family if one["kind"] == Guardianship.Kind.PARENT]
    in_touch = [p for p in parents if p["adult__condition"] == Adult.Condition.IN_TOUCH]
    away = [p for p in in_touch if p["is_away"]]
    days = days_since(contact["happened_on"], on) if contact else None
    is_known = bool(in_touch) and all(p["is_away"] is not None for p in in_touch)
    state = bridge_state(bool(away), is_known, days, asked)
    owed = bool(away) and not is_connected(days)
    at_home = [p for p in in_touch if p["is_away"] is False]
    carers = [one for one in family if one["kind"] in Guardianship.CARING] or at_home
    named = [f"{words.relation[one['relation']]} {one['adult__name']}" for one in carers[:2]]
    return ChildRow(
        pk=child["pk"],
        name=child["name"],
        class_name=child["class_name"],
        away=" · ".join(
            f"{words.relation[p['relation']]} {p['place'] or words.away}" for p in away
        ),
        carer=words.parents if len(at_home) == 2 else " · ".join(named),
        state=state,
        days=words.ago(days) if days is not None and away else "",
        how=words.how(contact["kind"]) if contact and away else "",
        is_owed=owed,
        strength=child["strengths"],
        has_parent_on_record=any(p["relation"] in PARENTS for p in parents),
        is_unreachable=bool(away) and not child["is_reachable"],
        word=words.states[state],
    )
