import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("messaging", "0001_initial"),
        ("schools", "0001_initial"),
        ("uploads", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="reply",
            name="voice",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="uploads.upload",
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="wants_call",
            field=models.BooleanField(db_default=False, default=False),
        ),
        AddIndexConcurrently(
            model_name="reply",
            index=models.Index(
                condition=models.Q(("voice__isnull", False), ("wants_call", True), _connector="OR"),
                fields=["at"],
                name="replies_to_hear",
            ),
        ),
    ]
