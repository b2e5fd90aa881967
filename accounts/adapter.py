from allauth.account.adapter import DefaultAccountAdapter

from accounts import browsers, guessing


class StaffAccountAdapter(DefaultAccountAdapter):
    """Staff are invited by their school's administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def authenticate(self, request, **credentials):
        """At sign-in and wherever the password is asked for again."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            guessing.was_right(request)
        return user

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        browsers.remember(request, response, guessing.plain_name(user.get_username()))
        return response
