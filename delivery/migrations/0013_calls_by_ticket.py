"""A report finds its call by the ticket."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("delivery", "0012_calls_of_providers")]

    operations = [
        AddIndexConcurrently(
            model_name="voicecall",
            index=models.Index(
                condition=models.Q(("ticket", ""), _negated=True),
                fields=["account", "ticket"],
                name="calls_by_ticket",
            ),
        ),
    ]
