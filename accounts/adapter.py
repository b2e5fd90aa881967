from allauth.account.adapter import DefaultAccountAdapter


class StaffAccountAdapter(DefaultAccountAdapter):
    """Staff are invited by their school's administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request) -> bool:
        return False
