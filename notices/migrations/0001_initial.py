import uuid

import django.contrib.postgres.fields
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
        ("uploads", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("read", "read only"),
                            ("confirm", "please confirm"),
                            ("sign", "please sign"),
                        ],
                        max_length=8,
                        verbose_name="what families should do",
                    ),
                ),
                ("title", models.CharField(max_length=60, verbose_name="title")),
                ("words", models.TextField(max_length=3000, verbose_name="words")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "one_is_enough",
                    models.BooleanField(
                        default=True, verbose_name="one answer per family is enough"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("school", "the whole school"),
                            ("grades", "grades"),
                            ("classes", "classes"),
                            ("children", "some children"),
                        ],
                        max_length=8,
                        verbose_name="who gets it",
                    ),
                ),
                (
                    "picked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveBigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("scheduled", "scheduled"),
                            ("sent", "sent"),
                            ("recalled", "recalled"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("starts_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("recalled_at", models.DateTimeField(null=True)),
                ("recall_reason", models.CharField(blank=True, max_length=200, verbose_name="why")),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recalled_by",
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
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
            },
        ),
        migrations.CreateModel(
            name="NoticeChild",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("family", models.PositiveBigIntegerField()),
                (
                    "left_out",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_way", "no working number or address"),
                            ("opted_out", "opted out of messages"),
                            ("nobody", "nobody we may message"),
                        ],
                        max_length=9,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="notices.notice",
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
                    "school_class",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.schoolclass",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("page", "on the page"),
                            ("phone", "by phone"),
                            ("paper", "on paper"),
                        ],
                        max_length=5,
                    ),
                ),
                ("signed_as", models.CharField(blank=True, max_length=60)),
                ("statement", models.CharField(max_length=300)),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="notices.noticechild",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="NoticeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("read", "read only"),
                            ("confirm", "please confirm"),
                            ("sign", "please sign"),
                        ],
                        max_length=8,
                        verbose_name="what families should do",
                    ),
                ),
                ("title", models.CharField(max_length=60, verbose_name="title")),
                ("words", models.TextField(max_length=3000, verbose_name="words")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "one_is_enough",
                    models.BooleanField(
                        default=True, verbose_name="one answer per family is enough"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("school", "the whole school"),
                            ("grades", "grades"),
                            ("classes", "classes"),
                            ("children", "some children"),
                        ],
                        max_length=8,
                        verbose_name="who gets it",
                    ),
                ),
                (
                    "picked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveBigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("scheduled", "scheduled"),
                            ("sent", "sent"),
                            ("recalled", "recalled"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("starts_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("recalled_at", models.DateTimeField(null=True)),
                ("recall_reason", models.CharField(blank=True, max_length=200, verbose_name="why")),
                (
                    "author",
                    models.ForeignKey(
                        db_constraint=False,
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
                        to="notices.notice",
                    ),
                ),
                (
                    "recalled_by",
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
            name="NoticeFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=80)),
                ("pdf", models.BinaryField(null=True)),
                ("size", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="notices.notice",
                    ),
                ),
                (
                    "photo",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
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
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="NoticeTranslation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                ("title", models.CharField(max_length=300)),
                ("words", models.TextField()),
                ("made_at", models.DateTimeField()),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="translations",
                        to="notices.notice",
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
        ),
        migrations.CreateModel(
            name="Notified",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("asked_on", models.DateField(null=True)),
                ("asked_times", models.PositiveSmallIntegerField(default=0)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="guardians.adult",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notified",
                        to="notices.notice",
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
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state", "scheduled")),
                fields=["starts_at"],
                name="notices_to_go",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["author", "state", "due_on"], name="notices_of_author"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                models.F("school"),
                models.OrderBy(models.F("written_at"), descending=True),
                name="notices_of_school",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "recalled"), _negated=True),
                    models.Q(
                        models.Q(("recall_reason", ""), _negated=True),
                        ("recalled_at__isnull", False),
                        ("recalled_by__isnull", False),
                        ("sent_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="notice_recalled_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at", None),
                    models.Q(models.Q(("digest", ""), _negated=True), ("starts_at__isnull", False)),
                    _connector="OR",
                ),
                name="notice_sent_with_digest",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "read"), ("due_on__isnull", False), _connector="OR"),
                name="notice_answer_has_a_day",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notice",
            trigger=pgtrigger.compiler.Trigger(
                name="said_for_good",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."sent_at" IS NOT NULL)',
                    func='RAISE EXCEPTION \'pgtrigger: Cannot update of "kind", "title", "words", "digest", "due_on" rows from % table\', TG_TABLE_NAME;',
                    hash="2d82329376584a520756eda3067db9f8bbec8f06",
                    operation='UPDATE OF "kind", "title", "words", "digest", "due_on"',
                    pgid="pgtrigger_said_for_good_9e37b",
                    table="notices_notice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notice",
            trigger=pgtrigger.compiler.Trigger(
                name="kept_once_sent",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."sent_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b5b60d9a789cb041889bfcb94e500f6c19239f19",
                    operation="DELETE",
                    pgid="pgtrigger_kept_once_sent_1938a",
                    table="notices_notice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notice",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "notices_noticeevent" ("author_id", "digest", "due_on", "id", "key", "kind", "language", "one_is_enough", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "picked", "recall_reason", "recalled_at", "recalled_by_id", "school_id", "scope", "sent_at", "starts_at", "state", "title", "words", "written_at") VALUES (NEW."author_id", NEW."digest", NEW."due_on", NEW."id", NEW."key", NEW."kind", NEW."language", NEW."one_is_enough", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."picked", NEW."recall_reason", NEW."recalled_at", NEW."recalled_by_id", NEW."school_id", NEW."scope", NEW."sent_at", NEW."starts_at", NEW."state", NEW."title", NEW."words", NEW."written_at"); RETURN NULL;',
                    hash="983cb6752a38190ba4edbe0ea94f76f6218f5323",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_44969",
                    table="notices_notice",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notice",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "notices_noticeevent" ("author_id", "digest", "due_on", "id", "key", "kind", "language", "one_is_enough", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "picked", "recall_reason", "recalled_at", "recalled_by_id", "school_id", "scope", "sent_at", "starts_at", "state", "title", "words", "written_at") VALUES (NEW."author_id", NEW."digest", NEW."due_on", NEW."id", NEW."key", NEW."kind", NEW."language", NEW."one_is_enough", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."picked", NEW."recall_reason", NEW."recalled_at", NEW."recalled_by_id", NEW."school_id", NEW."scope", NEW."sent_at", NEW."starts_at", NEW."state", NEW."title", NEW."words", NEW."written_at"); RETURN NULL;',
                    hash="f0c874c6ae5e4e638aa953fc4408e3d7de348e82",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0f9bc",
                    table="notices_notice",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="noticechild",
            constraint=models.UniqueConstraint(
                fields=("notice", "student"), name="notice_once_for_a_child"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeanswer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("child", "adult"),
                name="one_answer_of_an_adult_for_a_child",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("recorded_by", None), ("via", "page"), ("withdrawn_at", None)),
                    models.Q(
                        models.Q(("via", "page"), _negated=True), ("recorded_by__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="notice_answer_recorded_by",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="noticeanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="signed_for_good",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='RAISE EXCEPTION \'pgtrigger: Cannot update of "child_id", "adult_id", "via", "signed_as", "statement", "digest", "at" rows from % table\', TG_TABLE_NAME;',
                    hash="bd00ebc439d7bea37fd386a8c9461aad115605ad",
                    operation='UPDATE OF "child_id", "adult_id", "via", "signed_as", "statement", "digest", "at"',
                    pgid="pgtrigger_signed_for_good_3a672",
                    table="notices_noticeanswer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="noticeevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="979ca3a272aaa31bef5ec9b48e68ef6b64492f19",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0c05e",
                    table="notices_noticeevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="noticefile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pdf__isnull", True), ("photo__isnull", False)),
                    models.Q(("pdf__isnull", False), ("photo__isnull", True)),
                    _connector="OR",
                ),
                name="notice_file_photo_or_pdf",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticefile",
            constraint=models.UniqueConstraint(
                fields=("notice", "digest"), name="notice_file_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticetranslation",
            constraint=models.UniqueConstraint(
                fields=("notice", "language"), name="one_translation"
            ),
        ),
        migrations.AddConstraint(
            model_name="notified",
            constraint=models.UniqueConstraint(
                fields=("notice", "adult"), name="notice_once_for_an_adult"
            ),
        ),
    ]
