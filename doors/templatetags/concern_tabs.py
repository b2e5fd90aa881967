"""{% concern_tabs %}: the tabs above the concerns, on every page they lead to, with that page marked."""

from django import template
from django.template import RequestContext
from django.utils.translation import gettext as _

from counselling.concerns.presenters import tabs_of

register = template.Library()


@register.inclusion_tag("components/tabs.html", takes_context=True)
def concern_tabs(context: RequestContext) -> dict:
    viewer, page = context["request"].viewer, context["request"].resolver_match.view_name
    tabs = tabs_of(viewer.user, viewer.at, page=page)
    has_seldom = any(tab["is_seldom"] for tab in tabs)
    return {"label": _("Concerns"), "tabs": tabs, "has_seldom": has_seldom}
