import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """One index for another, built beside the writing of talks."""

    atomic = False

    dependencies = [("guardians", "0005_issuer")]

    operations = [
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(fields=["school", "recorded_at"], name="last_recorded_talk"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="school",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="schools.school",
            ),
        ),
    ]
