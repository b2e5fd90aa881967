from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """While it is built, messages go on being written."""

    atomic = False
    dependencies = [("messaging", "0006_channel_accounts")]
    operations = [
        AddIndexConcurrently(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("provider_reference", ""), _negated=True),
                fields=["provider_reference"],
                name="outbox_by_reference",
            ),
        ),
    ]
