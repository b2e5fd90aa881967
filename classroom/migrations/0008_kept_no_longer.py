"""Retention finds what is over by its age."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("classroom", "0007_register_unseen"),
        ("guardians", "0002_by_telephone"),
        ("schools", "0002_sending_started"),
        ("students", "0003_care_grounds"),
        ("uploads", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="attendancemark",
            index=models.Index(
                condition=models.Q(("reason", ""), _negated=True),
                fields=["school", "marked_on"],
                name="reasons_by_age",
            ),
        ),
        AddIndexConcurrently(
            model_name="leaverequest",
            index=models.Index(fields=["school", "ends_on"], name="leave_by_age"),
        ),
        AddIndexConcurrently(
            model_name="observation",
            index=models.Index(fields=["school", "happened_at"], name="observations_by_age"),
        ),
    ]
