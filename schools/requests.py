"""Types for what the staff door adds to a request. At run time these are Django's own requests."""

from typing import TypeGuard

from schools.models import School
from schools.policies import StaffRequest, Viewer


class SchoolViewer(Viewer):
    school: School


class SchoolRequest(StaffRequest):
    """A request to a view behind `staff_required` with a permission that only posts at a school grant
    (`schools.roles`).
    """

    viewer: SchoolViewer


class CountyRequest(StaffRequest):
    """A request to a view behind `schools.policies.sets_up`: an officer of a county, whichever
    school is selected.
    """


def is_at_school(request: StaffRequest) -> TypeGuard[SchoolRequest]:
    """Return whether a school is selected, for pages that officers of a county may open as well."""
    return request.viewer.school is not None
