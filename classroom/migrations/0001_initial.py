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
            name="AttendanceMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("marked_on", models.DateField(verbose_name="day")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("present", "there"),
                            ("absent", "absent"),
                            ("late", "late"),
                            ("left_early", "left early"),
                        ],
                        max_length=12,
                        verbose_name="attendance",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "reason not known"),
                            ("ill", "ill"),
                            ("family", "something in the family"),
                            ("with_parents", "with the parents"),
                            ("way", "travel or weather"),
                            ("other", "another reason"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                ("written_at", models.DateTimeField()),
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
                    "student",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendance_marks",
                        to="students.student",
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
            options={
                "verbose_name": "attendance mark",
                "verbose_name_plural": "attendance marks",
            },
        ),
        migrations.CreateModel(
            name="AttendanceMarkEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("marked_on", models.DateField(verbose_name="day")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("present", "there"),
                            ("absent", "absent"),
                            ("late", "late"),
                            ("left_early", "left early"),
                        ],
                        max_length=12,
                        verbose_name="attendance",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "reason not known"),
                            ("ill", "ill"),
                            ("family", "something in the family"),
                            ("with_parents", "with the parents"),
                            ("way", "travel or weather"),
                            ("other", "another reason"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                ("written_at", models.DateTimeField()),
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
                        to="classroom.attendancemark",
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
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="students.student",
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
        migrations.CreateModel(
            name="ClassRegister",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("taken_on", models.DateField(verbose_name="day")),
                ("taken_at", models.DateTimeField()),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registers",
                        to="schools.schoolclass",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "attendance register",
                "verbose_name_plural": "attendance registers",
            },
        ),
        migrations.CreateModel(
            name="FamilyRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "words",
                    models.CharField(max_length=300, verbose_name="what the school asks for"),
                ),
                ("due_on", models.DateField(verbose_name="by")),
                ("asked_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "done"),
                            ("will_do", "will do it"),
                            ("cannot", "can't do it"),
                        ],
                        max_length=8,
                        verbose_name="answer",
                    ),
                ),
                (
                    "answer_words",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="in the family's words"
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="family_requests",
                        to="guardians.adult",
                    ),
                ),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="family_requests",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "request to the family",
                "verbose_name_plural": "requests to the family",
                "ordering": ["due_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="FamilyRequestEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "words",
                    models.CharField(max_length=300, verbose_name="what the school asks for"),
                ),
                ("due_on", models.DateField(verbose_name="by")),
                ("asked_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "done"),
                            ("will_do", "will do it"),
                            ("cannot", "can't do it"),
                        ],
                        max_length=8,
                        verbose_name="answer",
                    ),
                ),
                (
                    "answer_words",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="in the family's words"
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
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
                    "asked_by",
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
                        to="classroom.familyrequest",
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
            name="HomeworkHelp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "somebody",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="a neighbour or an older pupil"
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("starts_at", models.TimeField(verbose_name="at what time")),
                (
                    "words",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="what they help with"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("assigned_at", models.DateTimeField()),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[("done", "no longer needed"), ("stopped", "did not work out")],
                        max_length=8,
                        verbose_name="how it ended",
                    ),
                ),
                (
                    "ending_words",
                    models.CharField(blank=True, max_length=200, verbose_name="result"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "assigned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
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
                    "staff",
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
                        related_name="homework_help",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "help with homework",
                "verbose_name_plural": "help with homework",
                "ordering": ["-assigned_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="HomeworkHelpEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "somebody",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="a neighbour or an older pupil"
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("starts_at", models.TimeField(verbose_name="at what time")),
                (
                    "words",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="what they help with"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("assigned_at", models.DateTimeField()),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[("done", "no longer needed"), ("stopped", "did not work out")],
                        max_length=8,
                        verbose_name="how it ended",
                    ),
                ),
                (
                    "ending_words",
                    models.CharField(blank=True, max_length=200, verbose_name="result"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "assigned_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
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
                        to="classroom.homeworkhelp",
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
                    "staff",
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
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("good_news", models.CharField(max_length=300, verbose_name="good news")),
                ("body", models.CharField(blank=True, max_length=300, verbose_name="health")),
                ("mood", models.CharField(blank=True, max_length=300, verbose_name="mood")),
                ("learning", models.CharField(blank=True, max_length=300, verbose_name="school")),
                (
                    "you_can_do",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="what you can do this week"
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
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
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="students.student",
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
            options={
                "verbose_name": "letter home",
                "verbose_name_plural": "letters home",
                "ordering": ["-written_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="LetterEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("good_news", models.CharField(max_length=300, verbose_name="good news")),
                ("body", models.CharField(blank=True, max_length=300, verbose_name="health")),
                ("mood", models.CharField(blank=True, max_length=300, verbose_name="mood")),
                ("learning", models.CharField(blank=True, max_length=300, verbose_name="school")),
                (
                    "you_can_do",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="what you can do this week"
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
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
                        to="classroom.letter",
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
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="students.student",
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
        migrations.CreateModel(
            name="MissedHomework",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("missed_on", models.DateField(verbose_name="day")),
                ("noted_at", models.DateTimeField()),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "noted_by",
                    models.ForeignKey(
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
                    "student",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="missed_homework",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "missed homework",
                "verbose_name_plural": "missed homework",
            },
        ),
        migrations.CreateModel(
            name="MissedHomeworkEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("missed_on", models.DateField(verbose_name="day")),
                ("noted_at", models.DateTimeField()),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "noted_by",
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
                        to="classroom.missedhomework",
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
            name="Observation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="what you saw"),
                ),
                ("place", models.CharField(blank=True, max_length=40, verbose_name="where")),
                ("happened_at", models.DateTimeField(verbose_name="when")),
                (
                    "strengths",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("helps", "helps others"),
                                ("patient", "is patient"),
                                ("keeps_at_it", "keeps at it"),
                                ("has_ideas", "has ideas"),
                                ("speaks_up", "speaks up"),
                                ("brave", "is brave"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "themes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("self_worth", "low self-esteem"),
                                ("impulse", "impulsive"),
                                ("defiance", "defiant"),
                                ("withdrawal", "withdrawn"),
                                ("weary", "does not want to learn"),
                                ("offending", "trouble with rules or the law"),
                                ("surroundings", "surroundings"),
                                ("home", "at home"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "deeds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("praised", "praised face to face"),
                                ("listened", "listened"),
                                ("stayed", "stayed a while"),
                                ("told_home", "talked with the family"),
                                ("nothing_yet", "nothing yet"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("tell_family", models.BooleanField(default=False, verbose_name="tell the family")),
                ("recorded_at", models.DateTimeField()),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "photo",
                    models.ForeignKey(
                        blank=True,
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
                    "student",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="observations",
                        to="students.student",
                    ),
                ),
                (
                    "voice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="uploads.upload",
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
            options={
                "verbose_name": "observation",
                "verbose_name_plural": "observations",
                "ordering": ["-happened_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ObservationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="what you saw"),
                ),
                ("place", models.CharField(blank=True, max_length=40, verbose_name="where")),
                ("happened_at", models.DateTimeField(verbose_name="when")),
                (
                    "strengths",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("helps", "helps others"),
                                ("patient", "is patient"),
                                ("keeps_at_it", "keeps at it"),
                                ("has_ideas", "has ideas"),
                                ("speaks_up", "speaks up"),
                                ("brave", "is brave"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "themes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("self_worth", "low self-esteem"),
                                ("impulse", "impulsive"),
                                ("defiance", "defiant"),
                                ("withdrawal", "withdrawn"),
                                ("weary", "does not want to learn"),
                                ("offending", "trouble with rules or the law"),
                                ("surroundings", "surroundings"),
                                ("home", "at home"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "deeds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("praised", "praised face to face"),
                                ("listened", "listened"),
                                ("stayed", "stayed a while"),
                                ("told_home", "talked with the family"),
                                ("nothing_yet", "nothing yet"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("tell_family", models.BooleanField(default=False, verbose_name="tell the family")),
                ("recorded_at", models.DateTimeField()),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
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
                        to="classroom.observation",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="uploads.upload",
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
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="students.student",
                    ),
                ),
                (
                    "voice",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="uploads.upload",
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
        migrations.AddConstraint(
            model_name="attendancemark",
            constraint=models.UniqueConstraint(
                fields=("student", "marked_on"), name="one_mark_a_day"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attendancemark",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "classroom_attendancemarkevent" ("id", "kind", "marked_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "school_id", "student_id", "written_at", "written_by_id") VALUES (NEW."id", NEW."kind", NEW."marked_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."school_id", NEW."student_id", NEW."written_at", NEW."written_by_id"); RETURN NULL;',
                    hash="5107799ff702dcb15e0cabab3547928b6902f4b1",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d5246",
                    table="classroom_attendancemark",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attendancemark",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "classroom_attendancemarkevent" ("id", "kind", "marked_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "school_id", "student_id", "written_at", "written_by_id") VALUES (NEW."id", NEW."kind", NEW."marked_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."school_id", NEW."student_id", NEW."written_at", NEW."written_by_id"); RETURN NULL;',
                    hash="6006dc454af61178829be668ad4abd07a56d9a09",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7a3e8",
                    table="classroom_attendancemark",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attendancemarkevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cf460a62b1fb94ee172207d38d3e9816eaa267d8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a1a2f",
                    table="classroom_attendancemarkevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="classregister",
            constraint=models.UniqueConstraint(
                fields=("school_class", "taken_on"), name="one_register_a_day"
            ),
        ),
        migrations.AddIndex(
            model_name="familyrequest",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["school", "due_on"],
                name="open_family_requests",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="familyrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "classroom_familyrequestevent" ("adult_id", "answer", "answer_words", "answered_at", "asked_at", "asked_by_id", "closed_at", "due_on", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id", "words") VALUES (NEW."adult_id", NEW."answer", NEW."answer_words", NEW."answered_at", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."due_on", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="f8ff75eddcf2a4581c19460d5534a366057fc34e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cbe9d",
                    table="classroom_familyrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="familyrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "classroom_familyrequestevent" ("adult_id", "answer", "answer_words", "answered_at", "asked_at", "asked_by_id", "closed_at", "due_on", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id", "words") VALUES (NEW."adult_id", NEW."answer", NEW."answer_words", NEW."answered_at", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."due_on", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="526c9126bf56913ae626a218f8dbf89605003942",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c0dfb",
                    table="classroom_familyrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="familyrequestevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="63e14811bb32716345a8437e30e1eb25033b6e1e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_08c49",
                    table="classroom_familyrequestevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="homeworkhelp",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adult__isnull", True), ("somebody", ""), ("staff__isnull", False)),
                    models.Q(("adult__isnull", False), ("somebody", ""), ("staff__isnull", True)),
                    models.Q(
                        ("adult__isnull", True),
                        ("staff__isnull", True),
                        models.Q(("somebody", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="homework_help_has_one_helper",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="homeworkhelp",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "classroom_homeworkhelpevent" ("adult_id", "assigned_at", "assigned_by_id", "ended_at", "ended_by_id", "ending", "ending_words", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "somebody", "staff_id", "starts_at", "starts_on", "student_id", "weekdays", "words") VALUES (NEW."adult_id", NEW."assigned_at", NEW."assigned_by_id", NEW."ended_at", NEW."ended_by_id", NEW."ending", NEW."ending_words", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."somebody", NEW."staff_id", NEW."starts_at", NEW."starts_on", NEW."student_id", NEW."weekdays", NEW."words"); RETURN NULL;',
                    hash="d89d8bb88ce6bff9431559f8342a18f255158422",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a3a34",
                    table="classroom_homeworkhelp",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="homeworkhelp",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "classroom_homeworkhelpevent" ("adult_id", "assigned_at", "assigned_by_id", "ended_at", "ended_by_id", "ending", "ending_words", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "somebody", "staff_id", "starts_at", "starts_on", "student_id", "weekdays", "words") VALUES (NEW."adult_id", NEW."assigned_at", NEW."assigned_by_id", NEW."ended_at", NEW."ended_by_id", NEW."ending", NEW."ending_words", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."somebody", NEW."staff_id", NEW."starts_at", NEW."starts_on", NEW."student_id", NEW."weekdays", NEW."words"); RETURN NULL;',
                    hash="9ce9060a1a7ebe94d881695ba52ef5120a6dde6b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b99f3",
                    table="classroom_homeworkhelp",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="homeworkhelpevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f6e3676c913c399a438fa9a91701eca482aef446",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_05117",
                    table="classroom_homeworkhelpevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sent_at", None)),
                fields=("student",),
                name="one_letter_in_hand",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="letter",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "classroom_letterevent" ("body", "good_news", "id", "learning", "mood", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "sent_at", "student_id", "written_at", "written_by_id", "you_can_do") VALUES (NEW."body", NEW."good_news", NEW."id", NEW."learning", NEW."mood", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."sent_at", NEW."student_id", NEW."written_at", NEW."written_by_id", NEW."you_can_do"); RETURN NULL;',
                    hash="0e811d841eb74791b241efb272b7faed647d378b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ac98a",
                    table="classroom_letter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="letter",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "classroom_letterevent" ("body", "good_news", "id", "learning", "mood", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "sent_at", "student_id", "written_at", "written_by_id", "you_can_do") VALUES (NEW."body", NEW."good_news", NEW."id", NEW."learning", NEW."mood", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."sent_at", NEW."student_id", NEW."written_at", NEW."written_by_id", NEW."you_can_do"); RETURN NULL;',
                    hash="b068ad363ff83163bc58831adaadc31e414c7207",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_02fbc",
                    table="classroom_letter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="letterevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="615ffdea2f989c5dbc9b65457154a2eea20a12cf",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4e364",
                    table="classroom_letterevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="missedhomework",
            constraint=models.UniqueConstraint(
                fields=("student", "missed_on"), name="one_miss_a_day"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="missedhomework",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "classroom_missedhomeworkevent" ("id", "missed_on", "noted_at", "noted_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retracted_at", "school_id", "student_id") VALUES (NEW."id", NEW."missed_on", NEW."noted_at", NEW."noted_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."retracted_at", NEW."school_id", NEW."student_id"); RETURN NULL;',
                    hash="c25d3b9b3fb656e02fab01c981c098a4f0c845b9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2295b",
                    table="classroom_missedhomework",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="missedhomework",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "classroom_missedhomeworkevent" ("id", "missed_on", "noted_at", "noted_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retracted_at", "school_id", "student_id") VALUES (NEW."id", NEW."missed_on", NEW."noted_at", NEW."noted_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."retracted_at", NEW."school_id", NEW."student_id"); RETURN NULL;',
                    hash="064f2ac2feb1dcd52efbf8bfcf0361b3e18e2a65",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5b88a",
                    table="classroom_missedhomework",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="missedhomeworkevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="14383b377c1c13410a786e99c8ba46b71260a7f8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_784f0",
                    table="classroom_missedhomeworkevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                models.F("student"),
                models.OrderBy(models.F("happened_at"), descending=True),
                name="observations_of_child",
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                models.F("student"),
                models.OrderBy(models.F("happened_at"), descending=True),
                condition=models.Q(("retracted_at", None), ("tell_family", True)),
                name="good_news_of_child",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="observation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "classroom_observationevent" ("deeds", "happened_at", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "place", "recorded_at", "retracted_at", "school_id", "strengths", "student_id", "tell_family", "themes", "voice_id", "words", "written_by_id") VALUES (NEW."deeds", NEW."happened_at", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."photo_id", NEW."place", NEW."recorded_at", NEW."retracted_at", NEW."school_id", NEW."strengths", NEW."student_id", NEW."tell_family", NEW."themes", NEW."voice_id", NEW."words", NEW."written_by_id"); RETURN NULL;',
                    hash="9c5abaa99ac620ee8f809594f7f8ebfe82127c8c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_fa978",
                    table="classroom_observation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="observation",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "classroom_observationevent" ("deeds", "happened_at", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "place", "recorded_at", "retracted_at", "school_id", "strengths", "student_id", "tell_family", "themes", "voice_id", "words", "written_by_id") VALUES (NEW."deeds", NEW."happened_at", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."photo_id", NEW."place", NEW."recorded_at", NEW."retracted_at", NEW."school_id", NEW."strengths", NEW."student_id", NEW."tell_family", NEW."themes", NEW."voice_id", NEW."words", NEW."written_by_id"); RETURN NULL;',
                    hash="9f44b5f942176a988bf03abbbc998d1e4b4d6749",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d3681",
                    table="classroom_observation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="observationevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d7b04adf29c983d0263d2973ede7afdffc6a0ca1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_94214",
                    table="classroom_observationevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
