"""Parents in the school's WeCom contacts, with the number that the school entered there."""

from dataclasses import dataclass

from delivery.channels.base import Account
from delivery.channels.wecom.channel import api_of


@dataclass(frozen=True)
class Parent:
    """`mobile` as WeCom has it. We can only write to parents who follow the school's notices."""

    parent_id: str
    mobile: str
    is_following: bool


@dataclass(frozen=True)
class Matched:
    """Counts of WeCom's parents: found on our records, not following yet, on none of our records."""

    found: int
    not_following: int
    strangers: int


def read_parents(account: Account) -> list[Parent]:
    """Return each parent once, even one in several classes. One request for each class. Raises a Failure."""
    api = api_of(account)
    found = api.ask("/cgi-bin/school/department/list").get("departments") or []
    parents: dict[str, Parent] = {}
    for department in found:
        page = api.ask(
            "/cgi-bin/school/user/list_parent", department_id=str(department.get("id", ""))
        )
        for one in page.get("parents") or []:
            parent_id, mobile = str(one.get("parent_userid", "")), str(one.get("mobile") or "")
            parents[parent_id] = Parent(parent_id, mobile, bool(one.get("is_subscribe")))
    parents.pop("", None)
    return list(parents.values())
