"""The places of the rail, and the counts beside two of them."""

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from redis import RedisError

from counselling import queries as counselling
from doors.staff.today import work_of
from schools.policies import Viewer
from schools.roles import Permission as P

# Seconds for which the counts may be old on pages other than Today: they cost a dozen queries.
COUNTS_KEPT_SECONDS = 20

PLACES = [
    ("staff:today", "today", lambda: _("Today"), ()),
    ("staff:children", "child", lambda: _("Children"), (P.VIEW_OWN_CLASS, P.VIEW_ALL_CHILDREN)),
    ("messaging:board", "bridge", lambda: _("Check-ins"), (P.WORK_CHECK_INS,)),
    ("counselling:list", "concern", lambda: _("Concerns"), (P.HANDLE_CONCERNS,)),
    ("dashboards:school", "dashboard", lambda: _("Dashboard"), (P.VIEW_DASHBOARD,)),
    ("schools:settings", "settings", lambda: _("Settings"), (P.EDIT_SCHOOL,)),
    ("messaging:demo_phone", "sms", lambda: _("Demo phone"), (P.WORK_CHECK_INS,)),
]


def rail_items(request: HttpRequest, viewer: Viewer) -> list[dict]:
    """What components/rail_item.html shows: the places that this viewer's posts open."""
    counts = counts_of(viewer)
    items = []
    for name, icon, label, permissions in PLACES:
        if permissions and not any(map(viewer.can, permissions)):
            continue
        if name == "messaging:demo_phone" and not (viewer.school and viewer.school.is_demo):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        items.append(
            {
                "url": url,
                "icon": icon,
                "label": label(),
                "count": counts.get(name),
                "is_current": _is_current(request.path, url),
            }
        )
    return items


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def counts_of(viewer: Viewer) -> dict[str, int]:
    key = _key(viewer)
    try:
        kept = cache.get(key)
        if kept is None:
            kept = _count(viewer)
            cache.set(key, kept, COUNTS_KEPT_SECONDS)
        return kept
    except RedisError:
        return _count(viewer)


def keep_today_count(viewer: Viewer, count: int) -> None:
    """Today has just counted: the rail beside it says the same."""
    counts = {
        "staff:today": count,
        "counselling:list": counselling.open_counts(viewer.user, viewer.at),
    }
    try:
        cache.set(_key(viewer), counts, COUNTS_KEPT_SECONDS)
    except RedisError:
        return


def _key(viewer: Viewer) -> str:
    return f"rail:{viewer.user.pk}"


def _count(viewer: Viewer) -> dict[str, int]:
    return {
        "staff:today": len(work_of(viewer.user, viewer.at)),
        "counselling:list": counselling.open_counts(viewer.user, viewer.at),
    }
