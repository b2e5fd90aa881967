from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """While they are built, messages go on being written."""

    atomic = False
    dependencies = [("messaging", "0015_never_again")]
    operations = [
        AddIndexConcurrently(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("kind", "concern")),
                fields=["created_at"],
                name="outbox_alerts",
            ),
        ),
        AddIndexConcurrently(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state", "unknown")),
                fields=["finished_at"],
                name="outbox_unknown",
            ),
        ),
    ]
