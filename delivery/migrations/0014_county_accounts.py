"""Accounts that a county gives to its schools, and which of a school's accounts are copies of them."""

import django.contrib.postgres.functions
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0013_calls_by_ticket"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("schools", "0005_record_looked_up"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CountyAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS by a gateway"),
                            ("alibaba_sms", "SMS by Alibaba Cloud"),
                            ("tencent_sms", "SMS by Tencent Cloud"),
                            ("wechat", "WeChat official account"),
                            ("wecom", "WeCom"),
                            ("push", "notice on the screen"),
                            ("paper", "paper"),
                            ("apprise", "staff group"),
                            ("demo_phone", "demo phone"),
                            ("voice", "calls by a gateway"),
                            ("alibaba_call", "calls by Alibaba Cloud"),
                            ("tencent_call", "calls by Tencent Cloud"),
                            ("demo_call", "demo phone that rings"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40)),
                ("is_enabled", models.BooleanField(default=True)),
                ("config", models.JSONField(blank=True, default=dict)),
                ("secret", models.BinaryField(blank=True, null=True)),
                (
                    "hook_key",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        editable=False,
                        unique=True,
                    ),
                ),
                ("in_force", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="CountyAccountEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS by a gateway"),
                            ("alibaba_sms", "SMS by Alibaba Cloud"),
                            ("tencent_sms", "SMS by Tencent Cloud"),
                            ("wechat", "WeChat official account"),
                            ("wecom", "WeCom"),
                            ("push", "notice on the screen"),
                            ("paper", "paper"),
                            ("apprise", "staff group"),
                            ("demo_phone", "demo phone"),
                            ("voice", "calls by a gateway"),
                            ("alibaba_call", "calls by Alibaba Cloud"),
                            ("tencent_call", "calls by Tencent Cloud"),
                            ("demo_call", "demo phone that rings"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40)),
                ("is_enabled", models.BooleanField(default=True)),
                ("config", models.JSONField(blank=True, default=dict)),
                ("in_force", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LeftOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_out", models.BooleanField()),
                ("at", models.DateTimeField()),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="channelaccount",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="channelaccount",
            name="update_update",
        ),
        migrations.AddField(
            model_name="countyaccount",
            name="agreed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="countyaccount",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="countyaccount",
            name="county",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.county"
            ),
        ),
        migrations.AddField(
            model_name="channelaccount",
            name="of_county",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copies",
                to="delivery.countyaccount",
            ),
        ),
        migrations.AddField(
            model_name="channelaccountevent",
            name="of_county",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="delivery.countyaccount",
            ),
        ),
        migrations.AddConstraint(
            model_name="channelaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("of_county__isnull", False)),
                fields=("of_county", "school"),
                name="one_copy_for_a_school",
            ),
        ),
        migrations.AddField(
            model_name="countyaccountevent",
            name="agreed_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="countyaccountevent",
            name="asked_by",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="countyaccountevent",
            name="county",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="schools.county",
            ),
        ),
        migrations.AddField(
            model_name="countyaccountevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="countyaccountevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="delivery.countyaccount",
            ),
        ),
        migrations.AddField(
            model_name="leftout",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="delivery.countyaccount",
            ),
        ),
        migrations.AddField(
            model_name="leftout",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="leftout",
            name="school",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="schools.school"
            ),
        ),
        migrations.AddConstraint(
            model_name="countyaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreed_by", None),
                    models.Q(("agreed_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="county_account_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="countyaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_at", None), ("agreed_by", None)),
                    models.Q(("agreed_at__isnull", False), ("agreed_by__isnull", False)),
                    _connector="OR",
                ),
                name="county_account_agreed_with_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="countyaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "delivery_countyaccountevent" ("agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "config", "county_id", "ended_at", "id", "in_force", "is_enabled", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."config", NEW."county_id", NEW."ended_at", NEW."id", NEW."in_force", NEW."is_enabled", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="d626629a4e0d8b1bc15ff2f3cbf07d4137ee49d4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_58647",
                    table="delivery_countyaccount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="countyaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."agreed_at" IS DISTINCT FROM (NEW."agreed_at") OR OLD."agreed_by_id" IS DISTINCT FROM (NEW."agreed_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."config" IS DISTINCT FROM (NEW."config") OR OLD."county_id" IS DISTINCT FROM (NEW."county_id") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_force" IS DISTINCT FROM (NEW."in_force") OR OLD."is_enabled" IS DISTINCT FROM (NEW."is_enabled") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name"))',
                    func='INSERT INTO "delivery_countyaccountevent" ("agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "config", "county_id", "ended_at", "id", "in_force", "is_enabled", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."config", NEW."county_id", NEW."ended_at", NEW."id", NEW."in_force", NEW."is_enabled", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="4530fb7864c7979edfc00999e4d85756fe0e9411",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e28f9",
                    table="delivery_countyaccount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="countyaccountevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="34cc1dd3fcf11e72139586a505f5f43df11d4a75",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7f2de",
                    table="delivery_countyaccountevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="leftout",
            constraint=models.UniqueConstraint(fields=("account", "school"), name="left_out_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channelaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "delivery_channelaccountevent" ("config", "id", "is_enabled", "kind", "name", "of_county_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "school_id") VALUES (NEW."config", NEW."id", NEW."is_enabled", NEW."kind", NEW."name", NEW."of_county_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."priority", NEW."school_id"); RETURN NULL;',
                    hash="cf04d22076083c8c8634722d44a8b9d9bd8b7dbd",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2f49c",
                    table="delivery_channelaccount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channelaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."config" IS DISTINCT FROM (NEW."config") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_enabled" IS DISTINCT FROM (NEW."is_enabled") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."of_county_id" IS DISTINCT FROM (NEW."of_county_id") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id"))',
                    func='INSERT INTO "delivery_channelaccountevent" ("config", "id", "is_enabled", "kind", "name", "of_county_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "school_id") VALUES (NEW."config", NEW."id", NEW."is_enabled", NEW."kind", NEW."name", NEW."of_county_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."priority", NEW."school_id"); RETURN NULL;',
                    hash="60acdaaedeaa5957296db53720700a36d7ff34e5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a51ea",
                    table="delivery_channelaccount",
                    when="AFTER",
                ),
            ),
        ),
    ]
