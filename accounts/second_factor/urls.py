"""Addresses with the names that allauth expects, without a namespace."""

from django.urls import path

from accounts.second_factor import views

urlpatterns = [
    path("", views.index, name="mfa_index"),
    path("set-up/", views.second_step, name="second_step"),
    path("set-up/app/", views.set_up_app, name="mfa_activate_totp"),
    path("set-up/passkey/", views.set_up_passkey, name="mfa_add_webauthn"),
    path("<int:pk>/remove/", views.remove, name="second_step_remove"),
    path("codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
    path("codes/new/", views.new_codes, name="mfa_generate_recovery_codes"),
    path("sign-in/", views.authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", views.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("again/", views.show_again, name="mfa_reauthenticate"),
    path("again/passkey/", views.show_passkey_again, name="mfa_reauthenticate_webauthn"),
]
