"""A class's meetings are found by its key, however many meetings other schools hold."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("meetings", "0003_photos"),
        ("schools", "0004_county_calendar"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="meetingchild",
            index=models.Index(fields=["school_class"], name="meetings_of_class"),
        ),
    ]
