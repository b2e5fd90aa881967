"""A task can also end because the child has left, and opens again if that was a mistake."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("messaging", "0005_kept_no_longer")]

    operations = [
        migrations.AlterField(
            model_name="followup",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("reached", "I reached the family"),
                    ("talked", "The child and a parent talked"),
                    ("nobody", "Nobody answered"),
                    ("asked", "A parent can be asked again"),
                    ("left", "The child has left the school"),
                ],
                max_length=8,
            ),
        ),
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("outcome", "left")),
                fields=["done_at"],
                name="follow_ups_of_leavers",
            ),
        ),
    ]
