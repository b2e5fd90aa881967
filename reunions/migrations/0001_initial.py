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
            name="InfoAsked",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("register", "Household register and residence permit"),
                            ("schooling", "City schooling for a migrant child"),
                            ("homecoming", "Work nearer home"),
                        ],
                        max_length=12,
                        verbose_name="question",
                    ),
                ),
                ("words", models.CharField(max_length=300, verbose_name="in their words")),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("asked_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True, max_length=1000, verbose_name="the school's answer"
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="info_asked",
                        to="guardians.adult",
                    ),
                ),
                (
                    "answered_by",
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
                        related_name="info_asked",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "question of a family",
                "verbose_name_plural": "questions of families",
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="InfoAskedEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("register", "Household register and residence permit"),
                            ("schooling", "City schooling for a migrant child"),
                            ("homecoming", "Work nearer home"),
                        ],
                        max_length=12,
                        verbose_name="question",
                    ),
                ),
                ("words", models.CharField(max_length=300, verbose_name="in their words")),
                ("key", models.UUIDField(editable=False)),
                ("asked_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True, max_length=1000, verbose_name="the school's answer"
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
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
                    "answered_by",
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
                        to="reunions.infoasked",
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
            name="InfoPage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("register", "Household register and residence permit"),
                            ("schooling", "City schooling for a migrant child"),
                            ("homecoming", "Work nearer home"),
                        ],
                        max_length=12,
                        verbose_name="question",
                    ),
                ),
                (
                    "province",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "everywhere"),
                            ("11", "Beijing"),
                            ("12", "Tianjin"),
                            ("13", "Hebei"),
                            ("14", "Shanxi"),
                            ("15", "Inner Mongolia"),
                            ("21", "Liaoning"),
                            ("22", "Jilin"),
                            ("23", "Heilongjiang"),
                            ("31", "Shanghai"),
                            ("32", "Jiangsu"),
                            ("33", "Zhejiang"),
                            ("34", "Anhui"),
                            ("35", "Fujian"),
                            ("36", "Jiangxi"),
                            ("37", "Shandong"),
                            ("41", "Henan"),
                            ("42", "Hubei"),
                            ("43", "Hunan"),
                            ("44", "Guangdong"),
                            ("45", "Guangxi"),
                            ("46", "Hainan"),
                            ("50", "Chongqing"),
                            ("51", "Sichuan"),
                            ("52", "Guizhou"),
                            ("53", "Yunnan"),
                            ("54", "Tibet"),
                            ("61", "Shaanxi"),
                            ("62", "Gansu"),
                            ("63", "Qinghai"),
                            ("64", "Ningxia"),
                            ("65", "Xinjiang"),
                        ],
                        max_length=2,
                        verbose_name="province",
                    ),
                ),
                (
                    "body",
                    models.TextField(max_length=4000, verbose_name="what families should know"),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
                ("checked_on", models.DateField(verbose_name="checked on")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="info_pages",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "verbose_name": "page for families",
                "verbose_name_plural": "pages for families",
                "ordering": ["topic", "province"],
            },
        ),
        migrations.CreateModel(
            name="InfoPageEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("register", "Household register and residence permit"),
                            ("schooling", "City schooling for a migrant child"),
                            ("homecoming", "Work nearer home"),
                        ],
                        max_length=12,
                        verbose_name="question",
                    ),
                ),
                (
                    "province",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "everywhere"),
                            ("11", "Beijing"),
                            ("12", "Tianjin"),
                            ("13", "Hebei"),
                            ("14", "Shanxi"),
                            ("15", "Inner Mongolia"),
                            ("21", "Liaoning"),
                            ("22", "Jilin"),
                            ("23", "Heilongjiang"),
                            ("31", "Shanghai"),
                            ("32", "Jiangsu"),
                            ("33", "Zhejiang"),
                            ("34", "Anhui"),
                            ("35", "Fujian"),
                            ("36", "Jiangxi"),
                            ("37", "Shandong"),
                            ("41", "Henan"),
                            ("42", "Hubei"),
                            ("43", "Hunan"),
                            ("44", "Guangdong"),
                            ("45", "Guangxi"),
                            ("46", "Hainan"),
                            ("50", "Chongqing"),
                            ("51", "Sichuan"),
                            ("52", "Guizhou"),
                            ("53", "Yunnan"),
                            ("54", "Tibet"),
                            ("61", "Shaanxi"),
                            ("62", "Gansu"),
                            ("63", "Qinghai"),
                            ("64", "Ningxia"),
                            ("65", "Xinjiang"),
                        ],
                        max_length=2,
                        verbose_name="province",
                    ),
                ),
                (
                    "body",
                    models.TextField(max_length=4000, verbose_name="what families should know"),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
                ("checked_on", models.DateField(verbose_name="checked on")),
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
                        to="reunions.infopage",
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
            name="ReunionPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "travel",
                    models.CharField(
                        choices=[
                            ("comes", "comes home"),
                            ("child_goes", "the child travels there"),
                            ("not", "not this time"),
                            ("open", "not settled yet"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="this holiday",
                    ),
                ),
                ("arrives_on", models.DateField(blank=True, null=True, verbose_name="arrives on")),
                ("leaves_on", models.DateField(blank=True, null=True, verbose_name="leaves on")),
                (
                    "has_ticket",
                    models.BooleanField(default=False, verbose_name="the ticket is bought"),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=200, verbose_name="in their words"),
                ),
                (
                    "said_by",
                    models.CharField(
                        choices=[
                            ("parent", "told by the parent"),
                            ("staff", "recorded by the school"),
                        ],
                        max_length=8,
                    ),
                ),
                ("said_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("happened", "they were together"),
                            ("fell_through", "it did not happen"),
                        ],
                        max_length=14,
                        verbose_name="outcome of the plan",
                    ),
                ),
                ("outcome_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reunion_plans",
                        to="guardians.adult",
                    ),
                ),
                (
                    "outcome_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        related_name="reunion_plans",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "holiday plan",
                "verbose_name_plural": "holiday plans",
                "ordering": ["arrives_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Season",
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
                            ("winter", "Winter holidays and Spring Festival"),
                            ("summer", "Summer holidays"),
                            ("national", "National Day"),
                            ("other", "Another holiday"),
                        ],
                        max_length=10,
                        verbose_name="holiday",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                (
                    "feast_on",
                    models.DateField(blank=True, null=True, verbose_name="day of the feast"),
                ),
                ("is_own", models.BooleanField(default=False, editable=False)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seasons",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "verbose_name": "holiday",
                "verbose_name_plural": "holidays",
                "ordering": ["starts_on"],
            },
        ),
        migrations.CreateModel(
            name="ReunionPlanEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "travel",
                    models.CharField(
                        choices=[
                            ("comes", "comes home"),
                            ("child_goes", "the child travels there"),
                            ("not", "not this time"),
                            ("open", "not settled yet"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="this holiday",
                    ),
                ),
                ("arrives_on", models.DateField(blank=True, null=True, verbose_name="arrives on")),
                ("leaves_on", models.DateField(blank=True, null=True, verbose_name="leaves on")),
                (
                    "has_ticket",
                    models.BooleanField(default=False, verbose_name="the ticket is bought"),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=200, verbose_name="in their words"),
                ),
                (
                    "said_by",
                    models.CharField(
                        choices=[
                            ("parent", "told by the parent"),
                            ("staff", "recorded by the school"),
                        ],
                        max_length=8,
                    ),
                ),
                ("said_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("happened", "they were together"),
                            ("fell_through", "it did not happen"),
                        ],
                        max_length=14,
                        verbose_name="outcome of the plan",
                    ),
                ),
                ("outcome_at", models.DateTimeField(blank=True, null=True)),
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
                    "outcome_by",
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
                        to="reunions.reunionplan",
                    ),
                ),
                (
                    "recorded_by",
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
                (
                    "season",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="reunions.season",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="reunionplan",
            name="season",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="plans",
                to="reunions.season",
            ),
        ),
        migrations.CreateModel(
            name="SeasonEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("winter", "Winter holidays and Spring Festival"),
                            ("summer", "Summer holidays"),
                            ("national", "National Day"),
                            ("other", "Another holiday"),
                        ],
                        max_length=10,
                        verbose_name="holiday",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                (
                    "feast_on",
                    models.DateField(blank=True, null=True, verbose_name="day of the feast"),
                ),
                ("is_own", models.BooleanField(default=False, editable=False)),
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
                        to="reunions.season",
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
            name="Watch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.SmallIntegerField(verbose_name="days from the parting")),
                ("due_on", models.DateField(verbose_name="due")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "seen",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("fine", "is fine"),
                            ("quiet", "quieter than usual; we are looking after them"),
                            ("worrying", "not well; I need a colleague to look at it with me"),
                        ],
                        max_length=10,
                        verbose_name="how the child is",
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=300, verbose_name="what you saw"),
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
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watches",
                        to="reunions.reunionplan",
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
                        related_name="+",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "departure watch",
                "verbose_name_plural": "departure watch",
                "ordering": ["due_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("step", models.SmallIntegerField(verbose_name="days from the parting")),
                ("due_on", models.DateField(verbose_name="due")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "seen",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("fine", "is fine"),
                            ("quiet", "quieter than usual; we are looking after them"),
                            ("worrying", "not well; I need a colleague to look at it with me"),
                        ],
                        max_length=10,
                        verbose_name="how the child is",
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=300, verbose_name="what you saw"),
                ),
                (
                    "done_by",
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
                        to="reunions.watch",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="reunions.reunionplan",
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
        migrations.AddIndex(
            model_name="infoasked",
            index=models.Index(
                condition=models.Q(("answered_at", None)),
                fields=["school", "asked_at"],
                name="open_info_asked",
            ),
        ),
        migrations.AddIndex(
            model_name="infoasked",
            index=models.Index(
                condition=models.Q(("answered_at__isnull", False)),
                fields=["answered_at"],
                name="info_answered",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="infoasked",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "reunions_infoaskedevent" ("adult_id", "answer", "answered_at", "answered_by_id", "asked_at", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id", "topic", "words") VALUES (NEW."adult_id", NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."asked_at", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."student_id", NEW."topic", NEW."words"); RETURN NULL;',
                    hash="110cd1b27a44f6680184246760c4d30969aa3b1d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f21bd",
                    table="reunions_infoasked",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="infoasked",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "reunions_infoaskedevent" ("adult_id", "answer", "answered_at", "answered_by_id", "asked_at", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id", "topic", "words") VALUES (NEW."adult_id", NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."asked_at", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."student_id", NEW."topic", NEW."words"); RETURN NULL;',
                    hash="c22033d2c2f5f2c79616c2dc142f535d58970e7d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6eb68",
                    table="reunions_infoasked",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="infoaskedevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b4becc0e889132f039697073a071f52393bf35c6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_dafe7",
                    table="reunions_infoaskedevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="infopage",
            constraint=models.UniqueConstraint(
                fields=("school", "topic", "province"), name="one_page_per_question_and_province"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="infopage",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "reunions_infopageevent" ("body", "checked_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "province", "school_id", "source", "topic") VALUES (NEW."body", NEW."checked_on", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."province", NEW."school_id", NEW."source", NEW."topic"); RETURN NULL;',
                    hash="5e1ffd0d8a481449e310e2a41b2aa00843eff234",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c33f7",
                    table="reunions_infopage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="infopage",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "reunions_infopageevent" ("body", "checked_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "province", "school_id", "source", "topic") VALUES (NEW."body", NEW."checked_on", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."province", NEW."school_id", NEW."source", NEW."topic"); RETURN NULL;',
                    hash="2d931923d50dc6fdfa44deaf1a758dfb77ea720d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_86ca3",
                    table="reunions_infopage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="infopageevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d4c1bc680b2e2865f63424391753840b04d10044",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_fd71d",
                    table="reunions_infopageevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="season",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="season_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="season",
            constraint=models.UniqueConstraint(
                fields=("school", "starts_on"), name="one_season_per_day"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="season",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "reunions_seasonevent" ("ends_on", "feast_on", "id", "is_own", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "starts_on") VALUES (NEW."ends_on", NEW."feast_on", NEW."id", NEW."is_own", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."starts_on"); RETURN NULL;',
                    hash="4b8bdd1577fdfc7e65cb62df0928e7679c72e8dd",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_735db",
                    table="reunions_season",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="season",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "reunions_seasonevent" ("ends_on", "feast_on", "id", "is_own", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "starts_on") VALUES (NEW."ends_on", NEW."feast_on", NEW."id", NEW."is_own", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."starts_on"); RETURN NULL;',
                    hash="121f9b2bb4be488c61a1f986c34cdea15966fd50",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_1f292",
                    table="reunions_season",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reunionplanevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="98643faaf3183a93d0015e14d166ae5b0d405860",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f5d71",
                    table="reunions_reunionplanevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="reunionplan",
            index=models.Index(
                condition=models.Q(("leaves_on__isnull", False)),
                fields=["leaves_on"],
                name="partings",
            ),
        ),
        migrations.AddConstraint(
            model_name="reunionplan",
            constraint=models.UniqueConstraint(
                fields=("season", "student", "adult"), name="one_plan_per_parent_and_season"
            ),
        ),
        migrations.AddConstraint(
            model_name="reunionplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("arrives_on", None),
                    ("leaves_on", None),
                    ("leaves_on__gte", models.F("arrives_on")),
                    _connector="OR",
                ),
                name="leaves_after_arriving",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reunionplan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "reunions_reunionplanevent" ("adult_id", "arrives_on", "has_ticket", "id", "leaves_on", "outcome", "outcome_at", "outcome_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "said_at", "said_by", "school_id", "season_id", "student_id", "travel", "words") VALUES (NEW."adult_id", NEW."arrives_on", NEW."has_ticket", NEW."id", NEW."leaves_on", NEW."outcome", NEW."outcome_at", NEW."outcome_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_by_id", NEW."said_at", NEW."said_by", NEW."school_id", NEW."season_id", NEW."student_id", NEW."travel", NEW."words"); RETURN NULL;',
                    hash="cb9e8f1e6b4663ba9940e8fd2552aa3af7f440e0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f6746",
                    table="reunions_reunionplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reunionplan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "reunions_reunionplanevent" ("adult_id", "arrives_on", "has_ticket", "id", "leaves_on", "outcome", "outcome_at", "outcome_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "said_at", "said_by", "school_id", "season_id", "student_id", "travel", "words") VALUES (NEW."adult_id", NEW."arrives_on", NEW."has_ticket", NEW."id", NEW."leaves_on", NEW."outcome", NEW."outcome_at", NEW."outcome_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_by_id", NEW."said_at", NEW."said_by", NEW."school_id", NEW."season_id", NEW."student_id", NEW."travel", NEW."words"); RETURN NULL;',
                    hash="208f84be3d7e3c1b560fd8bca7c00456c7e8df53",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8f333",
                    table="reunions_reunionplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seasonevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="70aa92aac40d09021074207c0cde98b039a2f88a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_76d20",
                    table="reunions_seasonevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="watch",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["school", "due_on"],
                name="open_watches",
            ),
        ),
        migrations.AddIndex(
            model_name="watch",
            index=models.Index(
                condition=models.Q(("seen", "worrying")),
                fields=["done_at"],
                name="worrying_watches",
            ),
        ),
        migrations.AddConstraint(
            model_name="watch",
            constraint=models.UniqueConstraint(fields=("plan", "step"), name="one_watch_per_step"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="watch",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "reunions_watchevent" ("done_at", "done_by_id", "due_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "school_id", "seen", "step", "student_id", "words") VALUES (NEW."done_at", NEW."done_by_id", NEW."due_on", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."school_id", NEW."seen", NEW."step", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="61b6634cdaa474ba12b0153e9a86bf8a000dd6ff",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_36d20",
                    table="reunions_watch",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="watch",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "reunions_watchevent" ("done_at", "done_by_id", "due_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "school_id", "seen", "step", "student_id", "words") VALUES (NEW."done_at", NEW."done_by_id", NEW."due_on", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_id", NEW."school_id", NEW."seen", NEW."step", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="d2a00679b82f98ff8fe5257b2bb64deb5dc28597",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8f1cd",
                    table="reunions_watch",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="watchevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cb88c4551a6e6ecce3b69f3180b8cd45791d662a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8aed2",
                    table="reunions_watchevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
