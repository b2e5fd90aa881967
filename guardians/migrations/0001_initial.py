import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import schools.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Adult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("name_pinyin", models.CharField(blank=True, editable=False, max_length=120)),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("in_touch", "can be asked about"),
                            ("dead", "has died"),
                            ("imprisoned", "in prison"),
                            ("missing", "missing"),
                            ("no_contact", "not in contact"),
                        ],
                        default="in_touch",
                        max_length=12,
                        verbose_name="situation",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                (
                    "prefers_audio",
                    models.BooleanField(
                        default=False, verbose_name="would rather listen than read"
                    ),
                ),
                (
                    "literacy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not known"),
                            ("reads", "reads well"),
                            ("little", "reads a little"),
                            ("none", "does not read"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="reading",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai", max_length=40, verbose_name="time zone"
                    ),
                ),
                (
                    "shift",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not known"),
                            ("day", "day shift"),
                            ("night", "night shift"),
                            ("rotating", "rotating shifts"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="shift",
                    ),
                ),
                (
                    "shift_since",
                    models.DateField(
                        blank=True, null=True, verbose_name="first day of the day shifts"
                    ),
                ),
                (
                    "shift_turn_days",
                    models.PositiveSmallIntegerField(
                        db_default=7,
                        default=7,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(31),
                        ],
                        verbose_name="days until the shift changes",
                    ),
                ),
                ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="quiet from")),
                (
                    "quiet_until",
                    models.TimeField(blank=True, null=True, verbose_name="quiet until"),
                ),
                (
                    "legal_basis",
                    models.CharField(
                        choices=[
                            (
                                "guardian_duty",
                                "parent or guardian: duty under the Minors Protection Law",
                            ),
                            ("entrusted_care", "entrusted carer, named by the parents"),
                            ("consent", "has agreed"),
                            ("none", "none recorded: nothing is sent"),
                        ],
                        default="guardian_duty",
                        max_length=16,
                        verbose_name="legal basis for writing",
                    ),
                ),
                (
                    "opted_out_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="wants no messages since"
                    ),
                ),
                (
                    "blocked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="blocked since"),
                ),
                (
                    "blocked_reason",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="reason for blocking"
                    ),
                ),
                (
                    "blocked_ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("court_order", "order of a court"),
                            ("safeguarding", "safeguarding decision of the school"),
                            ("report", "safeguarding decision of the school"),
                        ],
                        max_length=12,
                        verbose_name="on which ground",
                    ),
                ),
                (
                    "blocked_decision",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="order number or who decided"
                    ),
                ),
                (
                    "blocked_decided_on",
                    models.DateField(blank=True, null=True, verbose_name="decided on"),
                ),
                (
                    "held_by_report",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "blocked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
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
                        related_name="adults",
                        to="schools.school",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="adults",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "adult",
                "verbose_name_plural": "adults",
            },
        ),
        migrations.CreateModel(
            name="AdultEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("name_pinyin", models.CharField(blank=True, editable=False, max_length=120)),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("in_touch", "can be asked about"),
                            ("dead", "has died"),
                            ("imprisoned", "in prison"),
                            ("missing", "missing"),
                            ("no_contact", "not in contact"),
                        ],
                        default="in_touch",
                        max_length=12,
                        verbose_name="situation",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                (
                    "prefers_audio",
                    models.BooleanField(
                        default=False, verbose_name="would rather listen than read"
                    ),
                ),
                (
                    "literacy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not known"),
                            ("reads", "reads well"),
                            ("little", "reads a little"),
                            ("none", "does not read"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="reading",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai", max_length=40, verbose_name="time zone"
                    ),
                ),
                (
                    "shift",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not known"),
                            ("day", "day shift"),
                            ("night", "night shift"),
                            ("rotating", "rotating shifts"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="shift",
                    ),
                ),
                (
                    "shift_since",
                    models.DateField(
                        blank=True, null=True, verbose_name="first day of the day shifts"
                    ),
                ),
                (
                    "shift_turn_days",
                    models.PositiveSmallIntegerField(
                        db_default=7,
                        default=7,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(31),
                        ],
                        verbose_name="days until the shift changes",
                    ),
                ),
                ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="quiet from")),
                (
                    "quiet_until",
                    models.TimeField(blank=True, null=True, verbose_name="quiet until"),
                ),
                (
                    "legal_basis",
                    models.CharField(
                        choices=[
                            (
                                "guardian_duty",
                                "parent or guardian: duty under the Minors Protection Law",
                            ),
                            ("entrusted_care", "entrusted carer, named by the parents"),
                            ("consent", "has agreed"),
                            ("none", "none recorded: nothing is sent"),
                        ],
                        default="guardian_duty",
                        max_length=16,
                        verbose_name="legal basis for writing",
                    ),
                ),
                (
                    "opted_out_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="wants no messages since"
                    ),
                ),
                (
                    "blocked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="blocked since"),
                ),
                (
                    "blocked_reason",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="reason for blocking"
                    ),
                ),
                (
                    "blocked_ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("court_order", "order of a court"),
                            ("safeguarding", "safeguarding decision of the school"),
                            ("report", "safeguarding decision of the school"),
                        ],
                        max_length=12,
                        verbose_name="on which ground",
                    ),
                ),
                (
                    "blocked_decision",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="order number or who decided"
                    ),
                ),
                (
                    "blocked_decided_on",
                    models.DateField(blank=True, null=True, verbose_name="decided on"),
                ),
                (
                    "held_by_report",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "blocked_by",
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
                    "merged_into",
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
                        to="guardians.adult",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
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
                    "user",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CareGap",
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
                            ("lost", "lost"),
                            ("never", "never"),
                            ("alone", "alone"),
                            ("unattended", "unattended"),
                        ],
                        max_length=12,
                    ),
                ),
                ("noticed_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="care_gaps",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-noticed_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Contact",
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
                            ("call", "call"),
                            ("video", "video call"),
                            ("visit", "visit"),
                            ("talk", "talk"),
                        ],
                        default="talk",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="day")),
                (
                    "reported_by",
                    models.CharField(
                        choices=[
                            ("parent", "the parent said so"),
                            ("carer", "the carer said so"),
                            ("child", "the child said so"),
                            ("staff", "the school saw it"),
                        ],
                        max_length=8,
                        verbose_name="who says so",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="minutes"),
                ),
                ("source_key", models.CharField(max_length=60, null=True, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
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
                        related_name="contacts",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-happened_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ContactDenial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "said_by",
                    models.CharField(
                        choices=[
                            ("parent", "the parent said so"),
                            ("carer", "the carer said so"),
                            ("child", "the child said so"),
                            ("staff", "the school saw it"),
                        ],
                        max_length=8,
                        verbose_name="who says so",
                    ),
                ),
                ("said_on", models.DateField(verbose_name="day")),
                ("source_key", models.CharField(max_length=60, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(blank=True, max_length=200, verbose_name="what came of it"),
                ),
                (
                    "adult",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_denials",
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
                        related_name="contact_denials",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-said_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ContactPoint",
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
                            ("phone", "phone"),
                            ("email", "e-mail"),
                            ("wechat", "WeChat"),
                            ("wecom", "WeCom"),
                            ("push", "this phone's screen"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, max_length=254, verbose_name="number or address"),
                ),
                (
                    "as_written",
                    models.CharField(blank=True, max_length=254, verbose_name="as written"),
                ),
                ("problem", models.CharField(blank=True, max_length=40)),
                (
                    "linked_from",
                    models.CharField(blank=True, db_default="", default="", max_length=254),
                ),
                ("priority", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                (
                    "verified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="verified"),
                ),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="failing since"),
                ),
                ("failing_cause", models.CharField(blank=True, max_length=60)),
                ("last_delivered_at", models.DateTimeField(blank=True, null=True)),
                ("last_replied_at", models.DateTimeField(blank=True, null=True)),
                ("disputed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "signs_in_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("office", "the first number, written down by the school office"),
                            ("code", "a code that they answered, signed in already"),
                            ("second", "a second member of staff"),
                        ],
                        db_default="",
                        default="",
                        max_length=6,
                        verbose_name="signs in",
                    ),
                ),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_points",
                        to="guardians.adult",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_points",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["priority", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ContactPointEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "phone"),
                            ("email", "e-mail"),
                            ("wechat", "WeChat"),
                            ("wecom", "WeCom"),
                            ("push", "this phone's screen"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, max_length=254, verbose_name="number or address"),
                ),
                (
                    "as_written",
                    models.CharField(blank=True, max_length=254, verbose_name="as written"),
                ),
                ("problem", models.CharField(blank=True, max_length=40)),
                (
                    "linked_from",
                    models.CharField(blank=True, db_default="", default="", max_length=254),
                ),
                ("priority", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                (
                    "verified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="verified"),
                ),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="failing since"),
                ),
                ("failing_cause", models.CharField(blank=True, max_length=60)),
                ("last_delivered_at", models.DateTimeField(blank=True, null=True)),
                ("last_replied_at", models.DateTimeField(blank=True, null=True)),
                ("disputed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "signs_in_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("office", "the first number, written down by the school office"),
                            ("code", "a code that they answered, signed in already"),
                            ("second", "a second member of staff"),
                        ],
                        db_default="",
                        default="",
                        max_length=6,
                        verbose_name="signs in",
                    ),
                ),
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
                        to="guardians.contactpoint",
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
            name="DetailsCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year_starts_on", models.DateField()),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("changes", models.JSONField(blank=True, default=list)),
                ("asks_teacher", models.CharField(blank=True, max_length=300)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="details_checks",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-year_starts_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="DifferentAdults",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("decided_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="guardians.adult",
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
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EntrustedCare",
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
                        choices=[("in_force", "in force"), ("unsuitable", "not suitable")],
                        default="in_force",
                        max_length=12,
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "child_asked_on",
                    models.DateField(blank=True, null=True, verbose_name="child asked on"),
                ),
                (
                    "child_asked_by",
                    models.CharField(blank=True, max_length=60, verbose_name="asked by"),
                ),
                (
                    "child_words",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="what the child says"
                    ),
                ),
                (
                    "disqualifiers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("checked_on", models.DateField(verbose_name="checked on")),
                (
                    "weekly_contact",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="when they talk each week"
                    ),
                ),
                (
                    "school_told_on",
                    models.DateField(blank=True, null=True, verbose_name="school told on"),
                ),
                (
                    "village_told_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="village committee told on"
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "settled_words",
                    models.CharField(blank=True, max_length=300, verbose_name="what was done"),
                ),
                (
                    "carer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entrusted_to",
                        to="guardians.adult",
                    ),
                ),
                ("parents", models.ManyToManyField(related_name="+", to="guardians.adult")),
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
                        db_index=False,
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entrusted_care",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="EntrustedCareEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("in_force", "in force"), ("unsuitable", "not suitable")],
                        default="in_force",
                        max_length=12,
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "child_asked_on",
                    models.DateField(blank=True, null=True, verbose_name="child asked on"),
                ),
                (
                    "child_asked_by",
                    models.CharField(blank=True, max_length=60, verbose_name="asked by"),
                ),
                (
                    "child_words",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="what the child says"
                    ),
                ),
                (
                    "disqualifiers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("checked_on", models.DateField(verbose_name="checked on")),
                (
                    "weekly_contact",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="when they talk each week"
                    ),
                ),
                (
                    "school_told_on",
                    models.DateField(blank=True, null=True, verbose_name="school told on"),
                ),
                (
                    "village_told_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="village committee told on"
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "settled_words",
                    models.CharField(blank=True, max_length=300, verbose_name="what was done"),
                ),
                (
                    "carer",
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
                        to="guardians.entrustedcare",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
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
                    "settled_by",
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
            name="GuardianChange",
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
                            ("carer", "Somebody else cares for the child now"),
                            ("separated", "The parents have separated"),
                            ("custody", "A new custody decision"),
                        ],
                        max_length=10,
                        verbose_name="what happened",
                    ),
                ),
                ("changed_on", models.DateField(verbose_name="from which day")),
                ("decided_by", models.CharField(max_length=120, verbose_name="who decided")),
                (
                    "document",
                    models.CharField(blank=True, max_length=120, verbose_name="document seen"),
                ),
                ("key", models.UUIDField(unique=True)),
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
                        related_name="guardian_changes",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Guardianship",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("father", "father"),
                            ("mother", "mother"),
                            ("paternal_grandfather", "grandfather (father's father)"),
                            ("paternal_grandmother", "grandmother (father's mother)"),
                            ("maternal_grandfather", "grandfather (mother's father)"),
                            ("maternal_grandmother", "grandmother (mother's mother)"),
                            ("relative", "relative"),
                            ("sibling", "brother or sister"),
                            ("other", "other"),
                        ],
                        max_length=24,
                        verbose_name="relation",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("parent", "parent"),
                            ("guardian", "guardian by law"),
                            ("carer", "carer at home"),
                            ("contact", "emergency contact"),
                        ],
                        max_length=10,
                        verbose_name="as",
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                (
                    "has_capacity",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="able to act as guardian"
                    ),
                ),
                (
                    "may_see_file",
                    models.BooleanField(default=True, verbose_name="may see how the child is"),
                ),
                (
                    "may_decide",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="may decide for the child"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="why it ended"),
                ),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guardianships",
                        to="guardians.adult",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardianships",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guardianships",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["priority", "pk"],
            },
        ),
        migrations.CreateModel(
            name="GuardianshipEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("father", "father"),
                            ("mother", "mother"),
                            ("paternal_grandfather", "grandfather (father's father)"),
                            ("paternal_grandmother", "grandmother (father's mother)"),
                            ("maternal_grandfather", "grandfather (mother's father)"),
                            ("maternal_grandmother", "grandmother (mother's mother)"),
                            ("relative", "relative"),
                            ("sibling", "brother or sister"),
                            ("other", "other"),
                        ],
                        max_length=24,
                        verbose_name="relation",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("parent", "parent"),
                            ("guardian", "guardian by law"),
                            ("carer", "carer at home"),
                            ("contact", "emergency contact"),
                        ],
                        max_length=10,
                        verbose_name="as",
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                (
                    "has_capacity",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="able to act as guardian"
                    ),
                ),
                (
                    "may_see_file",
                    models.BooleanField(default=True, verbose_name="may see how the child is"),
                ),
                (
                    "may_decide",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="may decide for the child"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="why it ended"),
                ),
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
                        to="guardians.guardianship",
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
            name="LeftAlone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "words",
                    models.CharField(max_length=300, verbose_name="what is known, and from whom"),
                ),
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
                        related_name="left_alone",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="LeftAloneEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "words",
                    models.CharField(max_length=300, verbose_name="what is known, and from whom"),
                ),
                ("recorded_at", models.DateTimeField()),
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
                        to="guardians.leftalone",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
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
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("moved", models.JSONField()),
                ("merged_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closings",
                        to="guardians.adult",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="guardians.adult",
                    ),
                ),
                (
                    "merged_by",
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
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-merged_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Migration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_away", models.BooleanField(verbose_name="away from home")),
                ("place", models.CharField(blank=True, max_length=80, verbose_name="place")),
                ("work", models.CharField(blank=True, max_length=80, verbose_name="work")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="migrations",
                        to="guardians.adult",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="migrations",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on"],
            },
        ),
        migrations.CreateModel(
            name="MigrationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("is_away", models.BooleanField(verbose_name="away from home")),
                ("place", models.CharField(blank=True, max_length=80, verbose_name="place")),
                ("work", models.CharField(blank=True, max_length=80, verbose_name="work")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
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
                        to="guardians.migration",
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
            name="NumberChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[("written", "Written"), ("removed", "Removed")], max_length=8
                    ),
                ),
                ("ways", models.JSONField()),
                ("changed_at", models.DateTimeField(db_index=True)),
                (
                    "adult",
                    models.ForeignKey(
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
            ],
        ),
        migrations.CreateModel(
            name="SentHome",
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
                        choices=[("letter", "letter"), ("gift", "gift"), ("money", "money")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("arrived_on", models.DateField(verbose_name="day")),
                ("words", models.CharField(blank=True, max_length=200, verbose_name="what it was")),
                ("source_key", models.CharField(max_length=60, unique=True)),
                (
                    "reported_by",
                    models.CharField(
                        choices=[
                            ("parent", "the parent said so"),
                            ("carer", "the carer said so"),
                            ("child", "the child said so"),
                            ("staff", "the school saw it"),
                        ],
                        max_length=8,
                        verbose_name="who says so",
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent_home",
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
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sent_home",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-arrived_on", "-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="adult",
            index=models.Index(
                fields=["school", "name_pinyin"], name="guardians_a_school__00c92f_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="adult",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", False)),
                fields=("school", "user"),
                name="one_adult_per_account_and_school",
            ),
        ),
        migrations.AddConstraint(
            model_name="adult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("blocked_at__isnull", True),
                    models.Q(
                        models.Q(("blocked_reason", ""), _negated=True),
                        ("blocked_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="blocking_has_reason_and_name",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adult",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "guardians_adultevent" ("blocked_at", "blocked_by_id", "blocked_decided_on", "blocked_decision", "blocked_ground", "blocked_reason", "condition", "created_at", "held_by_report", "id", "language", "legal_basis", "literacy", "merged_into_id", "name", "name_pinyin", "opted_out_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefers_audio", "quiet_from", "quiet_until", "reported_by_id", "school_id", "shift", "shift_since", "shift_turn_days", "time_zone", "user_id") VALUES (NEW."blocked_at", NEW."blocked_by_id", NEW."blocked_decided_on", NEW."blocked_decision", NEW."blocked_ground", NEW."blocked_reason", NEW."condition", NEW."created_at", NEW."held_by_report", NEW."id", NEW."language", NEW."legal_basis", NEW."literacy", NEW."merged_into_id", NEW."name", NEW."name_pinyin", NEW."opted_out_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prefers_audio", NEW."quiet_from", NEW."quiet_until", NEW."reported_by_id", NEW."school_id", NEW."shift", NEW."shift_since", NEW."shift_turn_days", NEW."time_zone", NEW."user_id"); RETURN NULL;',
                    hash="4bcf45e2f99a1f17e17086c37b4a98a0006ee8bd",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a6c5f",
                    table="guardians_adult",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adult",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "guardians_adultevent" ("blocked_at", "blocked_by_id", "blocked_decided_on", "blocked_decision", "blocked_ground", "blocked_reason", "condition", "created_at", "held_by_report", "id", "language", "legal_basis", "literacy", "merged_into_id", "name", "name_pinyin", "opted_out_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefers_audio", "quiet_from", "quiet_until", "reported_by_id", "school_id", "shift", "shift_since", "shift_turn_days", "time_zone", "user_id") VALUES (NEW."blocked_at", NEW."blocked_by_id", NEW."blocked_decided_on", NEW."blocked_decision", NEW."blocked_ground", NEW."blocked_reason", NEW."condition", NEW."created_at", NEW."held_by_report", NEW."id", NEW."language", NEW."legal_basis", NEW."literacy", NEW."merged_into_id", NEW."name", NEW."name_pinyin", NEW."opted_out_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prefers_audio", NEW."quiet_from", NEW."quiet_until", NEW."reported_by_id", NEW."school_id", NEW."shift", NEW."shift_since", NEW."shift_turn_days", NEW."time_zone", NEW."user_id"); RETURN NULL;',
                    hash="85083457980536890580f780442e59dfb49c5ac0",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_efbe7",
                    table="guardians_adult",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adultevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1b2bf3a011e256b0cea0e8a7d5df8f14377972d3",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ba532",
                    table="guardians_adultevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="caregap",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("student",), name="one_open_gap"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                models.F("student"),
                models.OrderBy(models.F("happened_on"), descending=True),
                condition=models.Q(("retracted_at", None)),
                name="contact_clock",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["school", "happened_on"], name="guardians_c_school__d47616_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="contactdenial",
            index=models.Index(fields=["student", "-said_on"], name="denials_of_child"),
        ),
        migrations.AddIndex(
            model_name="contactdenial",
            index=models.Index(
                condition=models.Q(("settled_at", None)),
                fields=["school", "said_on"],
                name="open_denials",
            ),
        ),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(fields=["school", "address"], name="guardians_c_school__1fd61a_idx"),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("address", ""), _negated=True),
                fields=("adult", "kind", "address"),
                name="one_contact_point_per_address",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "guardians_contactpointevent" ("address", "adult_id", "as_written", "disputed_at", "failing_cause", "failing_since", "id", "kind", "last_delivered_at", "last_replied_at", "linked_from", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "problem", "school_id", "signs_in_by", "verified_at") VALUES (NEW."address", NEW."adult_id", NEW."as_written", NEW."disputed_at", NEW."failing_cause", NEW."failing_since", NEW."id", NEW."kind", NEW."last_delivered_at", NEW."last_replied_at", NEW."linked_from", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."priority", NEW."problem", NEW."school_id", NEW."signs_in_by", NEW."verified_at"); RETURN NULL;',
                    hash="71c6a5fd039cb48e3cf05c272c56873ad013b62c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_48dfe",
                    table="guardians_contactpoint",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "guardians_contactpointevent" ("address", "adult_id", "as_written", "disputed_at", "failing_cause", "failing_since", "id", "kind", "last_delivered_at", "last_replied_at", "linked_from", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "problem", "school_id", "signs_in_by", "verified_at") VALUES (NEW."address", NEW."adult_id", NEW."as_written", NEW."disputed_at", NEW."failing_cause", NEW."failing_since", NEW."id", NEW."kind", NEW."last_delivered_at", NEW."last_replied_at", NEW."linked_from", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."priority", NEW."problem", NEW."school_id", NEW."signs_in_by", NEW."verified_at"); RETURN NULL;',
                    hash="96edacba14eb657ee109d4abcea49f7e93aecf70",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d288e",
                    table="guardians_contactpoint",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpointevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d34e6bbb4c19c7645f1e9db8095ca48a2992696a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e825c",
                    table="guardians_contactpointevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="detailscheck",
            index=models.Index(
                condition=models.Q(
                    models.Q(("asks_teacher", ""), _negated=True), ("settled_at", None)
                ),
                fields=["school"],
                name="details_for_teacher",
            ),
        ),
        migrations.AddConstraint(
            model_name="detailscheck",
            constraint=models.UniqueConstraint(
                fields=("adult", "year_starts_on"), name="asked_once_a_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="differentadults",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="told_apart_once"),
        ),
        migrations.AddConstraint(
            model_name="differentadults",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="lower_key_first"
            ),
        ),
        migrations.AddIndex(
            model_name="entrustedcare",
            index=models.Index(
                condition=models.Q(("settled_at", None), ("state", "unsuitable")),
                fields=["school"],
                name="unsuitable_carers",
            ),
        ),
        migrations.AddConstraint(
            model_name="entrustedcare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="entrusted_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="entrustedcare",
            constraint=models.CheckConstraint(
                condition=models.Q(("disqualifiers", []), ("state", "unsuitable"), _connector="OR"),
                name="disqualified_is_unsuitable",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entrustedcare",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "guardians_entrustedcareevent" ("carer_id", "checked_on", "child_asked_by", "child_asked_on", "child_words", "disqualifiers", "ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "school_id", "school_told_on", "settled_at", "settled_by_id", "settled_words", "starts_on", "state", "student_id", "village_told_on", "weekly_contact") VALUES (NEW."carer_id", NEW."checked_on", NEW."child_asked_by", NEW."child_asked_on", NEW."child_words", NEW."disqualifiers", NEW."ends_on", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."school_id", NEW."school_told_on", NEW."settled_at", NEW."settled_by_id", NEW."settled_words", NEW."starts_on", NEW."state", NEW."student_id", NEW."village_told_on", NEW."weekly_contact"); RETURN NULL;',
                    hash="6636437980ed2232bc5a4fef42f7f03979cd4345",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f3323",
                    table="guardians_entrustedcare",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entrustedcare",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "guardians_entrustedcareevent" ("carer_id", "checked_on", "child_asked_by", "child_asked_on", "child_words", "disqualifiers", "ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "school_id", "school_told_on", "settled_at", "settled_by_id", "settled_words", "starts_on", "state", "student_id", "village_told_on", "weekly_contact") VALUES (NEW."carer_id", NEW."checked_on", NEW."child_asked_by", NEW."child_asked_on", NEW."child_words", NEW."disqualifiers", NEW."ends_on", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."school_id", NEW."school_told_on", NEW."settled_at", NEW."settled_by_id", NEW."settled_words", NEW."starts_on", NEW."state", NEW."student_id", NEW."village_told_on", NEW."weekly_contact"); RETURN NULL;',
                    hash="8a35e22fb9ff6bc910b8dfa780920a3afa9b8477",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_13c41",
                    table="guardians_entrustedcare",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entrustedcareevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8aadf1ed26a7ba7958497e66d41ae5a69a2aafc3",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2f835",
                    table="guardians_entrustedcareevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="guardianship",
            index=models.Index(
                fields=["adult", "starts_on"], name="guardians_g_adult_i_353717_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="guardianship_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("student", "="),
                    ("adult", "="),
                    ("kind", "="),
                    (schools.models.DateSpan(), "&&"),
                ],
                name="one_guardianship_of_a_kind_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guardianship",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "guardians_guardianshipevent" ("adult_id", "end_reason", "ends_on", "has_capacity", "id", "kind", "may_decide", "may_see_file", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "relation", "school_id", "starts_on", "student_id") VALUES (NEW."adult_id", NEW."end_reason", NEW."ends_on", NEW."has_capacity", NEW."id", NEW."kind", NEW."may_decide", NEW."may_see_file", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."priority", NEW."relation", NEW."school_id", NEW."starts_on", NEW."student_id"); RETURN NULL;',
                    hash="ebcacab5d67207d655ff6c1b600eee9b2e62bcba",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_63798",
                    table="guardians_guardianship",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guardianship",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "guardians_guardianshipevent" ("adult_id", "end_reason", "ends_on", "has_capacity", "id", "kind", "may_decide", "may_see_file", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "relation", "school_id", "starts_on", "student_id") VALUES (NEW."adult_id", NEW."end_reason", NEW."ends_on", NEW."has_capacity", NEW."id", NEW."kind", NEW."may_decide", NEW."may_see_file", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."priority", NEW."relation", NEW."school_id", NEW."starts_on", NEW."student_id"); RETURN NULL;',
                    hash="8567de158a8f45a2565f3152fc29c59a9554ca7e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2f986",
                    table="guardians_guardianship",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guardianshipevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d6983bfdb9475329956a305c35187d59681c6149",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_681ea",
                    table="guardians_guardianshipevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="leftalone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="left_alone_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="leftalone",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_on", None)),
                fields=("student",),
                name="alone_once_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="leftalone",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "guardians_leftaloneevent" ("ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "school_id", "starts_on", "student_id", "words") VALUES (NEW."ends_on", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."school_id", NEW."starts_on", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="bb32937c250d16ef12ba84dc45ed6c0edad8ea95",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_0951f",
                    table="guardians_leftalone",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="leftalone",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "guardians_leftaloneevent" ("ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "school_id", "starts_on", "student_id", "words") VALUES (NEW."ends_on", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."school_id", NEW."starts_on", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="4a9ce1bd0dcffc11539725f96869aa4e383c53bc",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_66478",
                    table="guardians_leftalone",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="leftaloneevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7e42daaf0d3e328d93e9fc86df9c6c38ff222d75",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9d8d3",
                    table="guardians_leftaloneevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("closed",),
                name="closed_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="migration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="migration_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="migration",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("adult", "="), (schools.models.DateSpan(), "&&")],
                name="one_place_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="migration",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "guardians_migrationevent" ("adult_id", "ends_on", "id", "is_away", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "school_id", "starts_on", "work") VALUES (NEW."adult_id", NEW."ends_on", NEW."id", NEW."is_away", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."school_id", NEW."starts_on", NEW."work"); RETURN NULL;',
                    hash="133dd55ab2f6bc7b17fe3fafb9a304281b28530e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_63d78",
                    table="guardians_migration",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="migration",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "guardians_migrationevent" ("adult_id", "ends_on", "id", "is_away", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "school_id", "starts_on", "work") VALUES (NEW."adult_id", NEW."ends_on", NEW."id", NEW."is_away", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."school_id", NEW."starts_on", NEW."work"); RETURN NULL;',
                    hash="cda16df69a9cd2f0321551b13950b5b9bb31caf5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bb142",
                    table="guardians_migration",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="migrationevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ac3165b1b98f8b61d0c63287a007b6e6fad9b909",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_09401",
                    table="guardians_migrationevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
