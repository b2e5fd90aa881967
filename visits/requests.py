"""The type of requests at the village door; at run time they are Django's own."""

from datetime import datetime

from schools.policies import StaffRequest


class VillageRequest(StaffRequest):
    """A request to a view behind `village_required`."""

    at: datetime
