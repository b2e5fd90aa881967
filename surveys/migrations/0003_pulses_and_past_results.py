import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("guardians", "0001_initial"),
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
        ("surveys", "0002_planned_rounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="edition",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="PastImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("version", models.PositiveSmallIntegerField()),
                ("respondent", models.CharField(max_length=10, verbose_name="who answered")),
                ("taken_on", models.DateField(verbose_name="day of that survey")),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            (
                                "then",
                                "the families agreed at that time; the papers are kept at school",
                            ),
                            ("now", "only children whose family agrees here today"),
                        ],
                        max_length=4,
                        verbose_name="ground",
                    ),
                ),
                (
                    "ground_words",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="where the papers are"
                    ),
                ),
                ("file_name", models.CharField(max_length=120)),
                ("headers", models.JSONField(default=list)),
                ("lines", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("read", "not kept yet"),
                            ("kept", "kept"),
                            ("taken_back", "taken back"),
                        ],
                        default="read",
                        max_length=10,
                    ),
                ),
                ("children", models.PositiveIntegerField(default=0)),
                ("read_at", models.DateTimeField()),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kept_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                (
                    "taken_back_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-read_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PastScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scale", models.CharField(max_length=60)),
                ("value", models.DecimalField(decimal_places=2, max_digits=7)),
                (
                    "past_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="surveys.pastimport",
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
                        related_name="past_scores",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pulse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week_on", models.DateField()),
                ("answers", models.JSONField(default=dict)),
                ("begun_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("asks_for_talk", models.BooleanField(default=False)),
                ("talked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pulses",
                        to="guardians.adult",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="surveys.edition",
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
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pulses",
                        to="students.student",
                    ),
                ),
                (
                    "talked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="pastimport",
            index=models.Index(
                fields=["school", "-read_at"], name="surveys_pas_school__012848_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="pastscore",
            constraint=models.UniqueConstraint(
                fields=("past_import", "student", "scale"), name="one_past_score_per_scale"
            ),
        ),
        migrations.AddIndex(
            model_name="pulse",
            index=models.Index(
                condition=models.Q(("asks_for_talk", True), ("talked_at", None)),
                fields=["school"],
                name="pulses_asking_for_talk",
            ),
        ),
        migrations.AddIndex(
            model_name="pulse",
            index=models.Index(fields=["week_on"], name="surveys_pul_week_on_cae07d_idx"),
        ),
        migrations.AddConstraint(
            model_name="pulse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adult__isnull", False), ("student", None)),
                    models.Q(("adult", None), ("student__isnull", False)),
                    _connector="OR",
                ),
                name="pulse_of_a_child_or_an_adult",
            ),
        ),
        migrations.AddConstraint(
            model_name="pulse",
            constraint=models.UniqueConstraint(
                fields=("student", "week_on"), name="one_pulse_a_week"
            ),
        ),
        migrations.AddConstraint(
            model_name="pulse",
            constraint=models.UniqueConstraint(
                fields=("adult", "week_on"), name="one_adult_pulse_a_week"
            ),
        ),
    ]
