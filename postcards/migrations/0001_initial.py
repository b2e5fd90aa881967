import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("guardians", "0001_initial"),
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
        ("uploads", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Postcard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("to_family", "from the child"), ("to_child", "to the child")],
                        max_length=10,
                        verbose_name="direction",
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sent_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
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
                    "sender",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postcards_sent",
                        to="guardians.adult",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postcards",
                        to="students.student",
                    ),
                ),
                (
                    "voice",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="postcard",
                        to="uploads.upload",
                    ),
                ),
            ],
            options={
                "ordering": ["-sent_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PostcardFor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("heard_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postcards",
                        to="guardians.adult",
                    ),
                ),
                (
                    "postcard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="copies",
                        to="postcards.postcard",
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
        migrations.AddIndex(
            model_name="postcard",
            index=models.Index(
                models.F("student"),
                models.OrderBy(models.F("sent_at"), descending=True),
                name="postcards_of_child",
            ),
        ),
        migrations.AddConstraint(
            model_name="postcard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("direction", "to_child"), ("sender__isnull", False)),
                    models.Q(("direction", "to_family"), ("sender__isnull", True)),
                    _connector="OR",
                ),
                name="an_adult_speaks_to_the_child",
            ),
        ),
        migrations.AddIndex(
            model_name="postcardfor",
            index=models.Index(
                condition=models.Q(("heard_at", None)), fields=["adult"], name="unheard_postcards"
            ),
        ),
        migrations.AddConstraint(
            model_name="postcardfor",
            constraint=models.UniqueConstraint(
                fields=("postcard", "adult"), name="one_copy_for_each_adult"
            ),
        ),
    ]
