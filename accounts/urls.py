"""The pages of allauth that we use.

None of them lets a signed-in person, or a mailbox, set a password or an address: first and forgotten
passwords belong to schools.passwords and the staff door, which keep a log and notify the owner.
"""

from allauth.account import views
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def closed(request: HttpRequest) -> HttpResponse:
    """Answer 404 on pages that allauth looks up by name and that we do not use."""
    raise Http404


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", closed, name="account_set_password"),
    path("email/", closed, name="account_email"),
    path("confirm-email/", closed, name="account_email_verification_sent"),
]
