import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RosterImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uploaded_at", models.DateTimeField()),
                ("file_name", models.CharField(max_length=200)),
                ("content", models.BinaryField()),
                ("sheet", models.CharField(blank=True, max_length=60)),
                ("mapping", models.JSONField(default=dict)),
                ("decisions", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "columns not matched yet"),
                            ("checked", "ready to review"),
                            ("queued", "in the queue"),
                            ("running", "being imported"),
                            ("done", "imported"),
                            ("failed", "not imported"),
                            ("undone", "undone"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("rows_total", models.PositiveIntegerField(default=0)),
                ("queued_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=200)),
                ("made_class_ids", models.JSONField(default=list)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roster_imports",
                        to="schools.school",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-uploaded_at"],
            },
        ),
        migrations.CreateModel(
            name="RosterResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row_number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("created", "new"),
                            ("changed", "changed"),
                            ("left", "unchanged"),
                            ("skipped", "left out"),
                        ],
                        max_length=8,
                    ),
                ),
                ("student_name", models.CharField(max_length=60)),
                (
                    "changes",
                    models.JSONField(
                        default=list, encoder=django.core.serializers.json.DjangoJSONEncoder
                    ),
                ),
                (
                    "writes",
                    models.JSONField(
                        default=list, encoder=django.core.serializers.json.DjangoJSONEncoder
                    ),
                ),
                (
                    "roster_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="rosters.rosterimport",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["row_number"],
            },
        ),
        migrations.AddIndex(
            model_name="rosterimport",
            index=models.Index(
                fields=["school", "-uploaded_at"], name="rosters_ros_school__23a3ab_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="rosterimport",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=["queued_at"],
                name="roster_imports_to_do",
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterresult",
            constraint=models.UniqueConstraint(
                fields=("roster_import", "row_number"), name="one_result_per_row"
            ),
        ),
    ]
