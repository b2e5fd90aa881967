"""{% door_start %}: where an error page leads back to, so that no family ends up at the staff's door."""

from django import template

register = template.Library()
DOORS = ("/f/", "/p/", "/v/")


@register.simple_tag(takes_context=True)
def door_start(context) -> str:
    """Return the start page of the door that the address belongs to; `path` is used if the page was made
    without a request.
    """
    request = context.get("request")
    path = request.path if request else context.get("path", "")
    return next((start for start in DOORS if path.startswith(start)), "/")
