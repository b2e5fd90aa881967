from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("reunions", "0002_child_expects")]

    operations = [
        AddIndexConcurrently(
            model_name="reunionplan",
            index=models.Index(
                condition=models.Q(("child_expects_on__isnull", False)),
                fields=["student"],
                name="untold_plans",
            ),
        ),
    ]
