from django import forms
from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from core.requests import check_year

        # Set on Django's own fields, so that fields of model forms and of libraries are limited too: no
        # calculation with dates (a month earlier, a week later) can then leave the calendar.
        forms.DateField.default_validators = [check_year]
        forms.DateTimeField.default_validators = [check_year]
