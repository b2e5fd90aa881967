"""Addresses for a forgotten password; allauth's sign-in page refers to them by these names."""

from django.urls import path

from doors.staff import forgotten_views

urlpatterns = [
    path("password/reset/", forgotten_views.ask, name="account_reset_password"),
    path("password/reset/code/", forgotten_views.code, name="account_reset_code"),
]
