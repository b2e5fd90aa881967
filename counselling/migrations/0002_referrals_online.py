import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("counselling", "0001_initial"),
        ("schools", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReferralCopy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                ("late_at", models.DateTimeField()),
                ("answer_seen_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="referralplace",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="referralplace",
            name="update_update",
        ),
        migrations.AddField(
            model_name="referralplace",
            name="linked_school",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="schools.school",
            ),
        ),
        migrations.AddField(
            model_name="referralplaceevent",
            name="linked_school",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="schools.school",
            ),
        ),
        migrations.AlterField(
            model_name="referral",
            name="handed",
            field=models.CharField(
                blank=True,
                choices=[
                    ("by_hand", "by hand"),
                    ("post", "by registered post"),
                    ("family", "the family takes it along"),
                    ("online", "online, to the counsellors of that school"),
                ],
                max_length=8,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="referralplace",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "counselling_referralplaceevent" ("address", "ended_at", "id", "kind", "linked_school_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "school_id") VALUES (NEW."address", NEW."ended_at", NEW."id", NEW."kind", NEW."linked_school_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."school_id"); RETURN NULL;',
                    hash="9000be6de691b9f2fbbc5d982232cbd3e92f1190",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_fd410",
                    table="counselling_referralplace",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="referralplace",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "counselling_referralplaceevent" ("address", "ended_at", "id", "kind", "linked_school_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "school_id") VALUES (NEW."address", NEW."ended_at", NEW."id", NEW."kind", NEW."linked_school_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."school_id"); RETURN NULL;',
                    hash="654ed45e359df381da8a6123f8b455f71137c34f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_30a99",
                    table="counselling_referralplace",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="referralcopy",
            name="referral",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copy",
                to="counselling.referral",
            ),
        ),
        migrations.AddField(
            model_name="referralcopy",
            name="school",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
            ),
        ),
        migrations.AddField(
            model_name="referralcopy",
            name="taken_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
