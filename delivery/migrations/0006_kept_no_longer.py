"""Retention finds what is over by its age."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("delivery", "0005_calls"),
        ("schools", "0002_sending_started"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="deliveryreceipt",
            index=models.Index(
                condition=models.Q(
                    models.Q(("detail", ""), _negated=True),
                    models.Q(("raw", {}), _negated=True),
                    _connector="OR",
                ),
                fields=["school", "received_at"],
                name="receipts_by_age",
            ),
        ),
    ]
