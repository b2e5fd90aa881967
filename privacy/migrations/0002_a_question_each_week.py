import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0001_initial"),
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("photo", "photos of the child"),
                    ("voice", "the child's recorded voice"),
                    ("village", "telling the village worker what a visit needs"),
                    ("other_parent", "showing my place and travel days to the other parent"),
                    ("screening", "questions about how the child feels"),
                    ("weekly", "a question each week about how the child feels"),
                    ("carer", "questions about how I am myself"),
                ],
                max_length=16,
                verbose_name="purpose",
            ),
        ),
        migrations.AlterField(
            model_name="consentask",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("photo", "photos of the child"),
                    ("voice", "the child's recorded voice"),
                    ("village", "telling the village worker what a visit needs"),
                    ("other_parent", "showing my place and travel days to the other parent"),
                    ("screening", "questions about how the child feels"),
                    ("weekly", "a question each week about how the child feels"),
                    ("carer", "questions about how I am myself"),
                ],
                max_length=16,
                verbose_name="purpose",
            ),
        ),
        migrations.AlterField(
            model_name="spokentext",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("photo", "photos of the child"),
                    ("voice", "the child's recorded voice"),
                    ("village", "telling the village worker what a visit needs"),
                    ("other_parent", "showing my place and travel days to the other parent"),
                    ("screening", "questions about how the child feels"),
                    ("weekly", "a question each week about how the child feels"),
                    ("carer", "questions about how I am myself"),
                ],
                max_length=16,
                verbose_name="purpose",
            ),
        ),
        migrations.CreateModel(
            name="PupilWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("photo", "photos of the child"),
                            ("voice", "the child's recorded voice"),
                            ("village", "telling the village worker what a visit needs"),
                            (
                                "other_parent",
                                "showing my place and travel days to the other parent",
                            ),
                            ("screening", "questions about how the child feels"),
                            ("weekly", "a question each week about how the child feels"),
                            ("carer", "questions about how I am myself"),
                        ],
                        max_length=16,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("given", "agreed"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                (
                    "text_version",
                    models.PositiveSmallIntegerField(verbose_name="version of the text"),
                ),
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
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="words",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(
                        fields=["student", "purpose", "-at"], name="privacy_pup_student_b4a45a_idx"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pupilword",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6671d43b14d6b2040e7d632415cd0a7f0f0800f5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ccd4c",
                    table="privacy_pupilword",
                    when="BEFORE",
                ),
            ),
        ),
    ]
