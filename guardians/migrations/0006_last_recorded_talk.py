from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The latest talk of a school, for its dashboard; built beside the writing of talks."""

    atomic = False

    dependencies = [("guardians", "0005_issuer")]

    operations = [
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(fields=["school", "recorded_at"], name="last_recorded_talk"),
        ),
    ]
