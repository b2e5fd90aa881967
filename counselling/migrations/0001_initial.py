import uuid

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
        ("safeguarding", "0001_initial"),
        ("schools", "0001_initial"),
        ("students", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("photo", "photo"), ("document", "PDF"), ("voice", "recording")],
                        max_length=8,
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("added_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "removed_by",
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
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["-added_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AttachmentContent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="content",
                        to="counselling.attachment",
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
        ),
        migrations.CreateModel(
            name="Brief",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                ("code", models.CharField(editable=False, max_length=6, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("accepted", "accepted"),
                            ("taken_back", "taken back"),
                            ("ended", "the concern was closed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("age_band", models.CharField(blank=True, max_length=6)),
                ("grade_band", models.CharField(blank=True, max_length=6)),
                (
                    "troubles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("sad", "often sad, cries easily"),
                                ("alone", "keeps apart, hardly speaks"),
                                ("sleep", "sleeps or eats badly, is always tired"),
                                ("pain", "often in pain, and no doctor finds why"),
                                ("anger", "gets angry quickly, fights, breaks things"),
                                ("afraid", "is afraid, startles, clings"),
                                ("school", "does not want to come to school"),
                                ("teased", "is teased or left out, or teases others"),
                                ("missing", "misses a parent who is far away"),
                                ("home", "quarrels or trouble at home"),
                                ("loss", "somebody has died or gone away"),
                                ("phone", "cannot put the phone down"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "done",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("talked", "somebody has talked with the child"),
                                ("family", "somebody has talked with the family"),
                                ("teacher", "the class teacher looks after the child"),
                                ("visit", "somebody was at the child's home"),
                                ("doctor", "the child has seen a doctor"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "asks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("phone", "talks with the child by phone or picture"),
                                ("there", "talks with the child at the school"),
                                ("family", "a talk with the family"),
                                ("advice", "advice for us teachers"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[
                            ("standard", "Standard Chinese"),
                            ("dialect", "the local dialect"),
                            ("other", "another language; somebody here interprets"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "reach",
                    models.CharField(
                        choices=[
                            ("near", "less than half an hour"),
                            ("middle", "half an hour to an hour"),
                            ("far", "more than an hour"),
                            ("cannot", "nobody can come: phone only"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "consent_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("paper", "signed on paper"),
                            ("spoken", "said in a talk"),
                            ("phone", "said on the phone"),
                        ],
                        max_length=8,
                    ),
                ),
                ("consent_on", models.DateField(blank=True, null=True)),
                (
                    "ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "harm",
                                "Somebody may harm the child (Minors Protection Law 11, Anti-Domestic Violence Law 14)",
                            ),
                            (
                                "self_harm",
                                "The child is likely to harm itself or others (Mental Health Law 28)",
                            ),
                            (
                                "no_carer",
                                "The child is left without anybody who cares (Minors Protection Law 21)",
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("late_at", models.DateTimeField()),
                ("late_told_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "concern",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="briefs",
                        to="safeguarding.concern",
                    ),
                ),
                (
                    "consent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="briefs_agreed",
                        to="guardians.adult",
                    ),
                ),
                (
                    "made_by",
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
                        related_name="briefs",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="briefs",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "brief",
                "verbose_name_plural": "briefs",
            },
        ),
        migrations.CreateModel(
            name="BriefTold",
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
                            ("waits", "that it waits"),
                            ("urgent", "that it is urgent"),
                            ("late", "that nobody took it"),
                        ],
                        max_length=6,
                    ),
                ),
                ("message_key", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "brief",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told",
                        to="counselling.brief",
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Case",
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
                        choices=[
                            ("new", "new"),
                            ("assessed", "assessed"),
                            ("planned", "planned"),
                            ("in_progress", "in progress"),
                            ("review", "review"),
                            ("closed", "closed"),
                            ("reopened", "opened again"),
                        ],
                        default="new",
                        max_length=12,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("since_at", models.DateTimeField()),
                (
                    "review_on",
                    models.DateField(blank=True, null=True, verbose_name="review date"),
                ),
                ("teachers_know", models.BooleanField(default=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reached", "The goals are reached"),
                            ("partly", "Partly reached; the rest continues without us"),
                            ("elsewhere", "Somebody else goes on"),
                            ("moved", "The child has left the school"),
                            ("not_wanted", "The child or the family does not want it now"),
                        ],
                        max_length=12,
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
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "case",
                "verbose_name_plural": "cases",
            },
        ),
        migrations.AddField(
            model_name="attachment",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attachments",
                to="counselling.case",
            ),
        ),
        migrations.CreateModel(
            name="CaseConcern",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="counselling.case",
                    ),
                ),
                (
                    "concern",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
        ),
        migrations.AddField(
            model_name="case",
            name="concerns",
            field=models.ManyToManyField(
                related_name="cases", through="counselling.CaseConcern", to="safeguarding.concern"
            ),
        ),
        migrations.CreateModel(
            name="CaseConcernEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="counselling.case",
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="safeguarding.concern",
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
                        to="counselling.caseconcern",
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
            name="CaseEntry",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "opened"),
                            ("joined", "a concern joined"),
                            ("moved", "moved on"),
                            ("handed_over", "handed over"),
                            ("taken_over", "taken over"),
                            ("let_in", "let in"),
                            ("shut_out", "no longer reads"),
                            ("emergency", "emergency access"),
                            ("teachers", "what teachers may know"),
                            ("agreed", "agreed to closing"),
                            ("file_removed", "took a file away"),
                            ("accepted", "accepted from the shared queue"),
                            ("given_back", "given back to the school"),
                            ("taken_home", "taken back by the school"),
                            ("kept", "kept"),
                            ("resealed", "encrypted with a new key"),
                            ("gone", "taken away for good"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "new"),
                            ("assessed", "assessed"),
                            ("planned", "planned"),
                            ("in_progress", "in progress"),
                            ("review", "review"),
                            ("closed", "closed"),
                            ("reopened", "opened again"),
                        ],
                        max_length=12,
                    ),
                ),
                ("until_at", models.DateTimeField(null=True)),
                ("row", models.CharField(blank=True, db_default="", default="", max_length=60)),
                ("digest", models.CharField(blank=True, db_default="", default="", max_length=64)),
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
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="counselling.case",
                    ),
                ),
                (
                    "owner",
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
            ],
            options={
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("assessed", "assessed"),
                            ("planned", "planned"),
                            ("in_progress", "in progress"),
                            ("review", "review"),
                            ("closed", "closed"),
                            ("reopened", "opened again"),
                        ],
                        default="new",
                        max_length=12,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("since_at", models.DateTimeField()),
                (
                    "review_on",
                    models.DateField(blank=True, null=True, verbose_name="review date"),
                ),
                ("teachers_know", models.BooleanField(default=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reached", "The goals are reached"),
                            ("partly", "Partly reached; the rest continues without us"),
                            ("elsewhere", "Somebody else goes on"),
                            ("moved", "The child has left the school"),
                            ("not_wanted", "The child or the family does not want it now"),
                        ],
                        max_length=12,
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
                    "opened_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
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
                        to="counselling.case",
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
            name="CaseReader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_emergency", models.BooleanField(default=False)),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readers",
                        to="counselling.case",
                    ),
                ),
                (
                    "let_in_by",
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("starts_at", models.DateTimeField(verbose_name="when")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("held", "held"),
                            ("missed", "the child did not come"),
                            ("called_off", "called off"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="counselling.case",
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
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseTask",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                ("due_on", models.DateField(verbose_name="by when")),
                ("made_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("is_dropped", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="counselling.case",
                    ),
                ),
                (
                    "made_by",
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
            ],
            options={
                "ordering": ["due_on", "made_at"],
            },
        ),
        migrations.CreateModel(
            name="Engagement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("closed", "the case was closed"),
                            ("given_back", "given back"),
                            ("school", "the school took it back"),
                            ("handed_over", "goes on with a counsellor of the school"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "brief",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="engagement",
                        to="counselling.brief",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="engagements",
                        to="counselling.case",
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="engagements",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                (
                    "party",
                    models.CharField(
                        choices=[
                            ("family", "The family"),
                            ("school", "The school"),
                            ("village", "The village"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("once", "once, by the day below"),
                            ("weekly", "every week, until the day below"),
                            ("fortnightly", "every two weeks, until the day below"),
                            ("four_weekly", "every four weeks, until the day below"),
                        ],
                        default="once",
                        max_length=12,
                        verbose_name="how often",
                    ),
                ),
                ("starts_on", models.DateField()),
                ("due_on", models.DateField(verbose_name="by when")),
                ("made_at", models.DateTimeField()),
                ("shared_at", models.DateTimeField(blank=True, null=True)),
                ("dropped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measures",
                        to="guardians.adult",
                    ),
                ),
                (
                    "made_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measures",
                        to="students.student",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "made_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="MeasureTick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by_adult",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "by_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticks",
                        to="counselling.measure",
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
            name="Note",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("assessment", "assessment"),
                            ("goals", "goals"),
                            ("session", "session"),
                            ("review", "review"),
                            ("note", "note"),
                            ("summary", "closing words"),
                            ("reopening", "why it is opened again"),
                            ("emergency", "why it was read in an emergency"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="counselling.case",
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
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="counselling.casesession",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="NoteDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("assessment", "assessment"),
                            ("goals", "goals"),
                            ("session", "session"),
                            ("review", "review"),
                            ("note", "note"),
                            ("summary", "closing words"),
                            ("reopening", "why it is opened again"),
                            ("emergency", "why it was read in an emergency"),
                        ],
                        max_length=10,
                    ),
                ),
                ("saved_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="counselling.case",
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
        ),
        migrations.CreateModel(
            name="PoolMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[django.core.validators.MaxValueValidator(10)],
                        verbose_name="how many children at a time",
                    ),
                ),
                ("agreed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "county",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pool_members",
                        to="schools.county",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pool_memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PoolMemberEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[django.core.validators.MaxValueValidator(10)],
                        verbose_name="how many children at a time",
                    ),
                ),
                ("agreed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
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
                        to="counselling.poolmember",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PoolSchool",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("joined_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "joined_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "left_by",
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
                        related_name="pool_memberships",
                        to="schools.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PoolSchoolEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("joined_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "joined_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "left_by",
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
                        to="counselling.poolschool",
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
            name="Referral",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                (
                    "direction",
                    models.CharField(choices=[("out", "from us"), ("in", "to us")], max_length=3),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "being written"),
                            ("sent", "handed over"),
                            ("accepted", "accepted"),
                            ("rejected", "not accepted"),
                            ("done", "done"),
                            ("revoked", "taken back"),
                        ],
                        max_length=8,
                    ),
                ),
                ("place_name", models.CharField(max_length=80)),
                (
                    "place_kind",
                    models.CharField(
                        choices=[
                            ("centre", "counselling centre of the county"),
                            ("hospital", "hospital"),
                            ("village", "village or township"),
                            ("school", "another school"),
                            ("other", "other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("place_phone", models.CharField(blank=True, max_length=40)),
                (
                    "parts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                (
                    "consent_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("paper", "signed on paper"),
                            ("spoken", "said in a talk"),
                            ("phone", "said on the phone"),
                        ],
                        max_length=8,
                    ),
                ),
                ("consent_on", models.DateField(blank=True, null=True)),
                (
                    "ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "harm",
                                "Somebody may harm the child (Minors Protection Law 11, Anti-Domestic Violence Law 14)",
                            ),
                            (
                                "self_harm",
                                "The child is likely to harm itself or others (Mental Health Law 28)",
                            ),
                            (
                                "no_carer",
                                "The child is left without anybody who cares (Minors Protection Law 21)",
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "child_said",
                    models.CharField(
                        choices=[
                            ("agrees", "the child agrees"),
                            ("disagrees", "the child does not want it"),
                            ("not_asked", "not asked yet"),
                        ],
                        default="not_asked",
                        max_length=10,
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
                ("arrived_on", models.DateField(blank=True, null=True)),
                (
                    "handed",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("by_hand", "by hand"),
                            ("post", "by registered post"),
                            ("family", "the family takes it along"),
                        ],
                        max_length=8,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="counselling.case",
                    ),
                ),
                (
                    "consent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals_agreed",
                        to="guardians.adult",
                    ),
                ),
                (
                    "made_by",
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
                    "sent_by",
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
                        related_name="referrals",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ReferralEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("draft", "being written"),
                            ("sent", "handed over"),
                            ("accepted", "accepted"),
                            ("rejected", "not accepted"),
                            ("done", "done"),
                            ("revoked", "taken back"),
                        ],
                        max_length=8,
                    ),
                ),
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
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="counselling.referral",
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
            name="ReferralPlace",
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
                            ("centre", "counselling centre of the county"),
                            ("hospital", "hospital"),
                            ("village", "village or township"),
                            ("school", "another school"),
                            ("other", "other"),
                        ],
                        max_length=10,
                        verbose_name="what it is",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("address", models.CharField(blank=True, max_length=120, verbose_name="address")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referral_places",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "name", "pk"],
            },
        ),
        migrations.AddField(
            model_name="referral",
            name="listed_place",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="referrals",
                to="counselling.referralplace",
            ),
        ),
        migrations.CreateModel(
            name="ReferralPlaceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("centre", "counselling centre of the county"),
                            ("hospital", "hospital"),
                            ("village", "village or township"),
                            ("school", "another school"),
                            ("other", "other"),
                        ],
                        max_length=10,
                        verbose_name="what it is",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("address", models.CharField(blank=True, max_length=120, verbose_name="address")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
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
                        to="counselling.referralplace",
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
            name="SupportPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("shared_at", models.DateTimeField(blank=True, null=True)),
                (
                    "review_on",
                    models.DateField(blank=True, null=True, verbose_name="review date"),
                ),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="counselling.case",
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
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="support_plans",
                        to="students.student",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanLook",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(editable=False, max_length=8)),
                ("sealed", models.BinaryField()),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("asked", "asked for a second look"),
                            ("agreed", "agreed to the plan"),
                            ("sent_back", "sent the plan back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("measures", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "asked",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_looks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="counselling.supportplan",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.AddField(
            model_name="measure",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="measures",
                to="counselling.supportplan",
            ),
        ),
        migrations.CreateModel(
            name="SupportPlanEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                ("shared_at", models.DateTimeField(blank=True, null=True)),
                (
                    "review_on",
                    models.DateField(blank=True, null=True, verbose_name="review date"),
                ),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="counselling.case",
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
                        to="counselling.supportplan",
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
        pgtrigger.migrations.AddTrigger(
            model_name="attachmentcontent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."attachment_id" IS DISTINCT FROM (NEW."attachment_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="bca1c1b22868889353e878255fda2038a260a79b",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_07adc",
                    table="counselling_attachmentcontent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="brief",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["made_at"], name="briefs_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="brief",
            index=models.Index(fields=["concern", "-made_at"], name="briefs_of_concern"),
        ),
        migrations.AddConstraint(
            model_name="brief",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("student",),
                name="one_brief_waits_per_child",
            ),
        ),
        migrations.AddConstraint(
            model_name="brief",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("consent_by__isnull", False), ("consent_on__isnull", False), ("ground", "")
                    ),
                    models.Q(("consent_by__isnull", True), models.Q(("ground", ""), _negated=True)),
                    _connector="OR",
                ),
                name="brief_says_what_allows_it",
            ),
        ),
        migrations.AddIndex(
            model_name="brieftold",
            index=models.Index(fields=["message_key"], name="told_by_message"),
        ),
        migrations.AddIndex(
            model_name="brieftold",
            index=models.Index(fields=["at"], name="told_lately"),
        ),
        migrations.AddConstraint(
            model_name="brieftold",
            constraint=models.UniqueConstraint(
                fields=("brief", "user", "kind"), name="told_of_a_brief_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="2e413369ff7fc1a49339512a5b1a7d58a656e016",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_20311",
                    table="counselling_attachment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."added_by_id" IS DISTINCT FROM (NEW."added_by_id") OR OLD."added_at" IS DISTINCT FROM (NEW."added_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="632f6c79afc2af5e0a1d0561eb87dcc6514a2645",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_955c4",
                    table="counselling_attachment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseconcern",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "counselling_caseconcernevent" ("case_id", "concern_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."case_id", NEW."concern_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="508375ecf525a69a2ab73d07eb7491b2b1362b65",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4b0e0",
                    table="counselling_caseconcern",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseconcern",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "counselling_caseconcernevent" ("case_id", "concern_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."case_id", NEW."concern_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="eec52819309ca6ba9ec4b31a22a58068265c767f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2cc09",
                    table="counselling_caseconcern",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["owner", "opened_at"], name="cases_of_owner"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["student", "-opened_at"], name="cases_of_child"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("student",),
                name="one_open_case_per_child",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="case",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "counselling_caseevent" ("closed_at", "closed_by_id", "id", "opened_at", "opened_by_id", "outcome", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_on", "school_id", "since_at", "state", "student_id", "teachers_know") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."opened_at", NEW."opened_by_id", NEW."outcome", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."review_on", NEW."school_id", NEW."since_at", NEW."state", NEW."student_id", NEW."teachers_know"); RETURN NULL;',
                    hash="6b85e2f5dc4c5867eca9691c72b711cd218a91a7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_5158d",
                    table="counselling_case",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="case",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "counselling_caseevent" ("closed_at", "closed_by_id", "id", "opened_at", "opened_by_id", "outcome", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_on", "school_id", "since_at", "state", "student_id", "teachers_know") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."opened_at", NEW."opened_by_id", NEW."outcome", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."review_on", NEW."school_id", NEW."since_at", NEW."state", NEW."student_id", NEW."teachers_know"); RETURN NULL;',
                    hash="b8ac8c9435be59f0d9dd80171f279a3aa67a30dd",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_27335",
                    table="counselling_case",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseconcernevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ffb74f35247585e8f4f554774cd87c0423f55492",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a1cf2",
                    table="counselling_caseconcernevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="caseentry",
            index=models.Index(
                condition=models.Q(("row", ""), _negated=True),
                fields=["row", "number"],
                name="entries_of_row",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseentry",
            constraint=models.UniqueConstraint(
                fields=("chain", "number"), name="counselling_caseentry_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="177add266d60e3f7f8cc9659bebe977391fbac43",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_bcdac",
                    table="counselling_caseentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseentry",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'This log is never emptied';",
                    hash="90a67661c46c44e3683db9616396badd14f25987",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_3630a",
                    table="counselling_caseentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseentry",
            trigger=pgtrigger.compiler.Trigger(
                name="follows",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    UPDATE accounts_chainhead SET number = NEW.number, seal = NEW.seal\n        WHERE chain = NEW.chain AND number = NEW.number - 1;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'Row % does not follow the end of chain %', NEW.number, NEW.chain;\n    END IF;\n    RETURN NEW;\n",
                    hash="fa72f499c7843d8f1b44735997cb205cacd89b49",
                    operation="INSERT",
                    pgid="pgtrigger_follows_d645f",
                    table="counselling_caseentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bbb8c18966614c9604823572fd164174930a17a1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_aa239",
                    table="counselling_caseevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="casereader",
            index=models.Index(fields=["user", "until_at"], name="readers_by_user"),
        ),
        migrations.AddIndex(
            model_name="casesession",
            index=models.Index(
                condition=models.Q(("state", "planned")),
                fields=["starts_at"],
                name="sessions_planned",
            ),
        ),
        migrations.AddConstraint(
            model_name="engagement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("case",),
                name="one_engagement_per_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="measuretick",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("measure", "on"),
                name="one_tick_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="measuretick",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by_adult", None), ("by_user__isnull", False)),
                    models.Q(("by_adult__isnull", False), ("by_user", None)),
                    _connector="OR",
                ),
                name="tick_by_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="note",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="feb6b205566db101660af4f3dbb471d186aba345",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_56170",
                    table="counselling_note",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="note",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="18d2c6e9c45919ab3d252435b9b953e5e20095b1",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_a05a3",
                    table="counselling_note",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="notedraft",
            constraint=models.UniqueConstraint(
                fields=("case", "author", "kind"), name="one_draft_of_a_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="poolmember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("user",), name="pool_member_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poolmember",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "counselling_poolmemberevent" ("agreed_at", "capacity", "county_id", "ended_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."agreed_at", NEW."capacity", NEW."county_id", NEW."ended_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;',
                    hash="1084f26b1daa85f06394cac9bb361353d522a1b8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6914a",
                    table="counselling_poolmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poolmember",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "counselling_poolmemberevent" ("agreed_at", "capacity", "county_id", "ended_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."agreed_at", NEW."capacity", NEW."county_id", NEW."ended_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."user_id"); RETURN NULL;',
                    hash="247f122854e73a1c1a0e8848f5604c52dd35e458",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_90f87",
                    table="counselling_poolmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poolmemberevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0fda1eab6185a5b81b74095b33d35ba4708d9b23",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_72d07",
                    table="counselling_poolmemberevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="poolschool",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at", None)),
                fields=("school",),
                name="school_in_pool_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poolschool",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "counselling_poolschoolevent" ("id", "joined_at", "joined_by_id", "left_at", "left_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."id", NEW."joined_at", NEW."joined_by_id", NEW."left_at", NEW."left_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="9a82fcfff998be41d944934f271bb1a3ed1460c2",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6f9d4",
                    table="counselling_poolschool",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poolschool",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "counselling_poolschoolevent" ("id", "joined_at", "joined_by_id", "left_at", "left_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") VALUES (NEW."id", NEW."joined_at", NEW."joined_by_id", NEW."left_at", NEW."left_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id"); RETURN NULL;',
                    hash="fc6f3121e4f592b504513304de598fa003db6ce6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_de697",
                    table="counselling_poolschool",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poolschoolevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9f344a271c8c96bad0f4f96f99d49b8eac53393e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_19503",
                    table="counselling_poolschoolevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="referralentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cff3da6c0e3fd2b920011a1c25e80e05c2fa97d1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a467d",
                    table="counselling_referralentry",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="referralplace",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("school", "name"),
                name="one_place_of_a_name",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="referralplace",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "counselling_referralplaceevent" ("address", "ended_at", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "school_id") VALUES (NEW."address", NEW."ended_at", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."school_id"); RETURN NULL;',
                    hash="8175d22c189b1e6c32661f6d245df0a20c802441",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_fd410",
                    table="counselling_referralplace",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="referralplace",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "counselling_referralplaceevent" ("address", "ended_at", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "school_id") VALUES (NEW."address", NEW."ended_at", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."school_id"); RETURN NULL;',
                    hash="796cf05eaeb789805bc9f6e809e1946994610eb7",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_30a99",
                    table="counselling_referralplace",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("case", None), ("closed_at", None)),
                fields=["school", "direction"],
                name="referrals_not_taken_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(("direction", "in"), ("case__isnull", False), _connector="OR"),
                name="referral_from_us_has_a_case",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="referralplaceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6fb155198ca8d84aa6abfd616c644a5423d105ac",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0169a",
                    table="counselling_referralplaceevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="supportplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("case",),
                name="one_running_plan_of_a_case",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supportplan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "counselling_supportplanevent" ("case_id", "ended_at", "ended_by_id", "id", "made_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_on", "reviewed_at", "school_id", "shared_at", "student_id") VALUES (NEW."case_id", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."made_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."review_on", NEW."reviewed_at", NEW."school_id", NEW."shared_at", NEW."student_id"); RETURN NULL;',
                    hash="f22ba17d2be7e37a4d616b6da165a62566e0bd89",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_29423",
                    table="counselling_supportplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supportplan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "counselling_supportplanevent" ("case_id", "ended_at", "ended_by_id", "id", "made_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_on", "reviewed_at", "school_id", "shared_at", "student_id") VALUES (NEW."case_id", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."made_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."review_on", NEW."reviewed_at", NEW."school_id", NEW."shared_at", NEW."student_id"); RETURN NULL;',
                    hash="aa8014d2d92a3158d22b8d9285bfb2fce9e96bf3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ce243",
                    table="counselling_supportplan",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="planlook",
            constraint=models.UniqueConstraint(
                fields=("plan", "number"), name="one_look_of_a_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planlook",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="0d51c52ee2b3dbd6b523ae27645f71af373cf081",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_0590f",
                    table="counselling_planlook",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planlook",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."plan_id" IS DISTINCT FROM (NEW."plan_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."asked_id" IS DISTINCT FROM (NEW."asked_id") OR OLD."measures" IS DISTINCT FROM (NEW."measures") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="29b1d99f927a2dc29d90b0268df37bc19f85d07e",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_49ecd",
                    table="counselling_planlook",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adult__isnull", False), ("party", "family"), ("user", None)),
                    models.Q(("adult", None), ("party", "school"), ("user__isnull", False)),
                    models.Q(("adult", None), ("party", "village"), ("user", None)),
                    _connector="OR",
                ),
                name="measure_of_one_party",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("starts_on"))),
                name="measure_due_after_start",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supportplanevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e09fbbf1bd3b9a8eb9eb1b49e0d370719340ce2d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_caa9b",
                    table="counselling_supportplanevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
