from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns with a default of the database's are there at once; the archive inherits them."""

    atomic = False
    dependencies = [("messaging", "0018_an_adults_own_rhythm")]
    operations = [
        migrations.AddField(
            model_name="outboxmessage",
            name="deaths",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="look_ups",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        AddIndexConcurrently(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("deaths__gt", 0), ("state__in", ["due", "retry"])),
                fields=["due_at"],
                name="outbox_suspects",
            ),
        ),
    ]
