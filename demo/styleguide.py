"""/styleguide/, only with DEBUG: every component in every state, and one example of each page.

The examples use invented people; they show page authors the markup and the wording.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from demo import styleguide_story as story

PAGES = {
    "today": "today",
    "children": "children",
    "child": "children",
    "check_ins": "check_ins",
    "concerns": "concerns",
    "dashboard": "dashboard",
    "import": "settings",
    "settings": "settings",
    "demo_phone": "demo_phone",
}


def _frame(current: str) -> dict[str, object]:
    places = [
        ("today", "today", _("Today"), 14),
        ("children", "child", _("Children"), None),
        ("check_ins", "bridge", _("Check-ins"), None),
        ("concerns", "concern", _("Concerns"), 2),
        ("dashboard", "dashboard", _("Dashboard"), None),
        ("settings", "settings", _("Settings"), None),
        ("demo_phone", "sms", _("Demo phone"), None),
    ]
    rail = [
        {
            "url": f"/styleguide/page/{name}/",
            "icon": icon,
            "label": label,
            "count": count,
            "is_current": name == current,
        }
        for name, icon, label, count in places
    ]
    return {"rail": rail, "viewer": story.VIEWER, "school": story.SCHOOL}


def kit(request: HttpRequest) -> HttpResponse:
    return render(
        request, "styleguide/kit.html", {**_frame(""), **story.kit(), "pages": list(PAGES)}
    )


def page(request: HttpRequest, name: str) -> HttpResponse:
    if name not in PAGES:
        raise Http404
    context = {**_frame(PAGES[name]), **story.page(name)}
    return render(request, f"styleguide/pages/{name}.html", context)


urlpatterns = [
    path("styleguide/", kit, name="styleguide"),
    path("styleguide/page/<str:name>/", page, name="styleguide_page"),
]
