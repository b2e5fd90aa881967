import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("delivery", "0001_initial"),
        ("guardians", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
        ("uploads", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Phrase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="words")),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="PhraseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("text", models.CharField(max_length=300, verbose_name="words")),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
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
                        to="threads.phrase",
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
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Thread",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting_school", "waiting for the school"),
                            ("waiting_family", "waiting for the family"),
                            ("done", "done"),
                        ],
                        max_length=14,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threads",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="threads",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "conversation",
                "verbose_name_plural": "conversations",
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="why")),
                ("at", models.DateTimeField()),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="threads.thread",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                (
                    "words",
                    models.CharField(blank=True, max_length=300, verbose_name="a word about it"),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "from_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "to_user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handed_threads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hand_overs",
                        to="threads.thread",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ThreadAdult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("joined_at", models.DateTimeField()),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="in_threads",
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
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="threads.thread",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ThreadEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting_school", "waiting for the school"),
                            ("waiting_family", "waiting for the family"),
                            ("done", "done"),
                        ],
                        max_length=14,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
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
                        to="threads.thread",
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
                    "student",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
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
            name="ThreadMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("text", models.CharField(blank=True, max_length=2000)),
                (
                    "pairs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2),
                        default=list,
                        editable=False,
                        size=None,
                    ),
                ),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("page", "on the page"),
                            ("sms", "by SMS"),
                            ("wechat", "by WeChat"),
                            ("automatic", "by itself"),
                        ],
                        default="page",
                        max_length=9,
                    ),
                ),
                ("calls_for_help", models.BooleanField(default=False)),
                ("wants_call", models.BooleanField(default=False)),
                ("opens_exchange", models.BooleanField(default=False)),
                ("back_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "adult",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "incoming",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="delivery.incomingmessage",
                    ),
                ),
                (
                    "photo",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="uploads.upload",
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
                    "thread",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="threads.thread",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "voice",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="uploads.upload",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seen_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sightings",
                        to="threads.threadmessage",
                    ),
                ),
            ],
            options={
                "ordering": ["seen_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("talked", "We talked on the phone"),
                            ("nobody", "Nobody answered"),
                            ("not_needed", "No longer needed"),
                        ],
                        max_length=10,
                        verbose_name="what came of it",
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=300, verbose_name="in a few words"),
                ),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_backs",
                        to="threads.thread",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_back",
                        to="threads.threadmessage",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Landing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("landed", "in a conversation"),
                            ("tray", "in the holding tray"),
                            ("dismissed", "put aside"),
                            ("opted_out", "wants no more messages"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unknown", "nobody on record has this number"),
                            ("several", "several people have this number"),
                            ("barred", "a blocked adult has this number"),
                            ("no_child", "no child of this adult is here any more"),
                        ],
                        max_length=8,
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=10)),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incoming",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="landing",
                        to="delivery.incomingmessage",
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "tray")), fields=["school", "at"], name="tray"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phrase",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "threads_phraseevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_at", "school_id", "text", "user_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."retired_at", NEW."school_id", NEW."text", NEW."user_id"); RETURN NULL;',
                    hash="4a0e7b7d8e6746e4cb4aa60e1b38d24d9bfdb531",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_49f0d",
                    table="threads_phrase",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phrase",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "threads_phraseevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_at", "school_id", "text", "user_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."retired_at", NEW."school_id", NEW."text", NEW."user_id"); RETURN NULL;',
                    hash="6a5f745ddb161105c8c2d8289911532606a126bf",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_54a7f",
                    table="threads_phrase",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phraseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e9db2f485feaa9c0a9f83321dc9d4bf432a1d6ed",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_64f37",
                    table="threads_phraseevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                models.F("owner"),
                models.OrderBy(models.F("last_at"), descending=True),
                name="threads_of_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                models.F("student"),
                models.OrderBy(models.F("last_at"), descending=True),
                name="threads_of_child",
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                condition=models.Q(("state", "waiting_school")),
                fields=["owner", "waiting_since"],
                name="threads_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                models.F("school"),
                models.OrderBy(models.F("last_at"), descending=True),
                name="threads_of_school",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="thread",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "threads_threadevent" ("id", "last_at", "opened_at", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "state", "student_id", "waiting_since") VALUES (NEW."id", NEW."last_at", NEW."opened_at", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."state", NEW."student_id", NEW."waiting_since"); RETURN NULL;',
                    hash="a51761f140191b78134d2fa32447be94d690eb09",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_40f00",
                    table="threads_thread",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="thread",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "threads_threadevent" ("id", "last_at", "opened_at", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "state", "student_id", "waiting_since") VALUES (NEW."id", NEW."last_at", NEW."opened_at", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."state", NEW."student_id", NEW."waiting_since"); RETURN NULL;',
                    hash="d6ef49a4dcf3720daf97082e54960c6eece165b6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_07b2c",
                    table="threads_thread",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reading",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9e5b27c4173d5dbbf67f9b109f953c2d58fc46d3",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4b6a0",
                    table="threads_reading",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="handover",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b8984861fb07fb79599a3fb44752cf66a692ee6e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3f2c4",
                    table="threads_handover",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="threadadult",
            constraint=models.UniqueConstraint(fields=("thread", "adult"), name="once_in_a_thread"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="threadevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="28616e0c6b44cef6474e49bfdd2a2eb65f2d825b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e7dc9",
                    table="threads_threadevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="threadmessage",
            index=models.Index(fields=["thread", "at", "id"], name="messages_of_thread"),
        ),
        migrations.AddIndex(
            model_name="threadmessage",
            index=models.Index(
                condition=models.Q(("opens_exchange", True)),
                fields=["school", "at"],
                name="exchanges",
            ),
        ),
        migrations.AddIndex(
            model_name="threadmessage",
            index=models.Index(
                condition=models.Q(("calls_for_help", True)), fields=["id"], name="thread_help"
            ),
        ),
        migrations.AddIndex(
            model_name="threadmessage",
            index=django.contrib.postgres.indexes.GinIndex(fields=["pairs"], name="thread_words"),
        ),
        migrations.AddConstraint(
            model_name="threadmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("adult", None),
                        ("back_at__isnull", False),
                        ("user", None),
                        ("via", "automatic"),
                    ),
                    models.Q(
                        models.Q(("via", "automatic"), _negated=True),
                        models.Q(
                            models.Q(("adult__isnull", False), ("user__isnull", True)),
                            models.Q(("adult__isnull", True), ("user__isnull", False)),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="thread_message_has_author",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="threadmessage",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="d427e5aa94bfae8d30862911c122624d358d16d7",
                    operation="DELETE",
                    pgid="pgtrigger_append_only_2048f",
                    table="threads_threadmessage",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="threadmessage",
            trigger=pgtrigger.compiler.Trigger(
                name="said_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='RAISE EXCEPTION \'pgtrigger: Cannot update of "text", "adult_id", "user_id", "at", "thread_id" rows from % table\', TG_TABLE_NAME;',
                    hash="7fe8858a4afa49b7cdd8871c10fee9415b24c013",
                    operation='UPDATE OF "text", "adult_id", "user_id", "at", "thread_id"',
                    pgid="pgtrigger_said_once_75331",
                    table="threads_threadmessage",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.UniqueConstraint(fields=("message", "adult"), name="adult_sees_once"),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.UniqueConstraint(fields=("message", "user"), name="user_sees_once"),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adult__isnull", False), ("user__isnull", True)),
                    models.Q(("adult__isnull", True), ("user__isnull", False)),
                    _connector="OR",
                ),
                name="sighting_by_one",
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["school", "asked_at"],
                name="open_call_backs",
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None)),
                fields=("thread", "adult"),
                name="one_open_call_back",
            ),
        ),
    ]
