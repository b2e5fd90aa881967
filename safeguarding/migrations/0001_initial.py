import django.contrib.postgres.fields
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
            name="Concern",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("family", "the family asks for help"),
                            ("pupil", "the child wants to talk to someone"),
                            ("staff", "a teacher is worried"),
                            ("care_gap", "nobody is looking after the child"),
                            ("alone", "alone at night, heard at a visit"),
                            ("danger", "danger at home, seen at a visit"),
                            ("survey", "an answer that needs an adult"),
                            ("report", "a report of suspected harm"),
                            ("signals", "somebody looked at several signals"),
                        ],
                        max_length=8,
                    ),
                ),
                ("source_key", models.CharField(max_length=60, unique=True)),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="in their words"),
                ),
                ("asked_for", models.CharField(blank=True, max_length=20)),
                ("wanted_when", models.CharField(blank=True, max_length=10)),
                ("opened_at", models.DateTimeField()),
                (
                    "clock",
                    models.CharField(
                        choices=[
                            ("round_the_clock", "round the clock"),
                            ("school_hours", "in school hours"),
                        ],
                        max_length=16,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("rung", models.PositiveSmallIntegerField(default=0)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("with_child", "An adult has been with the child"),
                            ("answered", "Answered; nobody is in danger"),
                            ("joined", "Continued in another concern about the child"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("red", "Red: an adult with the child now"),
                            ("orange", "Orange: within a day or two"),
                            ("yellow", "Yellow: within a week or two"),
                        ],
                        max_length=6,
                    ),
                ),
                ("level_at", models.DateTimeField(blank=True, null=True)),
                ("look_by", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "joined_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joined",
                        to="safeguarding.concern",
                    ),
                ),
                (
                    "level_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "named_adult",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="named_concerns",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "raised_by",
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
                        related_name="concerns",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="concerns",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "concern",
                "verbose_name_plural": "concerns",
            },
        ),
        migrations.CreateModel(
            name="ConcernEntry",
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
                            ("opened", "opened"),
                            ("told", "was told"),
                            ("acknowledged", "has taken it"),
                            ("handed_over", "handed it over"),
                            ("climbed", "nobody answered; passed on"),
                            ("closed", "closed"),
                            ("reopened", "opened again"),
                            ("added", "the family wrote more"),
                            ("again", "asked for an adult again"),
                            ("taken_back", "taken back by the family"),
                            ("level", "set the level"),
                            ("late", "not looked after in time"),
                            ("joined", "joined"),
                            ("parted", "parted again"),
                            ("queued", "put into the shared queue"),
                            ("unqueued", "taken out of the shared queue"),
                            ("accepted", "accepted from the shared queue"),
                            ("given_back", "given back by the counsellor of another school"),
                            ("taken_home", "taken back from the counsellor of another school"),
                        ],
                        max_length=14,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500)),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("red", "Red: an adult with the child now"),
                            ("orange", "Orange: within a day or two"),
                            ("yellow", "Yellow: within a week or two"),
                        ],
                        max_length=6,
                    ),
                ),
                ("source_key", models.CharField(max_length=60, null=True, unique=True)),
                ("at", models.DateTimeField()),
                (
                    "about",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="safeguarding.concern",
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
        migrations.CreateModel(
            name="ConcernEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("family", "the family asks for help"),
                            ("pupil", "the child wants to talk to someone"),
                            ("staff", "a teacher is worried"),
                            ("care_gap", "nobody is looking after the child"),
                            ("alone", "alone at night, heard at a visit"),
                            ("danger", "danger at home, seen at a visit"),
                            ("survey", "an answer that needs an adult"),
                            ("report", "a report of suspected harm"),
                            ("signals", "somebody looked at several signals"),
                        ],
                        max_length=8,
                    ),
                ),
                ("source_key", models.CharField(max_length=60)),
                ("asked_for", models.CharField(blank=True, max_length=20)),
                ("wanted_when", models.CharField(blank=True, max_length=10)),
                ("opened_at", models.DateTimeField()),
                (
                    "clock",
                    models.CharField(
                        choices=[
                            ("round_the_clock", "round the clock"),
                            ("school_hours", "in school hours"),
                        ],
                        max_length=16,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("rung", models.PositiveSmallIntegerField(default=0)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("with_child", "An adult has been with the child"),
                            ("answered", "Answered; nobody is in danger"),
                            ("joined", "Continued in another concern about the child"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("red", "Red: an adult with the child now"),
                            ("orange", "Orange: within a day or two"),
                            ("yellow", "Yellow: within a week or two"),
                        ],
                        max_length=6,
                    ),
                ),
                ("level_at", models.DateTimeField(blank=True, null=True)),
                ("look_by", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
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
                    "joined_to",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="safeguarding.concern",
                    ),
                ),
                (
                    "level_by",
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
                    "named_adult",
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
                        to="safeguarding.concern",
                    ),
                ),
                (
                    "raised_by",
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
            name="Flag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("raised_on", models.DateField()),
                ("raised_at", models.DateTimeField()),
                (
                    "domains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), size=None
                    ),
                ),
                ("reasons", models.JSONField()),
                ("missing_share", models.FloatField()),
                (
                    "settled",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("concern", "a concern was opened"),
                            ("looked", "looked after; nothing more is needed now"),
                            ("not_helpful", "this hint did not help"),
                        ],
                        max_length=12,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="what you found"),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flags",
                        to="safeguarding.concern",
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
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flags",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "hint",
                "verbose_name_plural": "hints",
            },
        ),
        migrations.CreateModel(
            name="GuideTick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("stay", "Somebody stays with the child"),
                            ("means", "Anything dangerous is out of reach"),
                            (
                                "rescue",
                                "Ambulance or police, if it has already happened or cannot be prevented",
                            ),
                            ("counsellor", "The counsellor knows"),
                            ("principal", "The principal knows"),
                            ("family", "Somebody in the family knows"),
                            ("doctor", "A doctor looks at the child"),
                            ("handed", "Another adult has taken over and stays with the child"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_taken_back", models.BooleanField(default=False)),
                ("who", models.CharField(blank=True, max_length=80, verbose_name="who")),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guide_ticks",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LevelSpans",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "orange_hours",
                    models.PositiveSmallIntegerField(
                        default=48,
                        validators=[
                            django.core.validators.MinValueValidator(24),
                            django.core.validators.MaxValueValidator(48),
                        ],
                        verbose_name="hours for orange",
                    ),
                ),
                (
                    "yellow_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(7),
                            django.core.validators.MaxValueValidator(14),
                        ],
                        verbose_name="days for yellow",
                    ),
                ),
                (
                    "closing_is_agreed",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        verbose_name="a second person agrees before a case is closed",
                    ),
                ),
                (
                    "plans_are_agreed",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        verbose_name="a second person agrees before a plan is shown to family, school and village",
                    ),
                ),
                (
                    "school",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LevelSpansEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "orange_hours",
                    models.PositiveSmallIntegerField(
                        default=48,
                        validators=[
                            django.core.validators.MinValueValidator(24),
                            django.core.validators.MaxValueValidator(48),
                        ],
                        verbose_name="hours for orange",
                    ),
                ),
                (
                    "yellow_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(7),
                            django.core.validators.MaxValueValidator(14),
                        ],
                        verbose_name="days for yellow",
                    ),
                ),
                (
                    "closing_is_agreed",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        verbose_name="a second person agrees before a case is closed",
                    ),
                ),
                (
                    "plans_are_agreed",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        verbose_name="a second person agrees before a plan is shown to family, school and village",
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
                        to="safeguarding.levelspans",
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
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                (
                    "situation",
                    models.CharField(
                        choices=[
                            ("injury", "injury of private parts, or a suspicion of it"),
                            ("under_14", "a girl under 14: sexual harm, pregnancy or abortion"),
                            (
                                "from_14",
                                "a girl of 14 or older: pregnant or aborted after sexual harm",
                            ),
                            (
                                "violence",
                                "several injuries, starved or unconscious: violence at home, "
                                "bullying, abuse, drugging",
                            ),
                            (
                                "unnatural",
                                "unnatural injury or death: suicide, self-harm, work, poison, beating",
                            ),
                            ("abandoned", "abandoned, or without care for long"),
                            ("missing", "of unknown origin, missing, trafficked or bought"),
                            ("begging", "made to beg"),
                            ("other", "other grave harm, or harm that threatens now"),
                        ],
                        max_length=10,
                        verbose_name="what it is about",
                    ),
                ),
                ("words", models.CharField(max_length=2000, verbose_name="what was seen or heard")),
                (
                    "child_now",
                    models.CharField(
                        blank=True,
                        max_length=200,
                        verbose_name="where the child is now, and with whom",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("sent", models.CharField(blank=True, default="", editable=False, max_length=64)),
                (
                    "reported_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "report of suspected harm",
                "verbose_name_plural": "reports of suspected harm",
            },
        ),
        migrations.CreateModel(
            name="ReportEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chain", models.CharField(editable=False, max_length=40)),
                ("number", models.BigIntegerField(editable=False)),
                ("seal", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("written", "written"),
                            ("told", "was told"),
                            ("added", "added"),
                            ("closed", "file closed"),
                            ("lifted", "file opened again"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "office",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("police", "Police"),
                            ("civil", "Civil affairs office"),
                            ("education", "Education bureau"),
                            ("hospital", "Hospital"),
                            ("other", "Another office"),
                        ],
                        max_length=10,
                        verbose_name="whom",
                    ),
                ),
                (
                    "spoke_with",
                    models.CharField(blank=True, max_length=80, verbose_name="who answered"),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="number that was called"
                    ),
                ),
                (
                    "case_number",
                    models.CharField(blank=True, max_length=60, verbose_name="number they gave"),
                ),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="when")),
                ("words", models.CharField(blank=True, max_length=2000)),
                ("digest", models.CharField(blank=True, max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="safeguarding.report",
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
                "ordering": ["number"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Suspect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "somebody",
                    models.CharField(blank=True, max_length=120, verbose_name="somebody else"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lift_reason",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="why it is opened again"
                    ),
                ),
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
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspects",
                        to="safeguarding.report",
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
                    "user",
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
            name="SuspectEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "somebody",
                    models.CharField(blank=True, max_length=120, verbose_name="somebody else"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lift_reason",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="why it is opened again"
                    ),
                ),
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
                    "lifted_by",
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
                        to="safeguarding.suspect",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="safeguarding.report",
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
            name="WarningRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_on", models.BooleanField(default=False)),
                (
                    "looks_a_week",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="hints a week that the school can look at",
                    ),
                ),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WarningRulesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("is_on", models.BooleanField(default=False)),
                (
                    "looks_a_week",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="hints a week that the school can look at",
                    ),
                ),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
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
                        to="safeguarding.warningrules",
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
            model_name="concern",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["school", "opened_at"],
                name="open_concerns",
            ),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("acknowledged_at", None), ("closed_at", None)),
                fields=["due_at"],
                name="unacknowledged_concerns",
            ),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("look_by__isnull", False)),
                fields=["look_by"],
                name="judged_concerns",
            ),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                fields=["student", "-opened_at"], name="safeguardin_student_956eb6_idx"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="concern",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safeguarding_concernevent" ("acknowledged_at", "acknowledged_by_id", "adult_id", "asked_for", "clock", "closed_at", "closed_by_id", "closing", "due_at", "id", "joined_to_id", "level", "level_at", "level_by_id", "look_by", "named_adult_id", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_by_id", "rung", "school_id", "source", "source_key", "student_id", "wanted_when") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."adult_id", NEW."asked_for", NEW."clock", NEW."closed_at", NEW."closed_by_id", NEW."closing", NEW."due_at", NEW."id", NEW."joined_to_id", NEW."level", NEW."level_at", NEW."level_by_id", NEW."look_by", NEW."named_adult_id", NEW."opened_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."raised_by_id", NEW."rung", NEW."school_id", NEW."source", NEW."source_key", NEW."student_id", NEW."wanted_when"); RETURN NULL;',
                    hash="8c127f71aad3fe1e40592282ab36c3f166b79656",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_1b345",
                    table="safeguarding_concern",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="concern",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."acknowledged_at" IS DISTINCT FROM (NEW."acknowledged_at") OR OLD."acknowledged_by_id" IS DISTINCT FROM (NEW."acknowledged_by_id") OR OLD."adult_id" IS DISTINCT FROM (NEW."adult_id") OR OLD."asked_for" IS DISTINCT FROM (NEW."asked_for") OR OLD."clock" IS DISTINCT FROM (NEW."clock") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."closed_by_id" IS DISTINCT FROM (NEW."closed_by_id") OR OLD."closing" IS DISTINCT FROM (NEW."closing") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."joined_to_id" IS DISTINCT FROM (NEW."joined_to_id") OR OLD."level" IS DISTINCT FROM (NEW."level") OR OLD."level_at" IS DISTINCT FROM (NEW."level_at") OR OLD."level_by_id" IS DISTINCT FROM (NEW."level_by_id") OR OLD."look_by" IS DISTINCT FROM (NEW."look_by") OR OLD."named_adult_id" IS DISTINCT FROM (NEW."named_adult_id") OR OLD."opened_at" IS DISTINCT FROM (NEW."opened_at") OR OLD."raised_by_id" IS DISTINCT FROM (NEW."raised_by_id") OR OLD."rung" IS DISTINCT FROM (NEW."rung") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_key" IS DISTINCT FROM (NEW."source_key") OR OLD."student_id" IS DISTINCT FROM (NEW."student_id") OR OLD."wanted_when" IS DISTINCT FROM (NEW."wanted_when"))',
                    func='INSERT INTO "safeguarding_concernevent" ("acknowledged_at", "acknowledged_by_id", "adult_id", "asked_for", "clock", "closed_at", "closed_by_id", "closing", "due_at", "id", "joined_to_id", "level", "level_at", "level_by_id", "look_by", "named_adult_id", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_by_id", "rung", "school_id", "source", "source_key", "student_id", "wanted_when") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."adult_id", NEW."asked_for", NEW."clock", NEW."closed_at", NEW."closed_by_id", NEW."closing", NEW."due_at", NEW."id", NEW."joined_to_id", NEW."level", NEW."level_at", NEW."level_by_id", NEW."look_by", NEW."named_adult_id", NEW."opened_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."raised_by_id", NEW."rung", NEW."school_id", NEW."source", NEW."source_key", NEW."student_id", NEW."wanted_when"); RETURN NULL;',
                    hash="0ba6975e10a4df7c5eaf02e294171d0779b5f365",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d2d5c",
                    table="safeguarding_concern",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="concernentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fead74b3d801293ee84ed92143318958831d3804",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_357dd",
                    table="safeguarding_concernentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="concernevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="55747ce27434fde9e95351c887b04d0567268051",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_bd4c1",
                    table="safeguarding_concernevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(("settled_at", None)),
                fields=["school", "raised_at"],
                name="open_flags",
            ),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["student", "-settled_at"], name="settled_flags"),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None)),
                fields=("school", "student"),
                name="one_open_flag_per_child",
            ),
        ),
        migrations.AddIndex(
            model_name="guidetick",
            index=models.Index(fields=["student", "-at"], name="guide_of_child"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guidetick",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d612c86e2d907eae55521bb174fb34148b19374a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_66c32",
                    table="safeguarding_guidetick",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="levelspans",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safeguarding_levelspansevent" ("closing_is_agreed", "id", "orange_hours", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plans_are_agreed", "school_id", "yellow_days") VALUES (NEW."closing_is_agreed", NEW."id", NEW."orange_hours", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plans_are_agreed", NEW."school_id", NEW."yellow_days"); RETURN NULL;',
                    hash="71187577fb8451a823b198112a6d90b95ad3ccf7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_8ad19",
                    table="safeguarding_levelspans",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="levelspans",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "safeguarding_levelspansevent" ("closing_is_agreed", "id", "orange_hours", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plans_are_agreed", "school_id", "yellow_days") VALUES (NEW."closing_is_agreed", NEW."id", NEW."orange_hours", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plans_are_agreed", NEW."school_id", NEW."yellow_days"); RETURN NULL;',
                    hash="0416b4e32e4e40892f527a06dcaeb7441f956035",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_83661",
                    table="safeguarding_levelspans",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="levelspansevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="45055eeecda610a1b57fea742a6fbe0abcb2afd2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_cf3cc",
                    table="safeguarding_levelspansevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["student", "-at"], name="reports_of_child"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["school", "-at"], name="reports_of_school"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="report",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3537f080062b9840d217f78d676aa40a5c708e67",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f062f",
                    table="safeguarding_report",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reportentry",
            constraint=models.UniqueConstraint(
                fields=("chain", "number"), name="safeguarding_reportentry_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="41158fc4568953618b64210b961bf9409bb36795",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d9f5c",
                    table="safeguarding_reportentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportentry",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'This log is never emptied';",
                    hash="ad933ddb4bc046ffb14aa4be0773d84e44f316fb",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_39767",
                    table="safeguarding_reportentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportentry",
            trigger=pgtrigger.compiler.Trigger(
                name="follows",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    UPDATE accounts_chainhead SET number = NEW.number, seal = NEW.seal\n        WHERE chain = NEW.chain AND number = NEW.number - 1;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'Row % does not follow the end of chain %', NEW.number, NEW.chain;\n    END IF;\n    RETURN NEW;\n",
                    hash="9d207946a98719a234f5749d40908eb84937a630",
                    operation="INSERT",
                    pgid="pgtrigger_follows_18846",
                    table="safeguarding_reportentry",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="suspect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adult__isnull", False), ("somebody", ""), ("user__isnull", True)),
                    models.Q(("adult__isnull", True), ("somebody", ""), ("user__isnull", False)),
                    models.Q(
                        ("adult__isnull", True),
                        ("user__isnull", True),
                        models.Q(("somebody", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="suspect_is_one_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifted_at__isnull", True),
                    models.Q(
                        ("lifted_by__isnull", False), models.Q(("lift_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="lifted_with_name_and_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suspect",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="09cad4c311a8d01268a6dbc9d09ba11d9189f9a1",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_47866",
                    table="safeguarding_suspect",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suspect",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."report_id" IS DISTINCT FROM (NEW."report_id") OR OLD."adult_id" IS DISTINCT FROM (NEW."adult_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."somebody" IS DISTINCT FROM (NEW."somebody") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="3451965f3adb0f5d0556c11df67b5a1798b7b13b",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_84df5",
                    table="safeguarding_suspect",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suspect",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safeguarding_suspectevent" ("adult_id", "closed_at", "id", "lift_reason", "lifted_at", "lifted_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "report_id", "school_id", "somebody", "user_id") VALUES (NEW."adult_id", NEW."closed_at", NEW."id", NEW."lift_reason", NEW."lifted_at", NEW."lifted_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."report_id", NEW."school_id", NEW."somebody", NEW."user_id"); RETURN NULL;',
                    hash="1bf51315d02a49646d5f777ab9b29764250965cf",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_50490",
                    table="safeguarding_suspect",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suspect",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "safeguarding_suspectevent" ("adult_id", "closed_at", "id", "lift_reason", "lifted_at", "lifted_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "report_id", "school_id", "somebody", "user_id") VALUES (NEW."adult_id", NEW."closed_at", NEW."id", NEW."lift_reason", NEW."lifted_at", NEW."lifted_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."report_id", NEW."school_id", NEW."somebody", NEW."user_id"); RETURN NULL;',
                    hash="5c62e843dca4bb281f7e56898dc16a918a9413bf",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a0d71",
                    table="safeguarding_suspect",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suspectevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="66ac53b22adda17bcf71a8b1fd76acd3b2a3e283",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4becf",
                    table="safeguarding_suspectevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="warningrules",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safeguarding_warningrulesevent" ("changed_at", "changed_by_id", "id", "is_on", "looks_a_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."id", NEW."is_on", NEW."looks_a_week", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="73fde930c73dbaf2b763c05f7f8d5f11cea79a2f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_78162",
                    table="safeguarding_warningrules",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="warningrules",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "safeguarding_warningrulesevent" ("changed_at", "changed_by_id", "id", "is_on", "looks_a_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."id", NEW."is_on", NEW."looks_a_week", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="5e58d28a3fb11e8e37bc914fe16c77a29a4be110",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5ae2f",
                    table="safeguarding_warningrules",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="warningrulesevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3b9b321ce04be18b2a76b1efe9329fc064d69f4c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f964c",
                    table="safeguarding_warningrulesevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
