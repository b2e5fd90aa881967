"""The phone of somebody who signs out at the staff door."""

from accounts.adapter import StaffAccountAdapter
from delivery.phones import forget_who_was_here


class StaffDoorAdapter(StaffAccountAdapter):
    def logout(self, request) -> None:
        """Staff who are parents as well may have notices on this phone."""
        forget_who_was_here(request)
        super().logout(request)
