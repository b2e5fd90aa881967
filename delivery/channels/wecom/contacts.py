"""Parents in the school's WeCom contacts, with the number that the school entered there."""

import time
from dataclasses import dataclass
from math import inf

from core.phones import parse_phone
from delivery.channels.base import Account, TemporaryFailure
from delivery.channels.wecom.channel import api_of


@dataclass(frozen=True)
class Parent:
    """A parent in WeCom. `number`: the number that the school entered there, in E.164; "" if it is not a
    number.

    We can write only to parents who follow the school's notices.
    """

    parent_id: str
    number: str
    is_following: bool


@dataclass(frozen=True)
class Matched:
    """Counts of WeCom's parents: found in our records, not following yet, in none of our records."""

    found: int
    not_following: int
    strangers: int


def read_parents(account: Account, until: float = inf) -> list[Parent]:
    """Return each parent once, even one in several classes, with one request for each class.

    Raises a Failure, also if it is later than `until` (time.monotonic): half a list would unlink all other
    families.
    """
    api = api_of(account)
    found = api.ask("/cgi-bin/school/department/list").get("departments") or []
    parents: dict[str, Parent] = {}
    for department in found:
        if time.monotonic() > until:
            raise TemporaryFailure("out_of_time", f"{len(found)} classes")
        page = api.ask(
            "/cgi-bin/school/user/list_parent", department_id=str(department.get("id", ""))
        )
        for one in page.get("parents") or []:
            parent_id, number = str(one.get("parent_userid", "")), parse_phone(one.get("mobile"))
            is_following = bool(one.get("is_subscribe"))
            parents[parent_id] = Parent(parent_id, number.address, is_following)
    parents.pop("", None)
    return list(parents.values())
