"""What every staff page shows around its content: rail, viewer, school and banners."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core import replica
from core.requests import has_host_name
from delivery.queries import sending_is_stopped
from doors.staff.first_hour import next_step
from doors.staff.rail import around, rail_items
from safeguarding.queries import AlertBanner
from schools.models import County, School
from schools.policies import Viewer, viewer_of
from schools.requests import SchoolViewer
from schools.roles import Permission, Role

FIRST_TO_PHONE = 3  # people in an alert's banner; nobody in a hurry reads more
SEES_CHILDREN = (Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)


@dataclass(frozen=True)
class Me:
    """The signed-in person, as shown by components/me_menu.html."""

    name: str
    surname: str
    line: str
    places: list[dict]


def rail(request: HttpRequest) -> dict:
    """Add rail, viewer, school and banners, but only on whole pages for signed-in staff."""
    if getattr(request, "htmx", False) or not hasattr(request, "user"):
        return {}
    if request.path.startswith(("/f/", "/p/", "/v/")):
        return {}
    viewer = viewer_of(request)
    if viewer is None:  # used by the sign-in page only
        return {
            "has_no_school": SimpleLazyObject(
                lambda: not settings.PROVINCE_HUB and not School.objects.exists()
            ),
            "can_have_passkey": has_host_name(request),
        }
    # Lazy: a page without a rail, such as "not found", does not count today's work.
    known = cache(lambda: around(viewer))
    return {
        "rail": SimpleLazyObject(lambda: rail_items(request, viewer, known())),
        "viewer": me(viewer),
        "school": viewer.school,
        "banners": SimpleLazyObject(lambda: banners(viewer, known()["alert"], request.path)),
        "can_report": any(map(viewer.can, SEES_CHILDREN)),
        "about_child": about_child(request),
    }


def about_child(request: HttpRequest) -> int | None:
    """Return the child named in the address; pages with other addresses pass `student`."""
    found = request.resolver_match
    return found.kwargs.get("student_id") if found else None


def me(viewer: Viewer) -> Me:
    counties = viewer.counties_where(Permission.VIEW_COUNTY)
    return Me(
        name=viewer.user.name,
        surname=viewer.user.surname,
        line=line_of(viewer),
        places=[
            *_choices(viewer.schools, viewer.school, "staff:switch_school"),
            *_choices(
                sorted(counties, key=lambda one: one.pk),
                next(iter(counties), None),
                "staff:switch_county",
            ),
        ],
    )


def _choices(places: Sequence[School | County], current: Any, name: str) -> list[dict]:
    """Return what switches between these places; nothing where there is no choice."""
    if len(places) < 2:
        return []
    return [
        {
            "name": one.name,
            "url": reverse(name, args=[one.pk]),
            "is_current": one == current,
        }
        for one in places
    ]


def line_of(viewer: Viewer) -> str:
    """Return a line such as 三年级2班 班主任; with several posts at this school, the first."""
    if (
        settings.PROVINCE_HUB
    ):  # an officer there holds a post at the county that represents the province
        return str(viewer.posts[0].county or "") if viewer.posts else ""
    here = viewer.school.pk if viewer.school else None
    for post in viewer.posts:
        if post.school_id == here:
            where = post.school_class.name if post.school_class else post.village
            return " ".join(filter(None, [where, str(Role(post.role).label)]))
    return ""


def not_begun(viewer: Viewer, path: str) -> dict | None:
    """Return the banner, with a link to the next step for people who may take it.

    Today lists the steps itself, so it has none.
    """
    if not viewer.can(Permission.STOP_SENDING):
        words = _(
            "The school has not begun to write to families. The school administrator or the principal"
            " can start."
        )
        return {"text": words, "tone": ""}
    today = reverse("staff:today")
    if path == today:
        return None
    links = [(today, _("What is left to do"))]
    step = next_step(cast(SchoolViewer, viewer))
    if step.url and not path.startswith(step.url):
        links.insert(0, (step.url, _("Next: %(step)s") % {"step": step.title}))
    text = _("The school has not begun to write to families.")
    return {"text": text, "tone": "", "links": links}


def alert_not_through(alert: AlertBanner) -> dict:
    """Return the banner with the first people to phone; all others are folded."""
    if not alert.people:
        words = _(
            "A child needs an adult, and nobody at the school is there to be told. Tell the principal."
        )
        return {"text": words, "tone": "now"}
    others = alert.people[FIRST_TO_PHONE:]
    more = ngettext("… and %(n)s more", "… and %(n)s more", len(others))
    return {
        "text": _("An alert did not get through: a child needs an adult now. Please phone now:"),
        "tone": "now",
        "people": alert.people[:FIRST_TO_PHONE],
        "others": others,
        "more": more % {"n": len(others)},
        "comma": pgettext("between names", ", "),
    }


@replica.from_main()
def banners(viewer: Viewer, alert: AlertBanner | None, path: str) -> list[dict]:
    found = []
    if alert:
        found.append(alert_not_through(alert))
    if viewer.school is not None and viewer.school.sending_started_at is None:
        found += filter(None, [not_begun(viewer, path)])
    elif sending_is_stopped(viewer.school):
        found.append({"text": _("We are not sending anything to families at present."), "tone": ""})
    return found
