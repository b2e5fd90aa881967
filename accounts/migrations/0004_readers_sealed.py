"""The log of readers is sealed with a key that is not in the database; its rows are sealed as they stand."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from accounts import chain

SEALED = ("user_id", "school_id", "student_id", "what", "ip_address", "at")


def seal_rows(apps, schema_editor):
    rows = apps.get_model("accounts", "AccessRecord").objects
    for school in rows.values_list("school_id", flat=True).distinct().order_by():
        of_school = rows.filter(school_id=school).order_by("id")
        chain.seal_standing(of_school, f"access:{school}", SEALED)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_sealed_logs")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="accessrecord", name="append_only"),
        pgtrigger.migrations.RemoveTrigger(model_name="accessrecord", name="no_truncate"),
        pgtrigger.migrations.RemoveTrigger(model_name="accessrecord", name="chain"),
        migrations.RemoveConstraint(model_name="accessrecord", name="one_row_for_a_number"),
        migrations.RemoveField(model_name="accessrecord", name="hash"),
        migrations.DeleteModel(name="AccessHead"),
        migrations.AddField(
            model_name="accessrecord",
            name="chain",
            field=models.CharField(max_length=40, null=True, editable=False),
        ),
        migrations.AddField(
            model_name="accessrecord", name="seal", field=models.BinaryField(null=True)
        ),
        migrations.RunPython(seal_rows, migrations.RunPython.noop),
    ]
