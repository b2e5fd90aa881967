from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the writing of notes."""

    atomic = False

    dependencies = [("classroom", "0004_note_about_several")]

    operations = [
        AddIndexConcurrently(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("shared_key__isnull", False)),
                fields=["shared_key"],
                name="shared_observations",
            ),
        ),
    ]
