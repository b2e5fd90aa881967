"""Retention finds what is over by its age."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("messaging", "0004_reminders"),
        ("schools", "0002_sending_started"),
        ("students", "0003_care_grounds"),
        ("uploads", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="checkinline",
            index=models.Index(
                condition=models.Q(("words", ""), _negated=True),
                fields=["school", "check_in"],
                name="lines_with_words",
            ),
        ),
        AddIndexConcurrently(
            model_name="reply",
            index=models.Index(
                condition=models.Q(
                    models.Q(("words", ""), _negated=True),
                    ("voice__isnull", False),
                    _connector="OR",
                ),
                fields=["school", "at"],
                name="replies_by_age",
            ),
        ),
    ]
