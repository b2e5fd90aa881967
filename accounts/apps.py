from django import forms
from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from core.requests import check_year

        # On Django's own fields, so that those of model forms and of libraries are bounded as well: no
        # arithmetic with days (a month earlier, a week later) can leave the calendar.
        forms.DateField.default_validators = [check_year]
        forms.DateTimeField.default_validators = [check_year]
