import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


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
            name="ConsentAsk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("photo", "photos of the child"),
                            ("voice", "the child's recorded voice"),
                            ("village", "telling the village worker what a visit needs"),
                            (
                                "other_parent",
                                "showing my place and travel days to the other parent",
                            ),
                            ("screening", "questions about how the child feels"),
                        ],
                        max_length=16,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "text_version",
                    models.PositiveSmallIntegerField(verbose_name="version of the text"),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consent_asks",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DataRequest",
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
                            ("copy", "a copy of the data"),
                            ("correction", "a correction"),
                            ("deletion", "a deletion"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="in the family's words"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waiting for the school"),
                            ("checking", "waiting for the safeguarding check"),
                            ("cleared", "checked: the school may act"),
                            ("done", "done"),
                            ("refused", "refused, with a reason"),
                            ("withdrawn", "withdrawn by the family"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("due_on", models.DateField(verbose_name="answer due")),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "check_note",
                    models.CharField(blank=True, max_length=300, verbose_name="note of the check"),
                ),
                (
                    "answer",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="the school's answer"
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_requests",
                        to="guardians.adult",
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "checked_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_requests",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="data_requests",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="DataRequestEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("copy", "a copy of the data"),
                            ("correction", "a correction"),
                            ("deletion", "a deletion"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="in the family's words"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waiting for the school"),
                            ("checking", "waiting for the safeguarding check"),
                            ("cleared", "checked: the school may act"),
                            ("done", "done"),
                            ("refused", "refused, with a reason"),
                            ("withdrawn", "withdrawn by the family"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("key", models.UUIDField(editable=False)),
                ("asked_at", models.DateTimeField()),
                ("due_on", models.DateField(verbose_name="answer due")),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "check_note",
                    models.CharField(blank=True, max_length=300, verbose_name="note of the check"),
                ),
                (
                    "answer",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="the school's answer"
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
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
                    "answered_by",
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
                    "checked_by",
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
                        to="privacy.datarequest",
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
            name="SpokenText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("photo", "photos of the child"),
                            ("voice", "the child's recorded voice"),
                            ("village", "telling the village worker what a visit needs"),
                            (
                                "other_parent",
                                "showing my place and travel days to the other parent",
                            ),
                            ("screening", "questions about how the child feels"),
                        ],
                        max_length=16,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "text_version",
                    models.PositiveSmallIntegerField(verbose_name="version of the text"),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("seconds", models.PositiveSmallIntegerField(verbose_name="seconds")),
                ("ogg", models.BinaryField()),
                ("m4a", models.BinaryField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("photo", "photos of the child"),
                            ("voice", "the child's recorded voice"),
                            ("village", "telling the village worker what a visit needs"),
                            (
                                "other_parent",
                                "showing my place and travel days to the other parent",
                            ),
                            ("screening", "questions about how the child feels"),
                        ],
                        max_length=16,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("given", "agreed"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                (
                    "text_version",
                    models.PositiveSmallIntegerField(verbose_name="version of the text"),
                ),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("family_page", "on the family's page"),
                            ("paper", "signed on paper"),
                            ("spoken", "spoken, recorded by the school"),
                        ],
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                ("receipt", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("at", models.DateTimeField()),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="guardians.adult",
                    ),
                ),
                (
                    "recorded_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(
                        fields=["student", "purpose", "adult", "-at"],
                        name="privacy_con_student_488fef_idx",
                    ),
                    models.Index(
                        fields=["adult", "purpose", "-at"], name="privacy_con_adult_i_fd667b_idx"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0076e99df5e81ae86cddbad4332e170fe0f20bcc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_faefc",
                    table="privacy_consent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="consentask",
            index=models.Index(fields=["asked_at"], name="privacy_con_asked_a_3f19e9_idx"),
        ),
        migrations.AddConstraint(
            model_name="consentask",
            constraint=models.UniqueConstraint(
                fields=("student", "purpose", "text_version"), name="one_ask_per_text"
            ),
        ),
        migrations.AddIndex(
            model_name="datarequest",
            index=models.Index(
                condition=models.Q(("answered_at", None)),
                fields=["school", "due_on"],
                name="open_data_requests",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datarequest",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "privacy_datarequestevent" ("adult_id", "answer", "answered_at", "answered_by_id", "asked_at", "check_note", "checked_at", "checked_by_id", "due_on", "id", "key", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "state", "student_id", "words") VALUES (NEW."adult_id", NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."asked_at", NEW."check_note", NEW."checked_at", NEW."checked_by_id", NEW."due_on", NEW."id", NEW."key", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."state", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="189b00803e31c991da0e5e1e92702056c0c94b4c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_658be",
                    table="privacy_datarequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datarequest",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "privacy_datarequestevent" ("adult_id", "answer", "answered_at", "answered_by_id", "asked_at", "check_note", "checked_at", "checked_by_id", "due_on", "id", "key", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "state", "student_id", "words") VALUES (NEW."adult_id", NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."asked_at", NEW."check_note", NEW."checked_at", NEW."checked_by_id", NEW."due_on", NEW."id", NEW."key", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."state", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="6340e9322f907796c11c79a6aef4cb73fe6f275c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_dade2",
                    table="privacy_datarequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datarequestevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1c7f36de9d3bbfd47e38524da56350c922439dee",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9c830",
                    table="privacy_datarequestevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="spokentext",
            constraint=models.UniqueConstraint(
                fields=("school", "purpose"), name="one_recording_per_text"
            ),
        ),
    ]
