"""Sets passwords of demo accounts, read as JSON {login: password}; runs in `.venv/`, needs Django.

An account that has a post at a real school is left alone, whatever its name.
"""

import json
import sys

import django


def set_passwords(passwords: dict[str, str]) -> None:
    from django.contrib.auth import get_user_model
    from django.db import transaction

    users = get_user_model().objects.filter(username__in=passwords)
    with transaction.atomic():
        for user in users.exclude(posts__school__is_demo=False):
            user.set_password(passwords[user.get_username()])
            user.save(update_fields=["password"])


if __name__ == "__main__":
    django.setup()
    set_passwords(json.load(sys.stdin))
