import django.core.validators
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
            name="AdultRhythm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "every_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="at most one question in … days"
                    ),
                ),
                (
                    "paused_until",
                    models.DateField(blank=True, null=True, verbose_name="paused until"),
                ),
                (
                    "paused_reason",
                    models.CharField(blank=True, db_default="", max_length=120, verbose_name="why"),
                ),
                ("by_family", models.BooleanField(default=False, verbose_name="said by the adult")),
                (
                    "adult",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="own_rhythm",
                        to="guardians.adult",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AdultRhythmEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "every_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="at most one question in … days"
                    ),
                ),
                (
                    "paused_until",
                    models.DateField(blank=True, null=True, verbose_name="paused until"),
                ),
                (
                    "paused_reason",
                    models.CharField(blank=True, db_default="", max_length=120, verbose_name="why"),
                ),
                ("by_family", models.BooleanField(default=False, verbose_name="said by the adult")),
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
                        to="messaging.adultrhythm",
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
            name="CheckIn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="day, where the adult is")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting for an answer"),
                            ("not_yet", "not yet; will be asked again"),
                            ("asked_again", "asked again"),
                            ("nobody_reached", "nobody reached: a task for the teacher"),
                            ("answered", "answered"),
                            ("closed", "closed"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("step", models.PositiveSmallIntegerField(default=0)),
                (
                    "rung",
                    models.CharField(
                        choices=[
                            ("ask", "ask"),
                            ("ask_again", "ask again"),
                            ("other_way", "by another way"),
                            ("other_adult", "another adult of the family"),
                            ("tell_teacher", "a task for the class teacher"),
                            ("village", "a visit by the village worker"),
                        ],
                        default="ask",
                        max_length=12,
                    ),
                ),
                (
                    "occasion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("term_start", "the first day of a term"),
                            ("exam", "an exam"),
                            ("birthday", "the child's birthday"),
                            ("parent_left", "a parent leaves"),
                            ("parent_back", "a parent comes home"),
                            ("marked", "a date noted for a child"),
                        ],
                        db_default="",
                        max_length=12,
                    ),
                ),
                ("as_carer", models.BooleanField(default=False)),
                ("not_yet_count", models.PositiveSmallIntegerField(default=0)),
                ("next_step_at", models.DateTimeField(blank=True, null=True)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "adult",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="check_ins",
                        to="guardians.adult",
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="others",
                        to="messaging.checkin",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="check_ins",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["-due_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CheckInLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("talked", "We talked"),
                            ("not_yet", "Not yet"),
                            ("need_help", "I need help"),
                        ],
                        max_length=10,
                    ),
                ),
                ("mood", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("words", models.CharField(blank=True, max_length=500)),
                (
                    "check_in",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="messaging.checkin",
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
                        related_name="check_in_lines",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CheckInPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "every_days",
                    models.PositiveSmallIntegerField(
                        default=7, verbose_name="days between two questions"
                    ),
                ),
                ("next_due_on", models.DateField(verbose_name="next question on")),
                (
                    "own_every_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="own rhythm"
                    ),
                ),
                (
                    "occasion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("term_start", "the first day of a term"),
                            ("exam", "an exam"),
                            ("birthday", "the child's birthday"),
                            ("parent_left", "a parent leaves"),
                            ("parent_back", "a parent comes home"),
                            ("marked", "a date noted for a child"),
                        ],
                        db_default="",
                        max_length=12,
                    ),
                ),
                (
                    "paused_until",
                    models.DateField(blank=True, null=True, verbose_name="paused until"),
                ),
                (
                    "paused_reason",
                    models.CharField(blank=True, db_default="", max_length=120, verbose_name="why"),
                ),
                ("ended_on", models.DateField(blank=True, null=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="check_in_plans",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="check_in_plan",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CheckInPlanEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "every_days",
                    models.PositiveSmallIntegerField(
                        default=7, verbose_name="days between two questions"
                    ),
                ),
                ("next_due_on", models.DateField(verbose_name="next question on")),
                (
                    "own_every_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="own rhythm"
                    ),
                ),
                (
                    "occasion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("term_start", "the first day of a term"),
                            ("exam", "an exam"),
                            ("birthday", "the child's birthday"),
                            ("parent_left", "a parent leaves"),
                            ("parent_back", "a parent comes home"),
                            ("marked", "a date noted for a child"),
                        ],
                        db_default="",
                        max_length=12,
                    ),
                ),
                (
                    "paused_until",
                    models.DateField(blank=True, null=True, verbose_name="paused until"),
                ),
                (
                    "paused_reason",
                    models.CharField(blank=True, db_default="", max_length=120, verbose_name="why"),
                ),
                ("ended_on", models.DateField(blank=True, null=True)),
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
                        to="messaging.checkinplan",
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
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("no_answer", "asked, and nobody answered"),
                            ("not_yet", "asked several times, not talked yet"),
                            ("no_way", "no number or address that works"),
                            ("nobody_to_ask", "no parent who may be asked"),
                            ("nobody_now", "everyone who may be asked has paused questions"),
                        ],
                        default="no_answer",
                        max_length=14,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("put_off_until", models.DateField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reached", "I reached the family"),
                            ("talked", "The child and a parent talked"),
                            ("nobody", "Nobody answered"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500)),
                (
                    "check_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="messaging.checkin",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LadderSettings",
            fields=[
                (
                    "school",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="ladder_settings",
                        serialize=False,
                        to="schools.school",
                    ),
                ),
                (
                    "ask_again",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=2,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="ask again",
                    ),
                ),
                (
                    "other_way",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=1,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="by another way",
                    ),
                ),
                (
                    "other_adult",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=1,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="another adult of the family",
                    ),
                ),
                (
                    "tell_teacher",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="a task for the class teacher",
                    ),
                ),
                (
                    "village",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="a visit by the village worker",
                    ),
                ),
                (
                    "ask_words",
                    models.CharField(blank=True, max_length=40, verbose_name="the question"),
                ),
                (
                    "again_words",
                    models.CharField(blank=True, max_length=40, verbose_name="asked once more"),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LadderSettingsEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "ask_again",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=2,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="ask again",
                    ),
                ),
                (
                    "other_way",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=1,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="by another way",
                    ),
                ),
                (
                    "other_adult",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=1,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="another adult of the family",
                    ),
                ),
                (
                    "tell_teacher",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="a task for the class teacher",
                    ),
                ),
                (
                    "village",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7),
                        ],
                        verbose_name="a visit by the village worker",
                    ),
                ),
                (
                    "ask_words",
                    models.CharField(blank=True, max_length=40, verbose_name="the question"),
                ),
                (
                    "again_words",
                    models.CharField(blank=True, max_length=40, verbose_name="asked once more"),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
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
                        to="messaging.laddersettings",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        serialize=False,
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LadderStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rung",
                    models.CharField(
                        choices=[
                            ("ask", "ask"),
                            ("ask_again", "ask again"),
                            ("other_way", "by another way"),
                            ("other_adult", "another adult of the family"),
                            ("tell_teacher", "a task for the class teacher"),
                            ("village", "a visit by the village worker"),
                        ],
                        max_length=12,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=0)),
                ("is_taken", models.BooleanField(default=True)),
                ("cause", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "adult",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "check_in",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="messaging.checkin",
                    ),
                ),
                (
                    "follow_up",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="messaging.followup",
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
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="MarkedDate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="date")),
                ("label", models.CharField(max_length=60, verbose_name="what is on that day")),
                (
                    "created_by",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marked_dates",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marked_dates",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="MarkedDateEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("on", models.DateField(verbose_name="date")),
                ("label", models.CharField(max_length=60, verbose_name="what is on that day")),
                (
                    "created_by",
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
                        to="messaging.markeddate",
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
                        blank=True,
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
            name="OccasionSeen",
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
                            ("term_start", "the first day of a term"),
                            ("exam", "an exam"),
                            ("birthday", "the child's birthday"),
                            ("parent_left", "a parent leaves"),
                            ("parent_back", "a parent comes home"),
                            ("marked", "a date noted for a child"),
                        ],
                        max_length=12,
                    ),
                ),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "student",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="occasions_seen",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OccasionSetting",
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
                            ("term_start", "the first day of a term"),
                            ("exam", "an exam"),
                            ("birthday", "the child's birthday"),
                            ("parent_left", "a parent leaves"),
                            ("parent_back", "a parent comes home"),
                            ("marked", "a date noted for a child"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "days",
                    models.SmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-30),
                            django.core.validators.MaxValueValidator(30),
                        ],
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="occasion_settings",
                        to="schools.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OccasionSettingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("term_start", "the first day of a term"),
                            ("exam", "an exam"),
                            ("birthday", "the child's birthday"),
                            ("parent_left", "a parent leaves"),
                            ("parent_back", "a parent comes home"),
                            ("marked", "a date noted for a child"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "days",
                    models.SmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-30),
                            django.core.validators.MaxValueValidator(30),
                        ],
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
                        to="messaging.occasionsetting",
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
            name="Reply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                (
                    "act",
                    models.CharField(
                        choices=[("answer", "Answer"), ("more", "More"), ("undo", "Undo")],
                        max_length=8,
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("talked", "We talked"),
                            ("not_yet", "Not yet"),
                            ("need_help", "I need help"),
                        ],
                        max_length=10,
                    ),
                ),
                ("mood", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("words", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="messaging.checkinline",
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
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="adultrhythm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("every_days__isnull", True),
                    models.Q(("every_days__gte", 1), ("every_days__lte", 31)),
                    _connector="OR",
                ),
                name="adult_rhythm_days",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adultrhythm",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "messaging_adultrhythmevent" ("adult_id", "by_family", "every_days", "id", "paused_reason", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."adult_id", NEW."by_family", NEW."every_days", NEW."id", NEW."paused_reason", NEW."paused_until", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="d1f31c1172c3c9eb4b4faaaa068a32a08a4ab462",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4f562",
                    table="messaging_adultrhythm",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adultrhythm",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "messaging_adultrhythmevent" ("adult_id", "by_family", "every_days", "id", "paused_reason", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."adult_id", NEW."by_family", NEW."every_days", NEW."id", NEW."paused_reason", NEW."paused_until", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="6d5f3684b1b13d95e722ee1237f44bee81f3dbcb",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7fc55",
                    table="messaging_adultrhythm",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adultrhythmevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c5c3775c283d34d3f3023555d8834074040d7b53",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_98feb",
                    table="messaging_adultrhythmevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="checkin",
            index=models.Index(
                condition=models.Q(("next_step_at__isnull", False)),
                fields=["next_step_at"],
                name="ladder_due",
            ),
        ),
        migrations.AddIndex(
            model_name="checkin",
            index=models.Index(fields=["school", "due_on"], name="messaging_c_school__3a7ed8_idx"),
        ),
        migrations.AddIndex(
            model_name="checkin",
            index=models.Index(
                condition=models.Q(("first__isnull", False)),
                fields=["first"],
                name="asked_on_the_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkin",
            constraint=models.UniqueConstraint(
                fields=("adult", "due_on"), name="one_question_per_adult_and_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="checkinline",
            constraint=models.UniqueConstraint(
                fields=("check_in", "student"), name="one_line_per_child"
            ),
        ),
        migrations.AddConstraint(
            model_name="checkinline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mood__isnull", True),
                    models.Q(("mood__gte", 1), ("mood__lte", 5)),
                    _connector="OR",
                ),
                name="mood_1_to_5",
            ),
        ),
        migrations.AddIndex(
            model_name="checkinplan",
            index=models.Index(
                condition=models.Q(("ended_on", None)), fields=["next_due_on"], name="plans_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="checkinplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("every_days__gte", 1), ("every_days__lte", 31)),
                name="plan_rhythm",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkinplan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "messaging_checkinplanevent" ("ended_on", "every_days", "id", "next_due_on", "occasion", "own_every_days", "paused_reason", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id") VALUES (NEW."ended_on", NEW."every_days", NEW."id", NEW."next_due_on", NEW."occasion", NEW."own_every_days", NEW."paused_reason", NEW."paused_until", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."student_id"); RETURN NULL;',
                    hash="d7f3263a9f6e1fccbf4c90522111ceb503baec5d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_59068",
                    table="messaging_checkinplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkinplan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "messaging_checkinplanevent" ("ended_on", "every_days", "id", "next_due_on", "occasion", "own_every_days", "paused_reason", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id") VALUES (NEW."ended_on", NEW."every_days", NEW."id", NEW."next_due_on", NEW."occasion", NEW."own_every_days", NEW."paused_reason", NEW."paused_until", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."student_id"); RETURN NULL;',
                    hash="e63afa19f2fc4c6d20680f33f19e944a8c2022a1",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_456cd",
                    table="messaging_checkinplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkinplanevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="661caa58c517acf6d95908988f58932d3aea95dd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_dde16",
                    table="messaging_checkinplanevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["school", "opened_at"],
                name="open_follow_ups",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.UniqueConstraint(
                fields=("check_in", "student"), name="one_follow_up_per_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None)),
                fields=("student",),
                name="one_open_follow_up_per_child",
            ),
        ),
        migrations.AddConstraint(
            model_name="laddersettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ask_again__isnull", True),
                    models.Q(("ask_again__gte", 1), ("ask_again__lte", 7)),
                    _connector="OR",
                ),
                name="ladder_ask_again_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="laddersettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("other_way__isnull", True),
                    models.Q(("other_way__gte", 1), ("other_way__lte", 7)),
                    _connector="OR",
                ),
                name="ladder_other_way_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="laddersettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("other_adult__isnull", True),
                    models.Q(("other_adult__gte", 1), ("other_adult__lte", 7)),
                    _connector="OR",
                ),
                name="ladder_other_adult_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="laddersettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tell_teacher__isnull", True),
                    models.Q(("tell_teacher__gte", 1), ("tell_teacher__lte", 7)),
                    _connector="OR",
                ),
                name="ladder_tell_teacher_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="laddersettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("village__isnull", True),
                    models.Q(("village__gte", 1), ("village__lte", 7)),
                    _connector="OR",
                ),
                name="ladder_village_days",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="laddersettings",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "messaging_laddersettingsevent" ("again_words", "ask_again", "ask_words", "changed_at", "changed_by_id", "other_adult", "other_way", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "tell_teacher", "village") VALUES (NEW."again_words", NEW."ask_again", NEW."ask_words", NEW."changed_at", NEW."changed_by_id", NEW."other_adult", NEW."other_way", _pgh_attach_context(), NOW(), \'insert\', NEW."school_id", NEW."school_id", NEW."tell_teacher", NEW."village"); RETURN NULL;',
                    hash="a1e74dad738b03f18e560d25fc5c58de2fc60b08",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b2bad",
                    table="messaging_laddersettings",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="laddersettings",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "messaging_laddersettingsevent" ("again_words", "ask_again", "ask_words", "changed_at", "changed_by_id", "other_adult", "other_way", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "tell_teacher", "village") VALUES (NEW."again_words", NEW."ask_again", NEW."ask_words", NEW."changed_at", NEW."changed_by_id", NEW."other_adult", NEW."other_way", _pgh_attach_context(), NOW(), \'update\', NEW."school_id", NEW."school_id", NEW."tell_teacher", NEW."village"); RETURN NULL;',
                    hash="872a022c3969b915bab0c7077e54cb439dc5a5d5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_08120",
                    table="messaging_laddersettings",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="laddersettingsevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7a38752149827836a12cad4438e397d43404ba49",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e2a1e",
                    table="messaging_laddersettingsevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="ladderstep",
            constraint=models.UniqueConstraint(
                fields=("check_in", "rung", "number", "adult"), name="one_step_of_a_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="ladderstep",
            constraint=models.UniqueConstraint(
                fields=("follow_up", "rung"), name="one_step_of_a_task"
            ),
        ),
        migrations.AddConstraint(
            model_name="ladderstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("check_in__isnull", False), ("follow_up__isnull", False), _connector="OR"
                ),
                name="step_of_something",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ladderstep",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8d32f6b84205b755d2a1f04cc2b1575844c17d05",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2e176",
                    table="messaging_ladderstep",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="markeddate",
            constraint=models.UniqueConstraint(
                fields=("school", "student", "on"),
                name="one_marked_date_a_day",
                nulls_distinct=False,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="markeddate",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "messaging_markeddateevent" ("created_by_id", "id", "label", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id") VALUES (NEW."created_by_id", NEW."id", NEW."label", NEW."on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."student_id"); RETURN NULL;',
                    hash="2673a639578d57280a4a7dfd8787382a73e8c6b8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6170a",
                    table="messaging_markeddate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="markeddate",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "messaging_markeddateevent" ("created_by_id", "id", "label", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id") VALUES (NEW."created_by_id", NEW."id", NEW."label", NEW."on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."student_id"); RETURN NULL;',
                    hash="e6d429a2750f7f2c86312175c0215e3beb4ed5a6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6d41b",
                    table="messaging_markeddate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="markeddateevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="141d5862f4eb3436c2fa8b6d8d4285a11409b627",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_aaad5",
                    table="messaging_markeddateevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="occasionseen",
            constraint=models.UniqueConstraint(
                fields=("student", "kind", "on"), name="one_look_per_occasion"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="occasionseen",
            trigger=pgtrigger.compiler.Trigger(
                name="no_change",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="792aa79a8807191d219ce09cda9c241c933a07be",
                    operation="UPDATE",
                    pgid="pgtrigger_no_change_3279f",
                    table="messaging_occasionseen",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="occasionsetting",
            constraint=models.UniqueConstraint(
                fields=("school", "kind"), name="one_word_per_occasion"
            ),
        ),
        migrations.AddConstraint(
            model_name="occasionsetting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("days__isnull", True),
                    models.Q(("days__gte", -30), ("days__lte", 30)),
                    _connector="OR",
                ),
                name="occasion_days",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="occasionsetting",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "messaging_occasionsettingevent" ("days", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."days", NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="484e516a7607f5fec50fb5e20a811e87abb6bdab",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_8e7fb",
                    table="messaging_occasionsetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="occasionsetting",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "messaging_occasionsettingevent" ("days", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."days", NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="fe0534ccf578f19b83d5ed5111ba0ddd0d4fc616",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_81d14",
                    table="messaging_occasionsetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="occasionsettingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3ddfbcdf8d7225eb70baf01d175f122f5ed39808",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a9ded",
                    table="messaging_occasionsettingevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.UniqueConstraint(
                fields=("line", "key", "act"), name="one_reply_per_act"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reply",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="53b4b816a638574929a850a11cb92bc660f290bc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5671f",
                    table="messaging_reply",
                    when="BEFORE",
                ),
            ),
        ),
    ]
