"""A text without a certain sender says whether it calls for help."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("threads", "0008_in_thread")]

    operations = [
        migrations.AddField(
            model_name="routing",
            name="calls_for_help",
            field=models.BooleanField(default=False, db_default=False),
        ),
    ]
