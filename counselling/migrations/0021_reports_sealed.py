"""The log of reports is sealed with a key that is not in the database; its rows are sealed as they stand."""

import hashlib
import json
from datetime import UTC

import pgtrigger.migrations
from django.db import migrations, models

from accounts import chain

SEALED = (
    "school_id",
    "report_id",
    "key",
    "kind",
    "office",
    "spoke_with",
    "phone",
    "case_number",
    "told_at",
    "words",
    "by_id",
    "digest",
    "at",
)


def seal_rows(apps, schema_editor):
    entries = apps.get_model("counselling", "ReportEntry").objects
    entries.update(digest="")
    for report in apps.get_model("counselling", "Report").objects.order_by("pk"):
        first = entries.filter(report=report, kind="written").order_by("id").first()
        if first is not None:
            entries.filter(pk=first.pk).update(digest=digest_of(report))
        for suspect in report.suspects.exclude(lifted_at=None):
            lifted = entries.filter(report=report, kind="lifted", digest="")
            one = lifted.filter(at=suspect.lifted_at).order_by("id").first()
            if one is not None:
                entries.filter(pk=one.pk).update(digest=lifting_of(suspect))
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for school in entries.values_list("school_id", flat=True).distinct().order_by():
        of_school = entries.filter(school_id=school).order_by("id")
        chain.seal_standing(of_school, f"reports:{school}", SEALED)


def digest_of(report):
    named = [
        [one.pk, one.adult_id, one.user_id, one.somebody, plain(one.closed_at)]
        for one in report.suspects.order_by("pk")
    ]
    said = [report.situation, report.words, report.child_now, report.sent]
    around = [report.pk, report.school_id, report.student_id, report.reported_by_id]
    return sha([str(report.key), *around, plain(report.at), *said, named])


def lifting_of(suspect):
    by, reason = suspect.lifted_by_id, suspect.lift_reason
    return sha([suspect.pk, plain(suspect.lifted_at), by, reason])


def plain(at):
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None


def sha(told):
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [
        ("counselling", "0020_standing_rows_told_of"),
        ("accounts", "0005_log_of_readers_stays"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="reportentry", name="append_only"),
        migrations.RemoveConstraint(model_name="reportentry", name="report_entries_in_order"),
        migrations.AddField(
            model_name="reportentry",
            name="chain",
            field=models.CharField(max_length=40, null=True, editable=False),
        ),
        migrations.AddField(
            model_name="reportentry", name="seal", field=models.BinaryField(null=True)
        ),
        migrations.AlterField(
            model_name="reportentry", name="number", field=models.BigIntegerField(editable=False)
        ),
        migrations.AlterField(
            model_name="reportentry",
            name="digest",
            field=models.CharField(max_length=64, blank=True),
        ),
        migrations.RunPython(seal_rows, migrations.RunPython.noop),
    ]
