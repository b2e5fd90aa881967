import datetime
import uuid

import django.contrib.postgres.constraints
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations, models

import schools.hotlines
import schools.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.CreateModel(
            name="County",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
            ],
            options={
                "verbose_name": "county",
                "verbose_name_plural": "counties",
            },
        ),
        migrations.CreateModel(
            name="Grade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="grade")),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="PasswordReset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("needs_county", models.BooleanField()),
                ("asked_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("salt", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "agreed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="password_resets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="School",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="school code")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="duty phone")),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai", max_length=40, verbose_name="time zone"
                    ),
                ),
                ("is_demo", models.BooleanField(default=False, verbose_name="for trying out")),
                (
                    "check_in_every_days",
                    models.PositiveSmallIntegerField(
                        default=7, verbose_name="days between two questions to a parent"
                    ),
                ),
                (
                    "hotlines",
                    models.JSONField(
                        default=schools.hotlines.default_hotlines,
                        verbose_name="numbers for urgent help",
                    ),
                ),
                ("sending_stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "duty_day_from",
                    models.TimeField(default=datetime.time(7, 0), verbose_name="day begins"),
                ),
                (
                    "duty_night_from",
                    models.TimeField(default=datetime.time(19, 0), verbose_name="night begins"),
                ),
                (
                    "county",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schools",
                        to="schools.county",
                    ),
                ),
            ],
            options={
                "verbose_name": "school",
                "verbose_name_plural": "schools",
                "ordering": ["county_id", "code"],
            },
        ),
        migrations.CreateModel(
            name="PostOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("class_teacher", "Class teacher"),
                            ("counsellor", "Counsellor"),
                            ("principal", "Principal"),
                            ("school_admin", "School administrator"),
                            ("village_worker", "Village child-welfare worker"),
                            ("county_officer", "County officer"),
                            ("county_admin", "County administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("village", models.CharField(blank=True, max_length=60, verbose_name="village")),
                ("is_duty", models.BooleanField(default=False)),
                ("starts_on", models.DateField(verbose_name="from")),
                ("username", models.CharField(max_length=150)),
                ("name", models.CharField(max_length=60)),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("asked_at", models.DateTimeField()),
                ("needs_owner", models.BooleanField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("needs_second", models.BooleanField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("salt", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("given", "Given"),
                            ("declined", "Declined"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "agreed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="post_offers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="schools.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("class_teacher", "Class teacher"),
                            ("counsellor", "Counsellor"),
                            ("principal", "Principal"),
                            ("school_admin", "School administrator"),
                            ("village_worker", "Village child-welfare worker"),
                            ("county_officer", "County officer"),
                            ("county_admin", "County administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("village", models.CharField(blank=True, max_length=60, verbose_name="village")),
                (
                    "is_duty",
                    models.BooleanField(
                        default=False,
                        verbose_name="first to be notified when a child needs an adult",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "county",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="schools.county",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "verbose_name": "post",
                "verbose_name_plural": "posts",
            },
        ),
        migrations.CreateModel(
            name="PasswordResetEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("needs_county", models.BooleanField()),
                ("asked_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "agreed_by",
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
                        to="schools.passwordreset",
                    ),
                ),
                (
                    "user",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="passwordreset",
            name="school",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
            ),
        ),
        migrations.CreateModel(
            name="DutyTurn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("whole", "day and night"),
                            ("day", "by day"),
                            ("night", "by night"),
                        ],
                        max_length=5,
                        verbose_name="when",
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("put_at", models.DateTimeField()),
                ("off_at", models.DateTimeField(null=True)),
                (
                    "off_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "put_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duty",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duty",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "verbose_name": "turn of duty",
                "verbose_name_plural": "turns of duty",
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[("holiday", "Holiday"), ("school_day", "School day (made up)")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="name")),
                ("is_seeded", models.BooleanField(default=False, editable=False)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_days",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["on"],
            },
        ),
        migrations.CreateModel(
            name="SchoolClass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="class")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "door_code",
                    models.CharField(
                        max_length=8, unique=True, verbose_name="code for the pupils' door"
                    ),
                ),
                (
                    "grade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="classes",
                        to="schools.grade",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="classes",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "verbose_name": "class",
                "verbose_name_plural": "classes",
                "ordering": ["grade__number", "number"],
            },
        ),
        migrations.CreateModel(
            name="PostOfferEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("class_teacher", "Class teacher"),
                            ("counsellor", "Counsellor"),
                            ("principal", "Principal"),
                            ("school_admin", "School administrator"),
                            ("village_worker", "Village child-welfare worker"),
                            ("county_officer", "County officer"),
                            ("county_admin", "County administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("village", models.CharField(blank=True, max_length=60, verbose_name="village")),
                ("is_duty", models.BooleanField(default=False)),
                ("starts_on", models.DateField(verbose_name="from")),
                ("username", models.CharField(max_length=150)),
                ("name", models.CharField(max_length=60)),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("asked_at", models.DateTimeField()),
                ("needs_owner", models.BooleanField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("needs_second", models.BooleanField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("given", "Given"),
                            ("declined", "Declined"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "agreed_by",
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
                        to="schools.postoffer",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="postoffer",
            name="school_class",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="schools.schoolclass",
            ),
        ),
        migrations.CreateModel(
            name="PostEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("class_teacher", "Class teacher"),
                            ("counsellor", "Counsellor"),
                            ("principal", "Principal"),
                            ("school_admin", "School administrator"),
                            ("village_worker", "Village child-welfare worker"),
                            ("county_officer", "County officer"),
                            ("county_admin", "County administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("village", models.CharField(blank=True, max_length=60, verbose_name="village")),
                (
                    "is_duty",
                    models.BooleanField(
                        default=False,
                        verbose_name="first to be notified when a child needs an adult",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "county",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="schools.county",
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
                        to="schools.post",
                    ),
                ),
                (
                    "user",
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
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "school_class",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
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
        migrations.AddField(
            model_name="post",
            name="school_class",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="posts",
                to="schools.schoolclass",
            ),
        ),
        migrations.CreateModel(
            name="SchoolEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("code", models.CharField(max_length=20, verbose_name="school code")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="duty phone")),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai", max_length=40, verbose_name="time zone"
                    ),
                ),
                ("is_demo", models.BooleanField(default=False, verbose_name="for trying out")),
                (
                    "check_in_every_days",
                    models.PositiveSmallIntegerField(
                        default=7, verbose_name="days between two questions to a parent"
                    ),
                ),
                (
                    "hotlines",
                    models.JSONField(
                        default=schools.hotlines.default_hotlines,
                        verbose_name="numbers for urgent help",
                    ),
                ),
                ("sending_stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "duty_day_from",
                    models.TimeField(default=datetime.time(7, 0), verbose_name="day begins"),
                ),
                (
                    "duty_night_from",
                    models.TimeField(default=datetime.time(19, 0), verbose_name="night begins"),
                ),
                (
                    "county",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="schools.county",
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
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SchoolYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="years",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on"],
            },
        ),
        migrations.AddField(
            model_name="grade",
            name="year",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="grades",
                to="schools.schoolyear",
            ),
        ),
        migrations.CreateModel(
            name="StaffHours",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quiet_from", models.TimeField(verbose_name="quiet from")),
                ("quiet_until", models.TimeField(verbose_name="quiet until")),
                (
                    "wants_pings",
                    models.BooleanField(
                        default=True, verbose_name="tell me by SMS or e-mail when a family writes"
                    ),
                ),
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
        ),
        migrations.CreateModel(
            name="StaffHoursEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("quiet_from", models.TimeField(verbose_name="quiet from")),
                ("quiet_until", models.TimeField(verbose_name="quiet until")),
                (
                    "wants_pings",
                    models.BooleanField(
                        default=True, verbose_name="tell me by SMS or e-mail when a family writes"
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
                        to="schools.staffhours",
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
            name="Term",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "season",
                    models.CharField(
                        choices=[("autumn", "Autumn term"), ("spring", "Spring term")],
                        max_length=10,
                        verbose_name="term",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="schools.schoolyear",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_on"],
            },
        ),
        migrations.CreateModel(
            name="TimetablePeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20, verbose_name="name")),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="until")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="periods",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["starts"],
            },
        ),
        migrations.CreateModel(
            name="PutOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("work_key", models.CharField(max_length=120)),
                ("until_on", models.DateField(verbose_name="until")),
                ("at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="put_off",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "work_key"), name="one_put_off_per_row")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="school",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("check_in_every_days__gte", 1), ("check_in_every_days__lte", 31)
                ),
                name="school_check_in_rhythm",
            ),
        ),
        migrations.AddConstraint(
            model_name="school",
            constraint=models.CheckConstraint(
                condition=models.Q(("duty_night_from__gt", models.F("duty_day_from"))),
                name="school_duty_night_after_day",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="school",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schools_schoolevent" ("check_in_every_days", "code", "county_id", "duty_day_from", "duty_night_from", "hotlines", "id", "is_demo", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "sending_stopped_at", "time_zone") VALUES (NEW."check_in_every_days", NEW."code", NEW."county_id", NEW."duty_day_from", NEW."duty_night_from", NEW."hotlines", NEW."id", NEW."is_demo", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."sending_stopped_at", NEW."time_zone"); RETURN NULL;',
                    hash="a99ea8f423c9abcebaf11309d2c9db6a3333ec5a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_65445",
                    table="schools_school",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="school",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "schools_schoolevent" ("check_in_every_days", "code", "county_id", "duty_day_from", "duty_night_from", "hotlines", "id", "is_demo", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "sending_stopped_at", "time_zone") VALUES (NEW."check_in_every_days", NEW."code", NEW."county_id", NEW."duty_day_from", NEW."duty_night_from", NEW."hotlines", NEW."id", NEW."is_demo", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."sending_stopped_at", NEW."time_zone"); RETURN NULL;',
                    hash="75fdec575758b48e6bdac304258d56013c1d21ba",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_792e7",
                    table="schools_school",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="passwordresetevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4ddac32d6b58abbac06e994e012871643f062137",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5070d",
                    table="schools_passwordresetevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordreset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("user",), name="one_open_reset"
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordreset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asked_by", models.F("user")), _negated=True),
                    models.Q(
                        ("agreed_by", None),
                        models.Q(
                            models.Q(("agreed_by", models.F("user")), _negated=True),
                            models.Q(("agreed_by", models.F("asked_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                ),
                name="reset_by_others",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="passwordreset",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schools_passwordresetevent" ("agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "id", "needs_county", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "user_id", "wrong_tries") VALUES (NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."id", NEW."needs_county", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."user_id", NEW."wrong_tries"); RETURN NULL;',
                    hash="e5c67719732983e49b078e7e21fb5f496a884b80",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4f672",
                    table="schools_passwordreset",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="passwordreset",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."agreed_at" IS DISTINCT FROM (NEW."agreed_at") OR OLD."agreed_by_id" IS DISTINCT FROM (NEW."agreed_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."needs_county" IS DISTINCT FROM (NEW."needs_county") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."wrong_tries" IS DISTINCT FROM (NEW."wrong_tries"))',
                    func='INSERT INTO "schools_passwordresetevent" ("agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "id", "needs_county", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "user_id", "wrong_tries") VALUES (NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."id", NEW."needs_county", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."user_id", NEW."wrong_tries"); RETURN NULL;',
                    hash="e68a3062a53f2ad905d8cfdba115d1e8b977a077",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_50596",
                    table="schools_passwordreset",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="dutyturn",
            index=models.Index(fields=["school", "on"], name="duty_by_day"),
        ),
        migrations.AddIndex(
            model_name="dutyturn",
            index=models.Index(fields=["user", "ends_at"], name="duty_of_one"),
        ),
        migrations.AddConstraint(
            model_name="dutyturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="duty_ends_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("off_at", None), ("off_by", None)),
                    models.Q(("off_at__isnull", False), ("off_by__isnull", False)),
                    _connector="OR",
                ),
                name="duty_off_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("off_at", None)),
                fields=("school", "user", "on", "part"),
                name="one_turn_of_duty_a_part",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dutyturn",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="21c2454d7c6613eb5be9edb5ac8bd96acca73577",
                    operation="DELETE",
                    pgid="pgtrigger_kept_e3824",
                    table="schools_dutyturn",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dutyturn",
            trigger=pgtrigger.compiler.Trigger(
                name="as_written",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."on" IS DISTINCT FROM (NEW."on") OR OLD."part" IS DISTINCT FROM (NEW."part") OR OLD."starts_at" IS DISTINCT FROM (NEW."starts_at") OR OLD."ends_at" IS DISTINCT FROM (NEW."ends_at") OR OLD."put_by_id" IS DISTINCT FROM (NEW."put_by_id") OR OLD."put_at" IS DISTINCT FROM (NEW."put_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="807e60c03ec908959dee013c5ce6de7926064104",
                    operation="UPDATE",
                    pgid="pgtrigger_as_written_619e9",
                    table="schools_dutyturn",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dutyturn",
            trigger=pgtrigger.compiler.Trigger(
                name="off_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."off_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="7d8cdea41963311d5ace706e9c4e8daa83fa19e6",
                    operation="UPDATE",
                    pgid="pgtrigger_off_once_29f6e",
                    table="schools_dutyturn",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="calendarday",
            constraint=models.UniqueConstraint(
                fields=("school", "on"), name="one_word_per_calendar_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="schoolclass",
            constraint=models.UniqueConstraint(
                fields=("grade", "number"), name="one_class_per_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postofferevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="72200427df7e07eff8ec96f8aa81aae351499208",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_27240",
                    table="schools_postofferevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="postoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("school", "username", "role"),
                name="one_open_offer",
            ),
        ),
        migrations.AddConstraint(
            model_name="postoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("outcome", "")),
                    models.Q(
                        ("closed_at__isnull", False), models.Q(("outcome", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="offer_closed_with_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="postoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "given"), _negated=True),
                    models.Q(
                        models.Q(
                            ("needs_owner", False), ("accepted_at__isnull", False), _connector="OR"
                        ),
                        models.Q(
                            ("needs_second", False), ("agreed_by__isnull", False), _connector="OR"
                        ),
                    ),
                    _connector="OR",
                ),
                name="offer_given_with_every_word",
            ),
        ),
        migrations.AddConstraint(
            model_name="postoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreed_by", None),
                    models.Q(("agreed_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="offer_agreed_by_another",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schools_postofferevent" ("accepted_at", "agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "id", "is_duty", "name", "needs_owner", "needs_second", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "school_class_id", "school_id", "starts_on", "user_id", "username", "village", "wrong_tries") VALUES (NEW."accepted_at", NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."id", NEW."is_duty", NEW."name", NEW."needs_owner", NEW."needs_second", NEW."outcome", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."role", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."user_id", NEW."username", NEW."village", NEW."wrong_tries"); RETURN NULL;',
                    hash="9039ad6963f0305756057ab842daa2fc29f01de4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_46c64",
                    table="schools_postoffer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."accepted_at" IS DISTINCT FROM (NEW."accepted_at") OR OLD."agreed_at" IS DISTINCT FROM (NEW."agreed_at") OR OLD."agreed_by_id" IS DISTINCT FROM (NEW."agreed_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_duty" IS DISTINCT FROM (NEW."is_duty") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."needs_owner" IS DISTINCT FROM (NEW."needs_owner") OR OLD."needs_second" IS DISTINCT FROM (NEW."needs_second") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."school_class_id" IS DISTINCT FROM (NEW."school_class_id") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."username" IS DISTINCT FROM (NEW."username") OR OLD."village" IS DISTINCT FROM (NEW."village") OR OLD."wrong_tries" IS DISTINCT FROM (NEW."wrong_tries"))',
                    func='INSERT INTO "schools_postofferevent" ("accepted_at", "agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "id", "is_duty", "name", "needs_owner", "needs_second", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "school_class_id", "school_id", "starts_on", "user_id", "username", "village", "wrong_tries") VALUES (NEW."accepted_at", NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."id", NEW."is_duty", NEW."name", NEW."needs_owner", NEW."needs_second", NEW."outcome", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."role", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."user_id", NEW."username", NEW."village", NEW."wrong_tries"); RETURN NULL;',
                    hash="26ea44f2f7435ffa4f9b664fd03ff3eab26bd293",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d9f41",
                    table="schools_postoffer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="943d5f960c1e8a302a9527a4a7e4dabd82cd67ad",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d6746",
                    table="schools_postevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["user", "starts_on"], name="schools_pos_user_id_121e95_idx"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["school", "role"], name="schools_pos_school__d5673f_idx"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="post_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("county__isnull", False),
                        ("role__in", ["county_officer", "county_admin"]),
                        ("school__isnull", True),
                    ),
                    models.Q(
                        models.Q(("role__in", ["county_officer", "county_admin"]), _negated=True),
                        ("county__isnull", True),
                        ("school__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="post_at_school_or_county",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", "class_teacher"), _negated=True),
                    ("school_class__isnull", False),
                    _connector="OR",
                ),
                name="class_teacher_has_class",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="post",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schools_postevent" ("county_id", "ends_on", "id", "is_duty", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "school_class_id", "school_id", "starts_on", "user_id", "village") VALUES (NEW."county_id", NEW."ends_on", NEW."id", NEW."is_duty", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."user_id", NEW."village"); RETURN NULL;',
                    hash="9b5f30cb6967be47789fc3e436e2380550a96627",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c9e4e",
                    table="schools_post",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="post",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "schools_postevent" ("county_id", "ends_on", "id", "is_duty", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "school_class_id", "school_id", "starts_on", "user_id", "village") VALUES (NEW."county_id", NEW."ends_on", NEW."id", NEW."is_duty", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."user_id", NEW."village"); RETURN NULL;',
                    hash="a3ab5f9ccaeca1116f30d3a3c41dbba8fd60ce8a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_1515a",
                    table="schools_post",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="schoolevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="18517fda950e40fef3bb5ccd6588e3a5c0103593",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_42402",
                    table="schools_schoolevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="schoolyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="school_year_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="schoolyear",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("school", "="), (schools.models.DateSpan(), "&&")],
                name="school_years_apart",
            ),
        ),
        migrations.AddConstraint(
            model_name="grade",
            constraint=models.UniqueConstraint(
                fields=("year", "number"), name="one_grade_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="grade",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1), ("number__lte", 12)), name="grade_1_to_12"
            ),
        ),
        migrations.AddConstraint(
            model_name="staffhours",
            constraint=models.UniqueConstraint(
                fields=("school", "user"), name="staff_hours_once", nulls_distinct=False
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffhours",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schools_staffhoursevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quiet_from", "quiet_until", "school_id", "user_id", "wants_pings") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."quiet_from", NEW."quiet_until", NEW."school_id", NEW."user_id", NEW."wants_pings"); RETURN NULL;',
                    hash="c02449b4411f09a1d4f8f6e1869417383ea6aac3",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d2000",
                    table="schools_staffhours",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffhours",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "schools_staffhoursevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quiet_from", "quiet_until", "school_id", "user_id", "wants_pings") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."quiet_from", NEW."quiet_until", NEW."school_id", NEW."user_id", NEW."wants_pings"); RETURN NULL;',
                    hash="9eb276b88ed863a35e3ebb6adbd38d02f0246733",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4ebf1",
                    table="schools_staffhours",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffhoursevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4c1bd4f5b839b10574ed765432374f0c47d4dba5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b22d3",
                    table="schools_staffhoursevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.UniqueConstraint(
                fields=("year", "season"), name="one_term_per_season"
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="term_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="timetableperiod",
            constraint=models.UniqueConstraint(
                fields=("school", "name"), name="one_period_per_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="timetableperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))), name="period_ends_later"
            ),
        ),
    ]
