"""Of whom a register says nothing. Rows on record say something of everybody in the class."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("classroom", "0006_pictures")]

    operations = [
        migrations.AddField(
            "classregister",
            "unseen",
            ArrayField(models.PositiveBigIntegerField(), db_default=[], default=list),
        ),
        AddIndexConcurrently(
            "classregister",
            models.Index(
                fields=["school", "taken_on"], condition=~Q(unseen=[]), name="register_with_unseen"
            ),
        ),
    ]
