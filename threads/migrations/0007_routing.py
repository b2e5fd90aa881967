"""The usual words: an incoming message is routed, and what is counted are attempts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0006_no_pairs"),
        ("delivery", "0017_attempts"),
        ("messaging", "0005_kept_no_longer"),
    ]

    operations = [
        migrations.RenameModel("Landing", "Routing"),
        migrations.RenameModel("ReplyLanding", "ReplyRouting"),
        migrations.RenameField("machinetext", "tries", "attempts"),
        migrations.AlterField(
            "routing",
            "state",
            models.CharField(
                choices=[
                    ("in_thread", "in a conversation"),
                    ("tray", "in the holding tray"),
                    ("dismissed", "put aside"),
                    ("opted_out", "wants no more messages"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            "routing",
            "incoming",
            models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="routing",
                to="delivery.incomingmessage",
            ),
        ),
        migrations.AlterField(
            "replyrouting",
            "reply",
            models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="routing",
                to="messaging.reply",
            ),
        ),
    ]
