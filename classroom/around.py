"""Shared by the pages of this app: the chosen class, and opening a page from Today."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from classroom.policies import classes_observable_by, get_class_for
from core.days import week_day
from core.requests import key_of
from core.view_types import P, View
from schools.models import SchoolClass
from schools.policies import own_class_ids, staff_required
from schools.queries import classes_on
from schools.requests import SchoolRequest
from schools.roles import Permission

observing = staff_required(Permission.OBSERVE)


def status_of(form) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and form.errors else 200


def whole_page(view: View[SchoolRequest, P]) -> View[SchoolRequest, P]:
    """Redirect htmx requests from Today to the whole page."""

    @wraps(view)
    def guarded(request: SchoolRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.htmx and request.method == "GET":
            view(request, *args, **kwargs)  # still raises 404 for strangers
            return HttpResponse(status=204, headers={"HX-Redirect": request.get_full_path()})
        response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return guarded


@dataclass(frozen=True)
class ClassInHand:
    """The class that a page shows.

    `chosen` is None at a school without classes; `tabs` exist only if there are several.
    """

    chosen: SchoolClass | None
    tabs: list[dict[str, Any]]

    @property
    def pk(self) -> int | None:
        return self.chosen.pk if self.chosen else None

    @property
    def query(self) -> str:
        return f"?class={self.chosen.pk}" if self.chosen else ""

    def query_on(self, on: date) -> str:
        chosen = {"class": self.chosen.pk} if self.chosen else {}
        return f"?{urlencode({**chosen, 'on': on.isoformat()})}"


def class_in_hand(request: SchoolRequest, **more: str) -> ClassInHand:
    """Return the class given by ?class=, if the viewer observes it.

    Otherwise return their own class, or the first.
    """
    viewer = request.viewer
    wanted = request.GET.get("class", "") or request.POST.get("class", "")
    wanted_pk = key_of(wanted)
    if wanted and wanted_pk is None:
        raise Http404
    this_year = classes_on(viewer.school, viewer.on)
    own = set(own_class_ids(viewer.user, viewer.on))
    reach = classes_observable_by(viewer.user, viewer.on)
    classes = list(this_year.filter(pk__in=reach.values("pk")).select_related("school"))
    chosen: SchoolClass | None
    if wanted_pk is not None:
        chosen = get_class_for(viewer.user, wanted_pk, viewer.on)
    else:
        chosen = next((one for one in classes if one.pk in own), classes[0] if classes else None)
    tabs = [
        {
            "url": f"?{urlencode({'class': one.pk, **more})}",
            "label": one.name,
            "count": None,
            "is_current": chosen is not None and one.pk == chosen.pk,
        }
        for one in classes
    ]
    return ClassInHand(chosen, tabs if len(tabs) > 1 else [])


def day_choice(hand: ClassInHand, form: Any, on: date | None, today: date) -> dict[str, Any]:
    """Return the context of classroom/_day_choice.html: the day, with links to the day before and after."""
    return {
        "form": form,
        "shown_day": on,
        "day_text": week_day(on) if on else "",
        "day_before": hand.query_on(on - timedelta(days=1)) if on else "",
        "day_after": hand.query_on(on + timedelta(days=1)) if on and on < today else "",
    }
