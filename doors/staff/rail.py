"""The places of the rail, and the counts beside two of them."""

from functools import cache

from django.core.cache import cache as redis
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from redis import RedisError

from counselling import queries as counselling
from doors.staff.today import work_of
from schools.policies import Viewer
from schools.roles import Permission as P
from threads import work as threads

# Seconds for which counts and alert may be old on pages other than Today: they cost a dozen queries.
KEPT_SECONDS = 20

PLACES = [
    ("staff:today", "today", lambda: _("Today"), ()),
    ("staff:children", "child", lambda: _("Children"), (P.VIEW_OWN_CLASS, P.VIEW_ALL_CHILDREN)),
    ("threads:inbox", "message", lambda: _("Messages"), (P.WORK_CHECK_INS,)),
    ("notices:list", "report", lambda: _("Notices"), (P.WORK_CHECK_INS,)),
    ("classroom:index", "book", lambda: _("My class"), (P.OBSERVE,)),
    ("messaging:board", "bridge", lambda: _("Check-ins"), (P.WORK_CHECK_INS,)),
    ("calls:day", "phone", lambda: _("Call slots"), (P.WORK_CHECK_INS,)),
    ("surveys:list", "paper", lambda: _("Surveys"), (P.GIVE_SURVEYS, P.VIEW_SURVEY_FIGURES)),
    ("counselling:list", "concern", lambda: _("Concerns"), (P.HANDLE_CONCERNS,)),
    ("visits:list", "home", lambda: _("Visits & calls"), (P.RECORD_VISITS,)),
    ("dashboards:school", "dashboard", lambda: _("Dashboard"), (P.VIEW_DASHBOARD,)),
    ("schools:settings", "settings", lambda: _("Settings"), (P.EDIT_SCHOOL,)),
    ("messaging:demo_phone", "sms", lambda: _("Demo phone"), (P.WORK_CHECK_INS,)),
]

# Pages with an address of their own that stand under a place.
PARTS = {
    "messaging:channels": "schools:settings",
    "messaging:operation": "schools:settings",
    "rosters:list": "schools:settings",
    "reunions:board": "messaging:board",
}


def rail_items(request: HttpRequest, viewer: Viewer, counts: dict) -> list[dict]:
    """What components/rail_item.html shows: the places that this viewer's posts open."""
    items, current = [], current_place(request.path)
    for name, icon, label, permissions in PLACES:
        if permissions and not any(map(viewer.can, permissions)):
            continue
        if name == "messaging:demo_phone" and not (viewer.school and viewer.school.is_demo):
            continue
        url = _address(name)
        items.append(
            {
                "url": url,
                "icon": icon,
                "label": label(),
                "count": counts.get(name),
                "is_current": name == current,
            }
        )
    return items


def current_place(path: str) -> str:
    """The place whose address goes furthest along `path`: one lights up, or none."""
    addresses = _places()
    if path in addresses:
        return addresses[path]
    ahead = [address for address in addresses if address != "/" and path.startswith(address)]
    return addresses[max(ahead, key=len)] if ahead else ""


@cache
def _places() -> dict[str, str]:
    """Address → place. Addresses do not change while a process runs."""
    addresses = {_address(name): name for name, *_rest in PLACES}
    return addresses | {_address(name): place for name, place in PARTS.items()}


@cache
def _address(name: str) -> str:
    return reverse(name)


def around(viewer: Viewer) -> dict:
    """Counts by place, and under "alert" whom to phone where an alert did not get through."""
    try:
        kept = redis.get(_key(viewer))
        if kept is None:
            kept = _read(viewer, len(work_of(viewer.user, viewer.at)))
            redis.set(_key(viewer), kept, KEPT_SECONDS)
        return kept
    except RedisError:
        return _read(viewer, len(work_of(viewer.user, viewer.at)))


def keep_today_count(viewer: Viewer, count: int) -> None:
    """Today has just counted: the rail beside it says the same."""
    try:
        redis.set(_key(viewer), _read(viewer, count), KEPT_SECONDS)
    except RedisError:
        return


def _key(viewer: Viewer) -> str:
    return f"rail:{viewer.user.pk}:{get_language()}"


def _read(viewer: Viewer, work_count: int) -> dict:
    return {
        "staff:today": work_count,
        "counselling:list": counselling.open_counts(viewer.user, viewer.at),
        "threads:inbox": threads.waiting_for(viewer.user, viewer.at),
        "alert": counselling.stopped_alert_banner(viewer.user, viewer.at),
    }
