"""The entries of the rail, and the counts shown on some of them."""

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cache

from django.conf import settings
from django.core.cache import cache as redis
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from redis import RedisError

from core import replica
from core.addresses import address_of
from core.prepared import ask_together
from delivery.queries import has_phone_page
from safeguarding import queries as safeguarding
from schools.appointing.policies import offers_for_second
from schools.policies import Viewer
from schools.roles import Permission as P
from schools.roles import Role
from threads import work as threads

# Seconds for which counts and alert are cached on pages other than Today; they cost a dozen queries.
KEPT_SECONDS = 20
# Counting Today's work costs about forty queries. Once the count is older than this, or the viewer has saved
# something, a page shows the old one and fetches the new one after loading (staff:today_count).
WORK_KEPT_SECONDS = 180
LAST_WORK_KEPT_SECONDS = 24 * 3600

OF_HUB = "province:counties"  # the one entry found only on a province's hub
PLACES = [
    ("staff:today", "today", lambda: _("Today"), ()),
    ("staff:children", "child", lambda: _("Children"), (P.VIEW_OWN_CLASS, P.VIEW_ALL_CHILDREN)),
    # The middle of a phone's bar: a note is often written standing in a corridor.
    ("classroom:pick", "pen", lambda: _("Add a note"), (P.OBSERVE,)),
    ("threads:inbox", "message", lambda: _("Messages"), (P.WORK_CHECK_INS,)),
    ("notices:list", "report", lambda: _("Notices"), (P.WORK_CHECK_INS,)),
    ("messaging:board", "bridge", lambda: _("Check-ins"), (P.WORK_CHECK_INS,)),
    ("calls:day", "phone", lambda: _("Call slots"), (P.WORK_CHECK_INS,)),
    (
        "surveys:list",
        "paper",
        lambda: _("Surveys"),
        (P.GIVE_SURVEYS, P.VIEW_SURVEY_FIGURES, P.WRITE_QUESTIONS),
    ),
    ("counselling:list", "concern", lambda: _("Concerns"), (P.HANDLE_CONCERNS,)),
    ("visits:list", "home", lambda: _("Visits & calls"), (P.RECORD_VISITS,)),
    ("learning:list", "lesson", lambda: _("Learning"), (P.WORK_CHECK_INS,)),
    ("meetings:list", "calendar", lambda: _("Meetings"), (P.HOLD_MEETINGS,)),
    ("dashboards:school", "dashboard", lambda: _("Dashboard"), (P.VIEW_DASHBOARD,)),
    ("dashboards:county", "dashboard", lambda: _("County"), (P.VIEW_COUNTY,)),
    ("county:set_up", "settings", lambda: _("Set-up"), (P.SET_UP_COUNTY,)),
    (OF_HUB, "dashboard", lambda: _("Counties"), (P.VIEW_COUNTY,)),
    ("schools:settings", "settings", lambda: _("Settings"), (P.EDIT_SCHOOL,)),
    ("delivery:demo_phone", "sms", lambda: _("Demo phone"), (P.WORK_CHECK_INS,)),
]

# Pages with an address of their own that belong to an entry.
PARTS = {
    "delivery:channels": "schools:settings",
    "delivery:operation": "schools:settings",
    "rosters:list": "schools:settings",
    "api:tokens": "schools:settings",
    "staff:retention": "schools:settings",
    "staff:filing": "schools:settings",
    "reunions:board": "messaging:board",
    "nights:tonight": "messaging:board",
    "guardians:duplicates": "staff:children",
    "api:agreements": "surveys:list",
    "staff:calendar": "staff:today",
    "staff:held": "staff:today",
    "staff:start": "staff:today",
}
# Whole areas of pages that have no entry at the area's own address.
ROOMS = {
    "/class/": "staff:children",
    "/privacy/": "staff:children",
    "/transfers/": "staff:children",
}
# Entries to highlight instead, for viewers whose rail does not have the entry.
OTHERWISE = {
    "schools:settings": ("dashboards:school", "staff:today"),
    "counselling:list": ("staff:children",),
    "learning:list": ("county:set_up",),
}


def rail_items(request: HttpRequest, viewer: Viewer, counts: dict) -> list[dict]:
    """Return what `{% rail_item %}` shows: the entries that this viewer's posts open."""
    shown = [place for place in PLACES if _is_shown(place[0], place[3], viewer)]
    current = lit_place(request.path, {name for name, *_rest in shown})
    return [
        {
            "url": address_of(name),
            "icon": icon,
            "label": label(),
            "count": counts.get(name),
            "recount_url": address_of("staff:today_count") if name in counts["old"] else "",
            "is_current": name == current,
        }
        for name, icon, label, _permissions in shown
    ]


def _is_shown(name: str, permissions: tuple[P, ...], viewer: Viewer) -> bool:
    if permissions and not any(map(viewer.can, permissions)):
        return False
    if (name == OF_HUB) != settings.PROVINCE_HUB:
        return False
    is_phone = name == "delivery:demo_phone"
    return not is_phone or bool(viewer.school and has_phone_page(viewer.school))


def lit_place(path: str, shown: Collection[str]) -> str:
    """Return the entry to highlight; none for the viewer's own account and for pages that belong to no
    entry.
    """
    place = current_place(path)
    return next((name for name in (place, *OTHERWISE.get(place, ())) if name in shown), "")


def current_place(path: str) -> str:
    """Return the entry whose address matches most of `path`, or ""."""
    addresses = _places()
    if path in addresses:
        return addresses[path]
    ahead = [address for address in addresses if address != "/" and path.startswith(address)]
    return addresses[max(ahead, key=len)] if ahead else ""


@cache
def _places() -> dict[str, str]:
    """Return address → entry. Addresses do not change while a process runs."""
    addresses = {address_of(name): name for name, *_rest in PLACES}
    parts = {address_of(name): place for name, place in PARTS.items()}
    return addresses | parts | ROOMS


@replica.from_main()
def around(viewer: Viewer) -> dict:
    """Return the counts by entry.

    "old" has the entries whose count is unknown or may have changed; "alert" has whom to phone if an alert
    did not get through.
    """
    rest_key, work_key, new_key = _keys(viewer)
    try:
        found = redis.get_many([rest_key, work_key, new_key])
        if rest_key not in found:
            redis.set(rest_key, found.setdefault(rest_key, _read(viewer)), KEPT_SECONDS)
    except RedisError:
        found = {rest_key: _read(viewer)}
    old = () if new_key in found else ("staff:today",)
    return {**found[rest_key], "staff:today": found.get(work_key), "old": old}


def keep_today_count(viewer: Viewer, count: int) -> None:
    """Store the count that Today has just made, so that the rail shows the same number."""
    _rest_key, work_key, new_key = _keys(viewer)
    with suppress(RedisError):
        redis.set(work_key, count, LAST_WORK_KEPT_SECONDS)
        redis.set(new_key, True, WORK_KEPT_SECONDS)


def recount_after_write(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware: drop the cached counts after a write, so that the rail shows what is left to do."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST" and request.user.is_authenticated:
            with suppress(RedisError):
                redis.delete_many([f"rail:{name}:{request.user.pk}" for name in KEYS])
        return response

    return middleware


KEYS = ("new", "rest")


def _keys(viewer: Viewer) -> tuple[str, str, str]:
    """Return three cache keys: of the counts with the alert, of the number of Today's rows, and of whether
    that number is fresh.
    """
    own = viewer.user.pk
    return f"rail:rest:{own}", f"rail:work:{own}", f"rail:new:{own}"


def _read(viewer: Viewer) -> dict:
    is_officer = Role.COUNTY_OFFICER in viewer.roles
    own = safeguarding.rail_questions(viewer.user, viewer.at)
    ask_together((*own, threads.waiting_question(viewer.user, viewer.at)))
    return {
        "counselling:list": safeguarding.open_counts(viewer.user, viewer.at),
        "threads:inbox": threads.waiting_for(viewer.user, viewer.at),
        "alert": safeguarding.stopped_alert_banner(viewer.user, viewer.at),
        # Offers that an officer is asked to agree to.
        "county:set_up": offers_for_second(viewer.user, viewer.on, viewer.at).count()
        if is_officer
        else 0,
    }
