"""Types for what the staff door adds to a request. At run time these are Django's own requests."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from schools.models import School
from schools.policies import Viewer


class SchoolViewer(Viewer):
    school: School


class SchoolRequest(HttpRequest):
    """A request to a view behind `staff_required` with a permission that only posts at a school grant
    (`schools.roles`).
    """

    user: User
    viewer: SchoolViewer
    htmx: HtmxDetails


class CountyRequest(HttpRequest):
    """A request to a view behind `schools.policies.sets_up`: an officer of a county, whichever
    school is selected.
    """

    user: User
    viewer: Viewer
    htmx: HtmxDetails
