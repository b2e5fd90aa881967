import django.contrib.postgres.constraints
import django.contrib.postgres.indexes
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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Barrier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("is_by_report", models.BooleanField(db_default=False, default=False)),
                ("held_by_report", models.BooleanField(db_default=False, default=False)),
                ("set_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
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
                    "reported_by",
                    models.ForeignKey(
                        db_index=False,
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
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="barriers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Enrolment",
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
                    "left_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("other_school", "goes to another school nearby"),
                            ("to_parents", "has joined the parents and goes to school there"),
                            ("finished", "has finished school"),
                            ("dropped_out", "has stopped coming: needs follow-up"),
                            ("ill", "too ill to come"),
                            ("other", "for another reason"),
                        ],
                        db_default="",
                        default="",
                        max_length=14,
                        verbose_name="left because",
                    ),
                ),
                (
                    "left_to",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=120,
                        verbose_name="where to",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="schools.school",
                    ),
                ),
                (
                    "school_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="schools.schoolclass",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on"],
            },
        ),
        migrations.CreateModel(
            name="Student",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("name_pinyin", models.CharField(editable=False, max_length=120)),
                ("name_initials", models.CharField(editable=False, max_length=12)),
                (
                    "sex",
                    models.CharField(
                        blank=True,
                        choices=[("f", "Girl"), ("m", "Boy")],
                        max_length=1,
                        verbose_name="sex",
                    ),
                ),
                ("born_on", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "id_number",
                    models.CharField(
                        blank=True, max_length=18, verbose_name="identity card number"
                    ),
                ),
                (
                    "student_number",
                    models.CharField(blank=True, max_length=20, verbose_name="student number"),
                ),
                (
                    "ethnicity",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=20,
                        verbose_name="ethnicity",
                    ),
                ),
                (
                    "is_boarding",
                    models.BooleanField(blank=True, null=True, verbose_name="boards at school"),
                ),
                (
                    "dormitory",
                    models.CharField(blank=True, max_length=40, verbose_name="dormitory"),
                ),
                ("boards_since", models.DateField(blank=True, null=True, verbose_name="so since")),
                (
                    "address",
                    models.CharField(blank=True, max_length=200, verbose_name="home address"),
                ),
                ("village", models.CharField(blank=True, max_length=60, verbose_name="village")),
                (
                    "lives_there_since",
                    models.DateField(blank=True, null=True, verbose_name="lives there since"),
                ),
                (
                    "journey_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("walks", "on foot"),
                            ("cycles", "by bicycle"),
                            ("school_bus", "by school bus"),
                            ("public_bus", "by public bus"),
                            ("brought", "brought by a family member"),
                            ("shared", "in a car shared with others"),
                        ],
                        db_default="",
                        default="",
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                (
                    "journey_minutes",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="minutes one way"
                    ),
                ),
                (
                    "journey_km",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        max_digits=4,
                        null=True,
                        verbose_name="kilometres one way",
                    ),
                ),
                (
                    "journey_with",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=60,
                        verbose_name="with whom",
                    ),
                ),
                (
                    "journey_dangers",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="what is dangerous on the way",
                    ),
                ),
                (
                    "journey",
                    models.CharField(blank=True, max_length=200, verbose_name="way to school"),
                ),
                (
                    "journey_since",
                    models.DateField(blank=True, null=True, verbose_name="travels this way since"),
                ),
                (
                    "illness",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="long illness",
                    ),
                ),
                (
                    "allergies",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="allergies",
                    ),
                ),
                (
                    "disability",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "none"),
                            ("sight", "sight"),
                            ("hearing", "hearing"),
                            ("speech", "speech"),
                            ("limbs", "limbs"),
                            ("intellect", "intellect"),
                            ("mind", "mind"),
                            ("several", "several"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="disability",
                    ),
                ),
                (
                    "disability_level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1", "first level (gravest)"),
                            ("2", "second level"),
                            ("3", "third level"),
                            ("4", "fourth level"),
                        ],
                        db_default="",
                        default="",
                        max_length=1,
                        verbose_name="level on the certificate",
                    ),
                ),
                (
                    "is_insured",
                    models.BooleanField(blank=True, null=True, verbose_name="has health insurance"),
                ),
                (
                    "is_vaccinated",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="vaccinations complete"
                    ),
                ),
                (
                    "checked_up_on",
                    models.DateField(blank=True, null=True, verbose_name="last check-up"),
                ),
                ("health", models.CharField(blank=True, max_length=300, verbose_name="health")),
                (
                    "is_registered",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="is on a household register"
                    ),
                ),
                (
                    "registered_at",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=120,
                        verbose_name="registered at",
                    ),
                ),
                (
                    "registration",
                    models.CharField(
                        blank=True,
                        choices=[("rural", "rural"), ("urban", "urban")],
                        db_default="",
                        default="",
                        max_length=5,
                        verbose_name="kind of registration",
                    ),
                ),
                (
                    "has_city_schooling",
                    models.BooleanField(
                        blank=True,
                        null=True,
                        verbose_name="has gone to school where a parent works",
                    ),
                ),
                (
                    "has_residence_permit",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="a parent has a residence permit there"
                    ),
                ),
                (
                    "city_schooling",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="school in the city",
                    ),
                ),
                (
                    "assistance",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=120,
                        verbose_name="state assistance",
                    ),
                ),
                ("strengths", models.CharField(blank=True, max_length=200, verbose_name="good at")),
                (
                    "wish_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("child_joins", "the child joins the parents in the city"),
                            ("parent_returns", "a parent comes back home"),
                            ("both_return", "both parents come back home"),
                            ("stays", "it stays as it is for now"),
                        ],
                        db_default="",
                        default="",
                        max_length=14,
                        verbose_name="what they wish",
                    ),
                ),
                (
                    "wish",
                    models.CharField(blank=True, max_length=300, verbose_name="the family's wish"),
                ),
                (
                    "wish_obstacle",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=300,
                        verbose_name="what stands in the way",
                    ),
                ),
                (
                    "wish_since",
                    models.DateField(blank=True, null=True, verbose_name="wished since"),
                ),
                ("picture_code", models.CharField(blank=True, editable=False, max_length=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("entry_key", models.UUIDField(editable=False, null=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="students",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "verbose_name": "child",
                "verbose_name_plural": "children",
            },
        ),
        migrations.CreateModel(
            name="EnrolmentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "left_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("other_school", "goes to another school nearby"),
                            ("to_parents", "has joined the parents and goes to school there"),
                            ("finished", "has finished school"),
                            ("dropped_out", "has stopped coming: needs follow-up"),
                            ("ill", "too ill to come"),
                            ("other", "for another reason"),
                        ],
                        db_default="",
                        default="",
                        max_length=14,
                        verbose_name="left because",
                    ),
                ),
                (
                    "left_to",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=120,
                        verbose_name="where to",
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
                        to="students.enrolment",
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
        migrations.AddField(
            model_name="enrolment",
            name="student",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="enrolments",
                to="students.student",
            ),
        ),
        migrations.CreateModel(
            name="BarrierEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("is_by_report", models.BooleanField(db_default=False, default=False)),
                ("held_by_report", models.BooleanField(db_default=False, default=False)),
                ("set_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
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
                        to="students.barrier",
                    ),
                ),
                (
                    "reported_by",
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
                    "set_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
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
        migrations.AddField(
            model_name="barrier",
            name="student",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="barriers",
                to="students.student",
            ),
        ),
        migrations.CreateModel(
            name="StudentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("name_pinyin", models.CharField(editable=False, max_length=120)),
                ("name_initials", models.CharField(editable=False, max_length=12)),
                (
                    "sex",
                    models.CharField(
                        blank=True,
                        choices=[("f", "Girl"), ("m", "Boy")],
                        max_length=1,
                        verbose_name="sex",
                    ),
                ),
                ("born_on", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "id_number",
                    models.CharField(
                        blank=True, max_length=18, verbose_name="identity card number"
                    ),
                ),
                (
                    "student_number",
                    models.CharField(blank=True, max_length=20, verbose_name="student number"),
                ),
                (
                    "ethnicity",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=20,
                        verbose_name="ethnicity",
                    ),
                ),
                (
                    "is_boarding",
                    models.BooleanField(blank=True, null=True, verbose_name="boards at school"),
                ),
                (
                    "dormitory",
                    models.CharField(blank=True, max_length=40, verbose_name="dormitory"),
                ),
                ("boards_since", models.DateField(blank=True, null=True, verbose_name="so since")),
                (
                    "address",
                    models.CharField(blank=True, max_length=200, verbose_name="home address"),
                ),
                ("village", models.CharField(blank=True, max_length=60, verbose_name="village")),
                (
                    "lives_there_since",
                    models.DateField(blank=True, null=True, verbose_name="lives there since"),
                ),
                (
                    "journey_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("walks", "on foot"),
                            ("cycles", "by bicycle"),
                            ("school_bus", "by school bus"),
                            ("public_bus", "by public bus"),
                            ("brought", "brought by a family member"),
                            ("shared", "in a car shared with others"),
                        ],
                        db_default="",
                        default="",
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                (
                    "journey_minutes",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="minutes one way"
                    ),
                ),
                (
                    "journey_km",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        max_digits=4,
                        null=True,
                        verbose_name="kilometres one way",
                    ),
                ),
                (
                    "journey_with",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=60,
                        verbose_name="with whom",
                    ),
                ),
                (
                    "journey_dangers",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="what is dangerous on the way",
                    ),
                ),
                (
                    "journey",
                    models.CharField(blank=True, max_length=200, verbose_name="way to school"),
                ),
                (
                    "journey_since",
                    models.DateField(blank=True, null=True, verbose_name="travels this way since"),
                ),
                (
                    "illness",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="long illness",
                    ),
                ),
                (
                    "allergies",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="allergies",
                    ),
                ),
                (
                    "disability",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "none"),
                            ("sight", "sight"),
                            ("hearing", "hearing"),
                            ("speech", "speech"),
                            ("limbs", "limbs"),
                            ("intellect", "intellect"),
                            ("mind", "mind"),
                            ("several", "several"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="disability",
                    ),
                ),
                (
                    "disability_level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1", "first level (gravest)"),
                            ("2", "second level"),
                            ("3", "third level"),
                            ("4", "fourth level"),
                        ],
                        db_default="",
                        default="",
                        max_length=1,
                        verbose_name="level on the certificate",
                    ),
                ),
                (
                    "is_insured",
                    models.BooleanField(blank=True, null=True, verbose_name="has health insurance"),
                ),
                (
                    "is_vaccinated",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="vaccinations complete"
                    ),
                ),
                (
                    "checked_up_on",
                    models.DateField(blank=True, null=True, verbose_name="last check-up"),
                ),
                ("health", models.CharField(blank=True, max_length=300, verbose_name="health")),
                (
                    "is_registered",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="is on a household register"
                    ),
                ),
                (
                    "registered_at",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=120,
                        verbose_name="registered at",
                    ),
                ),
                (
                    "registration",
                    models.CharField(
                        blank=True,
                        choices=[("rural", "rural"), ("urban", "urban")],
                        db_default="",
                        default="",
                        max_length=5,
                        verbose_name="kind of registration",
                    ),
                ),
                (
                    "has_city_schooling",
                    models.BooleanField(
                        blank=True,
                        null=True,
                        verbose_name="has gone to school where a parent works",
                    ),
                ),
                (
                    "has_residence_permit",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="a parent has a residence permit there"
                    ),
                ),
                (
                    "city_schooling",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=200,
                        verbose_name="school in the city",
                    ),
                ),
                (
                    "assistance",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=120,
                        verbose_name="state assistance",
                    ),
                ),
                ("strengths", models.CharField(blank=True, max_length=200, verbose_name="good at")),
                (
                    "wish_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("child_joins", "the child joins the parents in the city"),
                            ("parent_returns", "a parent comes back home"),
                            ("both_return", "both parents come back home"),
                            ("stays", "it stays as it is for now"),
                        ],
                        db_default="",
                        default="",
                        max_length=14,
                        verbose_name="what they wish",
                    ),
                ),
                (
                    "wish",
                    models.CharField(blank=True, max_length=300, verbose_name="the family's wish"),
                ),
                (
                    "wish_obstacle",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=300,
                        verbose_name="what stands in the way",
                    ),
                ),
                (
                    "wish_since",
                    models.DateField(blank=True, null=True, verbose_name="wished since"),
                ),
                ("picture_code", models.CharField(blank=True, editable=False, max_length=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("entry_key", models.UUIDField(editable=False, null=True)),
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
                        to="students.student",
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
            model_name="student",
            index=models.Index(
                fields=["school", "name_pinyin", "id"], name="students_st_school__23cae8_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name", "name_pinyin", "name_initials"],
                name="student_search",
                opclasses=["gin_trgm_ops", "gin_trgm_ops", "gin_trgm_ops"],
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.UniqueConstraint(
                condition=models.Q(("id_number", ""), _negated=True),
                fields=("school", "id_number"),
                name="one_file_per_id_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.UniqueConstraint(
                condition=models.Q(("student_number", ""), _negated=True),
                fields=("school", "student_number"),
                name="one_file_per_student_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entry_key__isnull", False)),
                fields=("entry_key",),
                name="one_file_per_entry_key",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "students_studentevent" ("address", "allergies", "assistance", "boards_since", "born_on", "checked_up_on", "city_schooling", "created_at", "disability", "disability_level", "dormitory", "entry_key", "ethnicity", "has_city_schooling", "has_residence_permit", "health", "id", "id_number", "illness", "is_boarding", "is_insured", "is_registered", "is_vaccinated", "journey", "journey_by", "journey_dangers", "journey_km", "journey_minutes", "journey_since", "journey_with", "lives_there_since", "name", "name_initials", "name_pinyin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture_code", "registered_at", "registration", "school_id", "sex", "strengths", "student_number", "village", "wish", "wish_kind", "wish_obstacle", "wish_since") VALUES (NEW."address", NEW."allergies", NEW."assistance", NEW."boards_since", NEW."born_on", NEW."checked_up_on", NEW."city_schooling", NEW."created_at", NEW."disability", NEW."disability_level", NEW."dormitory", NEW."entry_key", NEW."ethnicity", NEW."has_city_schooling", NEW."has_residence_permit", NEW."health", NEW."id", NEW."id_number", NEW."illness", NEW."is_boarding", NEW."is_insured", NEW."is_registered", NEW."is_vaccinated", NEW."journey", NEW."journey_by", NEW."journey_dangers", NEW."journey_km", NEW."journey_minutes", NEW."journey_since", NEW."journey_with", NEW."lives_there_since", NEW."name", NEW."name_initials", NEW."name_pinyin", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."picture_code", NEW."registered_at", NEW."registration", NEW."school_id", NEW."sex", NEW."strengths", NEW."student_number", NEW."village", NEW."wish", NEW."wish_kind", NEW."wish_obstacle", NEW."wish_since"); RETURN NULL;',
                    hash="16c58ecbff93e474afdfa287de4d4d110e054969",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_95980",
                    table="students_student",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "students_studentevent" ("address", "allergies", "assistance", "boards_since", "born_on", "checked_up_on", "city_schooling", "created_at", "disability", "disability_level", "dormitory", "entry_key", "ethnicity", "has_city_schooling", "has_residence_permit", "health", "id", "id_number", "illness", "is_boarding", "is_insured", "is_registered", "is_vaccinated", "journey", "journey_by", "journey_dangers", "journey_km", "journey_minutes", "journey_since", "journey_with", "lives_there_since", "name", "name_initials", "name_pinyin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture_code", "registered_at", "registration", "school_id", "sex", "strengths", "student_number", "village", "wish", "wish_kind", "wish_obstacle", "wish_since") VALUES (NEW."address", NEW."allergies", NEW."assistance", NEW."boards_since", NEW."born_on", NEW."checked_up_on", NEW."city_schooling", NEW."created_at", NEW."disability", NEW."disability_level", NEW."dormitory", NEW."entry_key", NEW."ethnicity", NEW."has_city_schooling", NEW."has_residence_permit", NEW."health", NEW."id", NEW."id_number", NEW."illness", NEW."is_boarding", NEW."is_insured", NEW."is_registered", NEW."is_vaccinated", NEW."journey", NEW."journey_by", NEW."journey_dangers", NEW."journey_km", NEW."journey_minutes", NEW."journey_since", NEW."journey_with", NEW."lives_there_since", NEW."name", NEW."name_initials", NEW."name_pinyin", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."picture_code", NEW."registered_at", NEW."registration", NEW."school_id", NEW."sex", NEW."strengths", NEW."student_number", NEW."village", NEW."wish", NEW."wish_kind", NEW."wish_obstacle", NEW."wish_since"); RETURN NULL;',
                    hash="b1caf47155658467a05b8de9bde37f1331956781",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cfde9",
                    table="students_student",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enrolmentevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8c4cc951e2f01fd76356586a1171c703387732f4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_868fb",
                    table="students_enrolmentevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(
                fields=["school_class", "starts_on"], name="students_en_school__116f25_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="enrolment_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("student", "="), (schools.models.DateSpan(), "&&")],
                name="one_class_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enrolment",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "students_enrolmentevent" ("ends_on", "id", "left_reason", "left_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_class_id", "school_id", "starts_on", "student_id") VALUES (NEW."ends_on", NEW."id", NEW."left_reason", NEW."left_to", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."student_id"); RETURN NULL;',
                    hash="1db75f3a871e7df8532bff4bb4236c5687d13791",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3868e",
                    table="students_enrolment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enrolment",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "students_enrolmentevent" ("ends_on", "id", "left_reason", "left_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_class_id", "school_id", "starts_on", "student_id") VALUES (NEW."ends_on", NEW."id", NEW."left_reason", NEW."left_to", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."student_id"); RETURN NULL;',
                    hash="011a92d77b7055d5962a016c7027a298abcd9e9d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_33cc3",
                    table="students_enrolment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="barrierevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4014336b5285c7ab902baa8b11341adae0657ff6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e2861",
                    table="students_barrierevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="barrier",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("user", "student"),
                name="one_barrier_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="barrier",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "students_barrierevent" ("held_by_report", "id", "is_by_report", "lifted_at", "lifted_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reported_by_id", "school_id", "set_at", "set_by_id", "student_id", "user_id") VALUES (NEW."held_by_report", NEW."id", NEW."is_by_report", NEW."lifted_at", NEW."lifted_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."reported_by_id", NEW."school_id", NEW."set_at", NEW."set_by_id", NEW."student_id", NEW."user_id"); RETURN NULL;',
                    hash="12e68333291025ab933938531cbda12ac367445a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_32830",
                    table="students_barrier",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="barrier",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "students_barrierevent" ("held_by_report", "id", "is_by_report", "lifted_at", "lifted_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reported_by_id", "school_id", "set_at", "set_by_id", "student_id", "user_id") VALUES (NEW."held_by_report", NEW."id", NEW."is_by_report", NEW."lifted_at", NEW."lifted_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."reported_by_id", NEW."school_id", NEW."set_at", NEW."set_by_id", NEW."student_id", NEW."user_id"); RETURN NULL;',
                    hash="06324154570efc8260d876b698d35127611fae36",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5442c",
                    table="students_barrier",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="studentevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="aa2a9cccc2a933a4681710da1baca1549da79e55",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0b28f",
                    table="students_studentevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
