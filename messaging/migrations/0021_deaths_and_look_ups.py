from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns with a default of the database's are there at once; the archive inherits them."""

    atomic = False
    dependencies = [("messaging", "0020_codes_of_one_browser")]
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
        migrations.AlterField(
            model_name="trouble",
            name="kind",
            field=models.CharField(
                choices=[
                    ("late", "messages wait for too long"),
                    ("provider", "a provider does not work"),
                    ("unknown", "messages wait for a person"),
                    ("beat", "the scheduler is silent"),
                    ("sender", "the process that sends is silent"),
                    ("worker", "the process that looks things up is silent"),
                    ("logs", "a log was changed in the database itself"),
                    ("anchor", "the ends of the logs cannot be kept outside the database"),
                ],
                max_length=10,
            ),
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
