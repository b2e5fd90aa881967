import django.contrib.postgres.constraints
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import calls.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("guardians", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CallPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="weekday",
                    ),
                ),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="until")),
                (
                    "slot_minutes",
                    models.PositiveSmallIntegerField(default=20, verbose_name="minutes per call"),
                ),
                (
                    "during_lessons",
                    models.BooleanField(
                        default=False, verbose_name="also while a period of the timetable runs"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_periods",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["weekday", "starts", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CallPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("phone", "phone"), ("video", "video room")],
                        default="phone",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "how_to_join",
                    models.CharField(max_length=120, verbose_name="number, or how to join"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_places",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CallPeriodEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="weekday",
                    ),
                ),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="until")),
                (
                    "slot_minutes",
                    models.PositiveSmallIntegerField(default=20, verbose_name="minutes per call"),
                ),
                (
                    "during_lessons",
                    models.BooleanField(
                        default=False, verbose_name="also while a period of the timetable runs"
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
                        to="calls.callperiod",
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
                (
                    "place",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="calls.callplace",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="callperiod",
            name="place",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="periods",
                to="calls.callplace",
            ),
        ),
        migrations.CreateModel(
            name="CallPlaceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("phone", "phone"), ("video", "video room")],
                        default="phone",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "how_to_join",
                    models.CharField(max_length=120, verbose_name="number, or how to join"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
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
                        to="calls.callplace",
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
        migrations.CreateModel(
            name="CallSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("booked", "booked"),
                            ("running", "talking now"),
                            ("done", "they talked"),
                            ("missed", "did not take place"),
                            ("cancelled", "cancelled"),
                        ],
                        default="booked",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "booked_by",
                    models.CharField(
                        choices=[("family", "family"), ("staff", "school")],
                        max_length=8,
                        verbose_name="booked by",
                    ),
                ),
                ("booked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cancelled_by",
                    models.CharField(
                        blank=True,
                        choices=[("family", "family"), ("staff", "school")],
                        max_length=8,
                    ),
                ),
                (
                    "mood",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="how the call was"
                    ),
                ),
                (
                    "child_mood",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="how it was for the child"
                    ),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_slots",
                        to="guardians.adult",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="calls.callplace",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_slots",
                        to="schools.school",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_slots",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CallSlotEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("booked", "booked"),
                            ("running", "talking now"),
                            ("done", "they talked"),
                            ("missed", "did not take place"),
                            ("cancelled", "cancelled"),
                        ],
                        default="booked",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "booked_by",
                    models.CharField(
                        choices=[("family", "family"), ("staff", "school")],
                        max_length=8,
                        verbose_name="booked by",
                    ),
                ),
                ("booked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cancelled_by",
                    models.CharField(
                        blank=True,
                        choices=[("family", "family"), ("staff", "school")],
                        max_length=8,
                    ),
                ),
                (
                    "mood",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="how the call was"
                    ),
                ),
                (
                    "child_mood",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="how it was for the child"
                    ),
                ),
                ("key", models.UUIDField()),
                (
                    "adult",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="guardians.adult",
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
                        to="calls.callslot",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="calls.callplace",
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
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CallWish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="which time would suit you"
                    ),
                ),
                ("key", models.UUIDField(unique=True)),
                ("asked_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_wishes",
                        to="guardians.adult",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_wishes",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CallFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "door",
                    models.CharField(
                        choices=[("staff", "Staff"), ("family", "Family")], max_length=8
                    ),
                ),
                ("secret", models.CharField(max_length=43, unique=True)),
                ("made_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_feeds",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "door"), name="one_call_feed_per_door")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="callplace",
            constraint=models.UniqueConstraint(
                fields=("school", "name"), name="one_call_place_per_name"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callplace",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "calls_callplaceevent" ("how_to_join", "id", "is_active", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."how_to_join", NEW."id", NEW."is_active", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="2229388947d9162b97f87d81facdfc4c79b72516",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_565e3",
                    table="calls_callplace",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callplace",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "calls_callplaceevent" ("how_to_join", "id", "is_active", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."how_to_join", NEW."id", NEW."is_active", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="8d1ce233e2f93e6c736f322615b7bae0fc8ae3b6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_19ab5",
                    table="calls_callplace",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callperiodevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="35cfb4a5bfd010a8a10293516da7630f27c62306",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_143c7",
                    table="calls_callperiodevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="callperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))), name="call_period_ends_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="callperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("slot_minutes__gte", 5), ("slot_minutes__lte", 120)),
                name="call_slot_5_to_120_minutes",
            ),
        ),
        migrations.AddConstraint(
            model_name="callperiod",
            constraint=models.UniqueConstraint(
                fields=("place", "weekday", "starts"), name="one_call_period_per_start"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "calls_callperiodevent" ("during_lessons", "ends", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "school_id", "slot_minutes", "starts", "weekday") VALUES (NEW."during_lessons", NEW."ends", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place_id", NEW."school_id", NEW."slot_minutes", NEW."starts", NEW."weekday"); RETURN NULL;',
                    hash="9b372ccf51bee8b97a43abc6476dd0476f49500f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c6ee2",
                    table="calls_callperiod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "calls_callperiodevent" ("during_lessons", "ends", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "school_id", "slot_minutes", "starts", "weekday") VALUES (NEW."during_lessons", NEW."ends", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place_id", NEW."school_id", NEW."slot_minutes", NEW."starts", NEW."weekday"); RETURN NULL;',
                    hash="7d33e1b5f685763477ca4b857ecdcd97ab3198fc",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f99b0",
                    table="calls_callperiod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callplaceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4f317c6fb8b0af9ee8d816898a3bfc9125103763",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a1a1e",
                    table="calls_callplaceevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="callslot",
            index=models.Index(fields=["school", "starts_at"], name="calls_of_day"),
        ),
        migrations.AddIndex(
            model_name="callslot",
            index=models.Index(
                models.F("student"),
                models.OrderBy(models.F("starts_at"), descending=True),
                name="calls_of_child",
            ),
        ),
        migrations.AddIndex(
            model_name="callslot",
            index=models.Index(fields=["adult", "starts_at"], name="calls_of_adult"),
        ),
        migrations.AddIndex(
            model_name="callslot",
            index=models.Index(
                condition=models.Q(("state__in", ["booked", "running"])),
                fields=["starts_at"],
                name="calls_ahead",
            ),
        ),
        migrations.AddIndex(
            model_name="callslot",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", False)),
                fields=["settled_at"],
                name="calls_settled",
            ),
        ),
        migrations.AddConstraint(
            model_name="callslot",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="call_slot_ends_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="callslot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("mood", None),
                        models.Q(("mood__gte", 1), ("mood__lte", 5)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("child_mood", None),
                        models.Q(("child_mood__gte", 1), ("child_mood__lte", 5)),
                        _connector="OR",
                    ),
                ),
                name="call_moods_1_to_5",
            ),
        ),
        migrations.AddConstraint(
            model_name="callslot",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                expressions=[("place", "="), (calls.models.SlotSpan(), "&&")],
                name="one_call_at_a_place_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="callslot",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                expressions=[("student", "="), (calls.models.SlotSpan(), "&&")],
                name="one_call_of_a_child_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callslot",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "calls_callslotevent" ("adult_id", "booked_at", "booked_by", "cancelled_by", "child_mood", "confirmed_at", "ends_at", "id", "key", "mood", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "school_id", "settled_at", "settled_by_id", "started_at", "starts_at", "state", "student_id") VALUES (NEW."adult_id", NEW."booked_at", NEW."booked_by", NEW."cancelled_by", NEW."child_mood", NEW."confirmed_at", NEW."ends_at", NEW."id", NEW."key", NEW."mood", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place_id", NEW."school_id", NEW."settled_at", NEW."settled_by_id", NEW."started_at", NEW."starts_at", NEW."state", NEW."student_id"); RETURN NULL;',
                    hash="e20468c4ece644cda40e4d6e2182d099c239af39",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d115e",
                    table="calls_callslot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callslot",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "calls_callslotevent" ("adult_id", "booked_at", "booked_by", "cancelled_by", "child_mood", "confirmed_at", "ends_at", "id", "key", "mood", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "school_id", "settled_at", "settled_by_id", "started_at", "starts_at", "state", "student_id") VALUES (NEW."adult_id", NEW."booked_at", NEW."booked_by", NEW."cancelled_by", NEW."child_mood", NEW."confirmed_at", NEW."ends_at", NEW."id", NEW."key", NEW."mood", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place_id", NEW."school_id", NEW."settled_at", NEW."settled_by_id", NEW."started_at", NEW."starts_at", NEW."state", NEW."student_id"); RETURN NULL;',
                    hash="f5b763f0ce631e78e60b611f879b360c8664e05d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cc2d7",
                    table="calls_callslot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callslotevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0493693b3aa697db6ffb338c0c78c6a5430ab2fd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f24d3",
                    table="calls_callslotevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="callwish",
            index=models.Index(
                condition=models.Q(("settled_at", None)),
                fields=["school", "asked_at"],
                name="open_call_wishes",
            ),
        ),
        migrations.AddConstraint(
            model_name="callwish",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None)),
                fields=("student", "adult"),
                name="one_open_call_wish",
            ),
        ),
    ]
