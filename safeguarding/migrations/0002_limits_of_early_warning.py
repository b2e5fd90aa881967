import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safeguarding", "0001_initial"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="warningrules",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="warningrules",
            name="update_update",
        ),
        migrations.AddField(
            model_name="warningrules",
            name="gap_days",
            field=models.PositiveSmallIntegerField(db_default=14, default=14),
        ),
        migrations.AddField(
            model_name="warningrules",
            name="homework_misses",
            field=models.PositiveSmallIntegerField(db_default=3, default=3),
        ),
        migrations.AddField(
            model_name="warningrules",
            name="missed_percent",
            field=models.PositiveSmallIntegerField(db_default=10, default=10),
        ),
        migrations.AddField(
            model_name="warningrules",
            name="notes",
            field=models.PositiveSmallIntegerField(db_default=2, default=2),
        ),
        migrations.AddField(
            model_name="warningrules",
            name="unreachable_days",
            field=models.PositiveSmallIntegerField(db_default=7, default=7),
        ),
        migrations.AddField(
            model_name="warningrulesevent",
            name="gap_days",
            field=models.PositiveSmallIntegerField(db_default=14, default=14),
        ),
        migrations.AddField(
            model_name="warningrulesevent",
            name="homework_misses",
            field=models.PositiveSmallIntegerField(db_default=3, default=3),
        ),
        migrations.AddField(
            model_name="warningrulesevent",
            name="missed_percent",
            field=models.PositiveSmallIntegerField(db_default=10, default=10),
        ),
        migrations.AddField(
            model_name="warningrulesevent",
            name="notes",
            field=models.PositiveSmallIntegerField(db_default=2, default=2),
        ),
        migrations.AddField(
            model_name="warningrulesevent",
            name="unreachable_days",
            field=models.PositiveSmallIntegerField(db_default=7, default=7),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="warningrules",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safeguarding_warningrulesevent" ("changed_at", "changed_by_id", "gap_days", "homework_misses", "id", "is_on", "looks_a_week", "missed_percent", "notes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "unreachable_days") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."gap_days", NEW."homework_misses", NEW."id", NEW."is_on", NEW."looks_a_week", NEW."missed_percent", NEW."notes", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."unreachable_days"); RETURN NULL;',
                    hash="fd5f87e2bfe3de6428b6a28ef1bbcc44cc39ee27",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_78162",
                    table="safeguarding_warningrules",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="warningrules",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "safeguarding_warningrulesevent" ("changed_at", "changed_by_id", "gap_days", "homework_misses", "id", "is_on", "looks_a_week", "missed_percent", "notes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "unreachable_days") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."gap_days", NEW."homework_misses", NEW."id", NEW."is_on", NEW."looks_a_week", NEW."missed_percent", NEW."notes", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."unreachable_days"); RETURN NULL;',
                    hash="42f79b120dc93b8ee5fcf83f9d8d0b454aee179c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5ae2f",
                    table="safeguarding_warningrules",
                    when="AFTER",
                ),
            ),
        ),
    ]
