"""Retention finds what is over by its age."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("schools", "0002_sending_started"),
        ("students", "0003_care_grounds"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="enrolment",
            index=models.Index(fields=["school", "ends_on"], name="enrolments_by_end"),
        ),
    ]
