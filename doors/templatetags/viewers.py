"""{% if request.viewer|may:"IMPORT_ROSTER" %}: whether to offer an action. The page behind it checks
again.
"""

from django import template

from schools.policies import Viewer
from schools.roles import Permission

register = template.Library()


@register.filter
def may(viewer: Viewer, permission: str) -> bool:
    return viewer.can(Permission[permission])
