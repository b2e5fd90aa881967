"""Sign in at the village door: account, password and second step as elsewhere, on a page of its own."""

from allauth.account.views import LoginView
from django.urls import reverse_lazy


class SignIn(LoginView):
    template_name = "village/sign_in.html"
    success_url = reverse_lazy("village:list")


sign_in = SignIn.as_view()
