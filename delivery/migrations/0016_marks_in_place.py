"""The mark before a request touches no index, and finds room beside the row that it marks."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("delivery", "0015_shared_wechat")]

    operations = [
        AddIndexConcurrently(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state", "claimed")), fields=["id"], name="outbox_held"
            ),
        ),
        RemoveIndexConcurrently(model_name="outboxmessage", name="outbox_claimed"),
        migrations.RunSQL(
            "ALTER TABLE delivery_outboxmessage SET (fillfactor = 50)",
            "ALTER TABLE delivery_outboxmessage RESET (fillfactor)",
        ),
    ]
