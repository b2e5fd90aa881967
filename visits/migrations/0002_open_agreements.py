from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("visits", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["school", "by_on"],
                name="open_agreements",
            ),
        ),
    ]
