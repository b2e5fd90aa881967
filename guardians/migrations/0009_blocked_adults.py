"""Blocked adults are found without reading all adults."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("guardians", "0008_where_adults_live")]

    operations = [
        AddIndexConcurrently(
            model_name="adult",
            index=models.Index(
                fields=["id"],
                name="blocked_adults",
                condition=models.Q(blocked_at__isnull=False),
            ),
        ),
    ]
