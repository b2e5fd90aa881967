"""Only a hub's officers see what counties publish; on any other server nobody does."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404

from figures.models import SharedCounty
from schools.models import County
from schools.policies import Viewer, get_county_for
from schools.roles import Permission


def get_province_for(viewer: Viewer) -> County:
    """Return the hub's own County, which represents the province; else 404."""
    if not settings.PROVINCE_HUB:
        raise Http404
    return get_county_for(viewer, Permission.VIEW_COUNTY)


def get_shared_county_for(viewer: Viewer, code: str) -> SharedCounty:
    get_province_for(viewer)
    return get_object_or_404(SharedCounty, pk=code)
