"""What happened to a case is sealed with a key that is not in the database; its rows are sealed as they stand,
with whoever keeps the case now.
"""

import django.db.models.deletion
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

from accounts import chain

SEALED = (
    "school_id",
    "case_id",
    "kind",
    "by_id",
    "about_id",
    "to_state",
    "owner_id",
    "until_at",
    "at",
)


def seal_rows(apps, schema_editor):
    rows = apps.get_model("counselling", "CaseEntry").objects
    cases = apps.get_model("counselling", "Case").objects
    readers = apps.get_model("counselling", "CaseReader").objects
    owner = cases.filter(pk=OuterRef("case_id")).values("owner_id")
    rows.update(owner_id=Subquery(owner))
    rows.filter(kind="emergency").update(about_id=models.F("by_id"))
    until = readers.filter(
        case_id=OuterRef("case_id"), user_id=OuterRef("about_id"), from_at=OuterRef("at")
    )
    let_in = rows.filter(kind__in=["let_in", "emergency"])
    let_in.update(until_at=Subquery(until.order_by("-until_at").values("until_at")[:1]))
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for school in rows.values_list("school_id", flat=True).distinct().order_by():
        of_school = rows.filter(school_id=school).order_by("id")
        chain.seal_standing(of_school, f"cases:{school}", SEALED)


class Migration(migrations.Migration):
    dependencies = [
        ("counselling", "0016_told_of_briefs"),
        ("accounts", "0005_log_of_readers_stays"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="caseentry", name="append_only"),
        migrations.AddField(
            model_name="caseentry",
            name="chain",
            field=models.CharField(max_length=40, null=True, editable=False),
        ),
        migrations.AddField(
            model_name="caseentry",
            name="number",
            field=models.BigIntegerField(null=True, editable=False),
        ),
        migrations.AddField(
            model_name="caseentry", name="seal", field=models.BinaryField(null=True)
        ),
        migrations.AddField(
            model_name="caseentry",
            name="owner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="caseentry", name="until_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunPython(seal_rows, migrations.RunPython.noop),
    ]
