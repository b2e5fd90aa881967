"""{% door_start %}: where an error page leads back to; no family is sent to the door of the staff."""

from django import template

register = template.Library()
DOORS = ("/f/", "/p/", "/v/")


@register.simple_tag(takes_context=True)
def door_start(context) -> str:
    """Of the page's address: `path` where the page is made without the request."""
    request = context.get("request")
    path = request.path if request else context.get("path", "")
    return next((start for start in DOORS if path.startswith(start)), "/")
