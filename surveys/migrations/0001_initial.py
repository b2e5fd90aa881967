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
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("version", models.PositiveSmallIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("definition", models.JSONField()),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
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
            name="InstrumentFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=120)),
                ("found", models.JSONField()),
                ("read_at", models.DateTimeField()),
                (
                    "read_by",
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
            options={
                "ordering": ["-read_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="OwnQuestionnaire",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=60, verbose_name="title")),
                (
                    "intro",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="words above each question"
                    ),
                ),
                (
                    "second_language",
                    models.CharField(blank=True, db_default="", default="", max_length=10),
                ),
                (
                    "second_title",
                    models.CharField(blank=True, db_default="", default="", max_length=60),
                ),
                (
                    "second_intro",
                    models.CharField(blank=True, db_default="", default="", max_length=200),
                ),
                ("respondent", models.CharField(default="pupil", max_length=10)),
                (
                    "min_age",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="from what age"
                    ),
                ),
                ("questions", models.JSONField(default=list)),
                ("last_number", models.PositiveSmallIntegerField(default=0)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("editions", models.PositiveSmallIntegerField(default=0)),
                ("published_revision", models.PositiveIntegerField(null=True)),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
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
            options={
                "ordering": ["-changed_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("class", "in class"),
                            ("home", "at home"),
                            ("interview", "in a talk"),
                            ("staff", "by the class teacher"),
                        ],
                        db_default="class",
                        default="class",
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="until")),
                ("talks_per_week", models.PositiveSmallIntegerField(verbose_name="talks a week")),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "classes",
                    models.ManyToManyField(related_name="survey_rounds", to="schools.schoolclass"),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rounds",
                        to="surveys.edition",
                    ),
                ),
                (
                    "opened_by",
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
                        related_name="survey_rounds",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="RoundEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("class", "in class"),
                            ("home", "at home"),
                            ("interview", "in a talk"),
                            ("staff", "by the class teacher"),
                        ],
                        db_default="class",
                        default="class",
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="until")),
                ("talks_per_week", models.PositiveSmallIntegerField(verbose_name="talks a week")),
                ("key", models.UUIDField(editable=False)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
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
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="surveys.edition",
                    ),
                ),
                (
                    "opened_by",
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
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=6, null=True, unique=True)),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("wants_adult_at", models.DateTimeField(blank=True, null=True)),
                ("handed_out_at", models.DateTimeField(blank=True, null=True)),
                ("asks_for_look", models.BooleanField(db_default=False, default=False)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "filled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "looked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
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
                (
                    "school_class",
                    models.ForeignKey(
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
                        related_name="survey_seats",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("item", models.CharField(max_length=255)),
                ("option", models.CharField(blank=True, max_length=255)),
                ("is_urgent", models.BooleanField(default=False)),
                ("key", models.UUIDField(editable=False, null=True)),
                ("at", models.DateTimeField()),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="surveys.seat",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Sitting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "begun_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "duty_adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sittings",
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
                (
                    "school_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.schoolclass",
                    ),
                ),
            ],
            options={
                "ordering": ["-begun_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="SeatEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=6, null=True)),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("wants_adult_at", models.DateTimeField(blank=True, null=True)),
                ("handed_out_at", models.DateTimeField(blank=True, null=True)),
                ("asks_for_look", models.BooleanField(db_default=False, default=False)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "filled_by",
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
                    "looked_by",
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
                        to="surveys.seat",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_constraint=False,
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
                (
                    "school_class",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="schools.schoolclass",
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
                (
                    "sitting",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="surveys.sitting",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="seat",
            name="sitting",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="surveys.sitting",
            ),
        ),
        migrations.CreateModel(
            name="SittingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("begun_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "begun_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "duty_adult",
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
                        to="surveys.sitting",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_constraint=False,
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
                (
                    "school_class",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="schools.schoolclass",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ToDo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.CharField(max_length=500, verbose_name="what to do")),
                ("written_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "seat",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="to_do",
                        to="surveys.seat",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ToDoEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("written_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done_by",
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
                        to="surveys.todo",
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
                    "seat",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="surveys.seat",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        db_constraint=False,
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
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(
                fields=["school", "key", "-made_at"], name="surveys_edi_school__acab70_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                fields=("school", "digest"), name="one_edition_per_digest"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edition",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="842f8b031f00ea32187191b9aa727591b38198ca",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2b428",
                    table="surveys_edition",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="instrumentfile",
            index=models.Index(
                fields=["school", "-read_at"], name="surveys_ins_school__6b15e0_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="ownquestionnaire",
            index=models.Index(
                fields=["school", "-changed_at"], name="surveys_own_school__d571ee_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="round",
            index=models.Index(
                fields=["school", "-opened_at"], name="surveys_rou_school__623f90_idx"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="round",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "surveys_roundevent" ("closed_at", "closed_by_id", "due_on", "edition_id", "how", "id", "key", "opened_at", "opened_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "talks_per_week") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."due_on", NEW."edition_id", NEW."how", NEW."id", NEW."key", NEW."opened_at", NEW."opened_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."talks_per_week"); RETURN NULL;',
                    hash="f11b1d7d18709d62e5ad1647b9fb18f9d66c9ab0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_96162",
                    table="surveys_round",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="round",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "surveys_roundevent" ("closed_at", "closed_by_id", "due_on", "edition_id", "how", "id", "key", "opened_at", "opened_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "talks_per_week") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."due_on", NEW."edition_id", NEW."how", NEW."id", NEW."key", NEW."opened_at", NEW."opened_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."talks_per_week"); RETURN NULL;',
                    hash="fc9b6d026cfc24c2aba6503949720e7f8e496f27",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a55d4",
                    table="surveys_round",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="roundevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="26d4d745163db8c01c494271d28041a93618f712",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3778b",
                    table="surveys_roundevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(fields=["seat", "id"], name="surveys_ans_seat_id_b89fb5_idx"),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                condition=models.Q(("is_urgent", True)), fields=["at"], name="urgent_answers"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="answer",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c0a53c5a3ee06c6842a37735e4301d7cc037b149",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_da491",
                    table="surveys_answer",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="sitting",
            index=models.Index(
                fields=["round", "school_class", "-begun_at"], name="surveys_sit_round_i_875921_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="sitting",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gte", models.F("begun_at"))),
                name="sitting_ends_after_begin",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sitting",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "surveys_sittingevent" ("begun_at", "begun_by_id", "duty_adult_id", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "school_class_id", "school_id") VALUES (NEW."begun_at", NEW."begun_by_id", NEW."duty_adult_id", NEW."ends_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."round_id", NEW."school_class_id", NEW."school_id"); RETURN NULL;',
                    hash="de709bf41501698e16edd5bdd9fc9999ae6de6d1",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_884b9",
                    table="surveys_sitting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sitting",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "surveys_sittingevent" ("begun_at", "begun_by_id", "duty_adult_id", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "school_class_id", "school_id") VALUES (NEW."begun_at", NEW."begun_by_id", NEW."duty_adult_id", NEW."ends_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."round_id", NEW."school_class_id", NEW."school_id"); RETURN NULL;',
                    hash="1319af119b7a26663be13f9450851e47a3c9769b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a3798",
                    table="surveys_sitting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seatevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8402bd37cce5251738fff036efb7f8b938ea265e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d5cf4",
                    table="surveys_seatevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(
                fields=["student", "-finished_at"], name="surveys_sea_student_a42b5e_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(
                condition=models.Q(("wants_adult_at__isnull", False)),
                fields=["wants_adult_at"],
                name="seats_asking_for_adult",
            ),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(
                condition=models.Q(("asks_for_look", True), ("looked_at", None)),
                fields=["school", "finished_at"],
                name="seats_to_look_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("adult", None)),
                fields=("round", "student"),
                name="one_seat_per_child",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("adult__isnull", False)),
                fields=("round", "student", "adult"),
                name="one_form_per_adult_and_child",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "surveys_seatevent" ("adult_id", "asks_for_look", "begun_at", "code", "filled_by_id", "finished_at", "handed_out_at", "id", "looked_at", "looked_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "school_class_id", "school_id", "sitting_id", "student_id", "wants_adult_at") VALUES (NEW."adult_id", NEW."asks_for_look", NEW."begun_at", NEW."code", NEW."filled_by_id", NEW."finished_at", NEW."handed_out_at", NEW."id", NEW."looked_at", NEW."looked_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."round_id", NEW."school_class_id", NEW."school_id", NEW."sitting_id", NEW."student_id", NEW."wants_adult_at"); RETURN NULL;',
                    hash="86ea8131e17a3608fd14a31978795e9bc3077e3a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_bade6",
                    table="surveys_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "surveys_seatevent" ("adult_id", "asks_for_look", "begun_at", "code", "filled_by_id", "finished_at", "handed_out_at", "id", "looked_at", "looked_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "school_class_id", "school_id", "sitting_id", "student_id", "wants_adult_at") VALUES (NEW."adult_id", NEW."asks_for_look", NEW."begun_at", NEW."code", NEW."filled_by_id", NEW."finished_at", NEW."handed_out_at", NEW."id", NEW."looked_at", NEW."looked_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."round_id", NEW."school_class_id", NEW."school_id", NEW."sitting_id", NEW."student_id", NEW."wants_adult_at"); RETURN NULL;',
                    hash="35a888db9a134347808ef6e4c43a3171f09fbff1",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bd7fe",
                    table="surveys_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sittingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a62a343f99bba62b4a76da7472044d21204f8bdc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_57bf8",
                    table="surveys_sittingevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="todo",
            index=models.Index(
                condition=models.Q(("done_at", None)), fields=["written_at"], name="open_to_dos"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="todo",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "surveys_todoevent" ("done_at", "done_by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "seat_id", "written_at", "written_by_id") VALUES (NEW."done_at", NEW."done_by_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."seat_id", NEW."written_at", NEW."written_by_id"); RETURN NULL;',
                    hash="cf24475da54ae081c41e972fcb3bfeeecd1c7523",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b3da6",
                    table="surveys_todo",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="todo",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."done_at" IS DISTINCT FROM (NEW."done_at") OR OLD."done_by_id" IS DISTINCT FROM (NEW."done_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."seat_id" IS DISTINCT FROM (NEW."seat_id") OR OLD."written_at" IS DISTINCT FROM (NEW."written_at") OR OLD."written_by_id" IS DISTINCT FROM (NEW."written_by_id"))',
                    func='INSERT INTO "surveys_todoevent" ("done_at", "done_by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "seat_id", "written_at", "written_by_id") VALUES (NEW."done_at", NEW."done_by_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."seat_id", NEW."written_at", NEW."written_by_id"); RETURN NULL;',
                    hash="acd62d26fdab6796260ef5a21cc38b22fb8143f1",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_11c1c",
                    table="surveys_todo",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="todoevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b01ba8084f3e69653016d8073f9ab3e60f3a4227",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2e225",
                    table="surveys_todoevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
