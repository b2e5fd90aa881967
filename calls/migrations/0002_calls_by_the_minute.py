from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built beside the bookings that go on meanwhile

    dependencies = [("calls", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="callslot",
            index=models.Index(
                condition=models.Q(("state__in", ["booked", "running"])),
                fields=["starts_at"],
                name="calls_ahead",
            ),
        ),
        AddIndexConcurrently(
            model_name="callslot",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", False)),
                fields=["settled_at"],
                name="calls_settled",
            ),
        ),
    ]
