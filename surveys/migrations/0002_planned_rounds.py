import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("schools", "0001_initial"),
        ("surveys", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlannedRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("plan", models.UUIDField(editable=False)),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("instrument_key", models.CharField(max_length=60)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("class", "in class"),
                            ("home", "at home"),
                            ("interview", "in a talk"),
                            ("staff", "by the class teacher"),
                        ],
                        max_length=10,
                    ),
                ),
                ("opens_on", models.DateField()),
                ("due_on", models.DateField()),
                ("talks_per_week", models.PositiveSmallIntegerField()),
                ("planned_at", models.DateTimeField()),
                ("dropped_at", models.DateTimeField(null=True)),
                ("classes", models.ManyToManyField(related_name="+", to="schools.schoolclass")),
                (
                    "dropped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="surveys.round",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlannedRoundEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("plan", models.UUIDField(editable=False)),
                ("key", models.UUIDField(editable=False)),
                ("instrument_key", models.CharField(max_length=60)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("class", "in class"),
                            ("home", "at home"),
                            ("interview", "in a talk"),
                            ("staff", "by the class teacher"),
                        ],
                        max_length=10,
                    ),
                ),
                ("opens_on", models.DateField()),
                ("due_on", models.DateField()),
                ("talks_per_week", models.PositiveSmallIntegerField()),
                ("planned_at", models.DateTimeField()),
                ("dropped_at", models.DateTimeField(null=True)),
                (
                    "dropped_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="surveys.plannedround",
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="surveys.round",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="plannedround",
            index=models.Index(
                condition=models.Q(("dropped_at", None), ("round", None)),
                fields=["school", "opens_on"],
                name="planned_rounds_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedround",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("opens_on"))),
                name="planned_round_ends_after_begin",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plannedround",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "surveys_plannedroundevent" ("dropped_at", "dropped_by_id", "due_on", "how", "id", "instrument_key", "key", "opens_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "planned_at", "planned_by_id", "round_id", "school_id", "talks_per_week") VALUES (NEW."dropped_at", NEW."dropped_by_id", NEW."due_on", NEW."how", NEW."id", NEW."instrument_key", NEW."key", NEW."opens_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan", NEW."planned_at", NEW."planned_by_id", NEW."round_id", NEW."school_id", NEW."talks_per_week"); RETURN NULL;',
                    hash="e96e8d0d887d30cbedcff07391985500d7e32790",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6d889",
                    table="surveys_plannedround",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plannedround",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "surveys_plannedroundevent" ("dropped_at", "dropped_by_id", "due_on", "how", "id", "instrument_key", "key", "opens_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "planned_at", "planned_by_id", "round_id", "school_id", "talks_per_week") VALUES (NEW."dropped_at", NEW."dropped_by_id", NEW."due_on", NEW."how", NEW."id", NEW."instrument_key", NEW."key", NEW."opens_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan", NEW."planned_at", NEW."planned_by_id", NEW."round_id", NEW."school_id", NEW."talks_per_week"); RETURN NULL;',
                    hash="921568216fc7c59e1232aa0624eeca9017e623d8",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4ff53",
                    table="surveys_plannedround",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plannedroundevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b602f7e50a937b28236f1a65a031ba9b603107cf",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_87e40",
                    table="surveys_plannedroundevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
