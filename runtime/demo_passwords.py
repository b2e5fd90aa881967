"""Sets passwords of demo accounts, read as JSON {login: password}. Runs in `.venv/` and needs Django.

An account without a post, or with one at a real school or in a county that has one, is left alone, whatever
its name.
"""

import json
import sys

import django


def set_passwords(passwords: dict[str, str]) -> None:
    from django.contrib.auth import get_user_model
    from django.db import transaction

    users = (
        get_user_model()
        .objects.filter(username__in=passwords, posts__isnull=False)
        .exclude(posts__school__is_demo=False)
        .exclude(posts__county__schools__is_demo=False)
        .distinct()
    )
    with transaction.atomic():
        for user in users:
            user.set_password(passwords[user.get_username()])
            user.save(update_fields=["password"])


if __name__ == "__main__":
    django.setup()
    set_passwords(json.load(sys.stdin))
