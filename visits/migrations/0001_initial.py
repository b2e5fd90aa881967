import django.contrib.postgres.fields
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
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("school", "the school"),
                            ("carer", "the carer"),
                            ("parents", "the parents"),
                            ("child", "the child"),
                            ("village", "the village"),
                        ],
                        max_length=8,
                        verbose_name="who",
                    ),
                ),
                ("what", models.CharField(max_length=120, verbose_name="does what")),
                ("by_on", models.DateField(blank=True, null=True, verbose_name="by when")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="agreements",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="CallLog",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="began")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="minutes"),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("talked", "we talked"),
                            ("no_answer", "no answer"),
                            ("wrong_number", "wrong number"),
                            ("calls_back", "will call back"),
                        ],
                        max_length=12,
                        verbose_name="how it went",
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="in your own words"),
                ),
                (
                    "child_spoke",
                    models.BooleanField(
                        default=False, verbose_name="the child also spoke with them"
                    ),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_logs",
                        to="guardians.adult",
                    ),
                ),
                (
                    "called_by",
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
                        related_name="call_logs",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_logs",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CallLogEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("started_at", models.DateTimeField(verbose_name="began")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="minutes"),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("talked", "we talked"),
                            ("no_answer", "no answer"),
                            ("wrong_number", "wrong number"),
                            ("calls_back", "will call back"),
                        ],
                        max_length=12,
                        verbose_name="how it went",
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="in your own words"),
                ),
                (
                    "child_spoke",
                    models.BooleanField(
                        default=False, verbose_name="the child also spoke with them"
                    ),
                ),
                ("key", models.UUIDField(editable=False)),
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
                    "called_by",
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
                        to="visits.calllog",
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
            name="Duty",
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
                            ("home_visit", "home visit once a term"),
                            ("carers_meeting", "carers' meeting once a term"),
                            ("parent_call", "call to a parent once a month"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("due_on", models.DateField(verbose_name="due")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="done")),
                (
                    "put_off_until",
                    models.DateField(blank=True, null=True, verbose_name="put off until"),
                ),
                ("key", models.CharField(max_length=60, unique=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="schools.school",
                    ),
                ),
                (
                    "school_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="schools.schoolclass",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duties",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DutyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("home_visit", "home visit once a term"),
                            ("carers_meeting", "carers' meeting once a term"),
                            ("parent_call", "call to a parent once a month"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("due_on", models.DateField(verbose_name="due")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="done")),
                (
                    "put_off_until",
                    models.DateField(blank=True, null=True, verbose_name="put off until"),
                ),
                ("key", models.CharField(max_length=60)),
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
                        to="visits.duty",
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
                        blank=True,
                        db_constraint=False,
                        null=True,
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
            name="Meeting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("held_on", models.DateField(verbose_name="day")),
                (
                    "words",
                    models.CharField(max_length=500, verbose_name="what was discussed and agreed"),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "came",
                    models.ManyToManyField(
                        related_name="+", to="guardians.adult", verbose_name="who came"
                    ),
                ),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carers_meetings",
                        to="schools.school",
                    ),
                ),
                (
                    "school_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carers_meetings",
                        to="schools.schoolclass",
                    ),
                ),
            ],
            options={
                "ordering": ["-held_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MeetingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("held_on", models.DateField(verbose_name="day")),
                (
                    "words",
                    models.CharField(max_length=500, verbose_name="what was discussed and agreed"),
                ),
                ("key", models.UUIDField(editable=False)),
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
                        to="visits.meeting",
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
                    "school_class",
                    models.ForeignKey(
                        db_constraint=False,
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
        migrations.CreateModel(
            name="Visit",
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
                            ("home", "home visit"),
                            ("at_school", "talk at school"),
                            ("elsewhere", "talk elsewhere"),
                        ],
                        default="home",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="why")),
                ("due_on", models.DateField(verbose_name="due")),
                ("planned_on", models.DateField(blank=True, null=True, verbose_name="planned for")),
                (
                    "place_in_walk",
                    models.PositiveSmallIntegerField(default=0, verbose_name="place in the walk"),
                ),
                (
                    "by_village",
                    models.BooleanField(default=False, verbose_name="the village worker visits"),
                ),
                (
                    "put_off_until",
                    models.DateField(blank=True, null=True, verbose_name="put off until"),
                ),
                ("called_off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "visited_on",
                    models.DateField(blank=True, null=True, verbose_name="day of the visit"),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("met_carer", "met the carer"),
                            ("met_other", "met someone else in the family"),
                            ("nobody", "nobody at home"),
                            ("moved", "moved away"),
                            ("refused", "family did not want a visit"),
                        ],
                        max_length=10,
                        verbose_name="how it went",
                    ),
                ),
                (
                    "facts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("adult_there", "An adult who looks after the child was there"),
                                ("child_there", "The child was there"),
                                ("carer_copes", "The carer walks, cooks and shops without help"),
                                ("food", "There was food in the house, or a meal on the stove"),
                                ("own_bed", "The child has their own place to sleep"),
                                ("desk", "There is a table and light for homework"),
                                ("phone", "The phone for calling the parents works"),
                                ("danger", "Open water, fire, wires or pesticide within reach"),
                                (
                                    "nights_alone",
                                    "The child said that nobody else is there at night",
                                ),
                            ],
                            max_length=16,
                        ),
                        default=list,
                        size=None,
                        verbose_name="what was seen",
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="in your own words"),
                ),
                ("key", models.UUIDField(editable=False, null=True, unique=True)),
                ("recorded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "duty",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visits",
                        to="visits.duty",
                    ),
                ),
                (
                    "goes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who visits",
                    ),
                ),
                (
                    "met",
                    models.ManyToManyField(
                        related_name="+", to="guardians.adult", verbose_name="who you met"
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
                        related_name="visits",
                        to="schools.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visits",
                        to="students.student",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AgreementEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("school", "the school"),
                            ("carer", "the carer"),
                            ("parents", "the parents"),
                            ("child", "the child"),
                            ("village", "the village"),
                        ],
                        max_length=8,
                        verbose_name="who",
                    ),
                ),
                ("what", models.CharField(max_length=120, verbose_name="does what")),
                ("by_on", models.DateField(blank=True, null=True, verbose_name="by when")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
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
                        to="visits.agreement",
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
                    "visit",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="visits.visit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="agreement",
            name="visit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="agreements",
                to="visits.visit",
            ),
        ),
        migrations.CreateModel(
            name="VisitEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("home", "home visit"),
                            ("at_school", "talk at school"),
                            ("elsewhere", "talk elsewhere"),
                        ],
                        default="home",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="why")),
                ("due_on", models.DateField(verbose_name="due")),
                ("planned_on", models.DateField(blank=True, null=True, verbose_name="planned for")),
                (
                    "place_in_walk",
                    models.PositiveSmallIntegerField(default=0, verbose_name="place in the walk"),
                ),
                (
                    "by_village",
                    models.BooleanField(default=False, verbose_name="the village worker visits"),
                ),
                (
                    "put_off_until",
                    models.DateField(blank=True, null=True, verbose_name="put off until"),
                ),
                ("called_off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "visited_on",
                    models.DateField(blank=True, null=True, verbose_name="day of the visit"),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("met_carer", "met the carer"),
                            ("met_other", "met someone else in the family"),
                            ("nobody", "nobody at home"),
                            ("moved", "moved away"),
                            ("refused", "family did not want a visit"),
                        ],
                        max_length=10,
                        verbose_name="how it went",
                    ),
                ),
                (
                    "facts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("adult_there", "An adult who looks after the child was there"),
                                ("child_there", "The child was there"),
                                ("carer_copes", "The carer walks, cooks and shops without help"),
                                ("food", "There was food in the house, or a meal on the stove"),
                                ("own_bed", "The child has their own place to sleep"),
                                ("desk", "There is a table and light for homework"),
                                ("phone", "The phone for calling the parents works"),
                                ("danger", "Open water, fire, wires or pesticide within reach"),
                                (
                                    "nights_alone",
                                    "The child said that nobody else is there at night",
                                ),
                            ],
                            max_length=16,
                        ),
                        default=list,
                        size=None,
                        verbose_name="what was seen",
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="in your own words"),
                ),
                ("key", models.UUIDField(editable=False, null=True)),
                ("recorded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
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
                    "duty",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="visits.duty",
                    ),
                ),
                (
                    "goes",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who visits",
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
                        to="visits.visit",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="calllog",
            index=models.Index(
                fields=["student", "-started_at"], name="visits_call_student_af7573_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="calllog",
            index=models.Index(
                condition=models.Q(("outcome", "")), fields=["called_by"], name="calls_not_ended"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calllog",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "visits_calllogevent" ("adult_id", "called_by_id", "child_spoke", "ended_at", "id", "key", "minutes", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "started_at", "student_id", "words") VALUES (NEW."adult_id", NEW."called_by_id", NEW."child_spoke", NEW."ended_at", NEW."id", NEW."key", NEW."minutes", NEW."outcome", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."started_at", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="dfdc6c867bf493dac4f47ef47299f8bfbb346477",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_5d331",
                    table="visits_calllog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calllog",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "visits_calllogevent" ("adult_id", "called_by_id", "child_spoke", "ended_at", "id", "key", "minutes", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "started_at", "student_id", "words") VALUES (NEW."adult_id", NEW."called_by_id", NEW."child_spoke", NEW."ended_at", NEW."id", NEW."key", NEW."minutes", NEW."outcome", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."started_at", NEW."student_id", NEW."words"); RETURN NULL;',
                    hash="6a40242676d0e04842bca94ad7a92719c655389a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c83be",
                    table="visits_calllog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calllogevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="64002c96b3f7deab6da2a3d2c2220f5ac1e5d5c5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8f15c",
                    table="visits_calllogevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                fields=["school", "kind", "due_on"], name="visits_duty_school__c2168e_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                fields=["student", "kind", "due_on"], name="visits_duty_student_88ab37_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "carers_meeting"), ("student", None)),
                    models.Q(
                        models.Q(("kind", "carers_meeting"), _negated=True),
                        ("student__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="duty_of_a_child_or_a_class",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("starts_on"))),
                name="duty_due_after_start",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duty",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "visits_dutyevent" ("done_on", "due_on", "id", "key", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "put_off_until", "school_class_id", "school_id", "starts_on", "student_id") VALUES (NEW."done_on", NEW."due_on", NEW."id", NEW."key", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."put_off_until", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."student_id"); RETURN NULL;',
                    hash="33cb8337d658b733775d8f519a09b018ad2ef2a0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_00eee",
                    table="visits_duty",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duty",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "visits_dutyevent" ("done_on", "due_on", "id", "key", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "put_off_until", "school_class_id", "school_id", "starts_on", "student_id") VALUES (NEW."done_on", NEW."due_on", NEW."id", NEW."key", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."put_off_until", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."student_id"); RETURN NULL;',
                    hash="dfb2ce1b12d8889638335c04d2a20c172b59ba0a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f3d43",
                    table="visits_duty",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dutyevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ab52ac5aea53b237ee5a486964a79e104d908676",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a8615",
                    table="visits_dutyevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="meeting",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "visits_meetingevent" ("held_on", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "school_class_id", "school_id", "words") VALUES (NEW."held_on", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."school_class_id", NEW."school_id", NEW."words"); RETURN NULL;',
                    hash="33a9b6fbb2aec4ffe958eddf182febf56dadec7a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b38b3",
                    table="visits_meeting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="meeting",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "visits_meetingevent" ("held_on", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "school_class_id", "school_id", "words") VALUES (NEW."held_on", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."school_class_id", NEW."school_id", NEW."words"); RETURN NULL;',
                    hash="a636a9d065167ddba690e841d4279da47b965c0b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_14826",
                    table="visits_meeting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="meetingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8dd3e51def681e22a25e789070089bb2f470a58b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0006e",
                    table="visits_meetingevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("called_off_at", None), ("recorded_at", None)),
                fields=["school", "due_on"],
                name="open_visits",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                fields=["student", "-visited_on"], name="visits_visi_student_cf3988_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("facts__overlap", ["nights_alone", "danger"])),
                fields=["recorded_at"],
                name="alarming_visits",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", ""), ("recorded_at", None), ("visited_on", None)),
                    models.Q(
                        ("recorded_at__isnull", False),
                        ("visited_on__isnull", False),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="visit_recorded_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("called_off_at", None), ("recorded_at", None)),
                fields=("duty",),
                name="one_open_visit_per_duty",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visit",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "visits_visitevent" ("asked_by_id", "by_village", "called_off_at", "due_on", "duty_id", "facts", "goes_id", "id", "key", "kind", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_in_walk", "planned_on", "put_off_until", "reason", "recorded_at", "recorded_by_id", "school_id", "student_id", "visited_on", "words") VALUES (NEW."asked_by_id", NEW."by_village", NEW."called_off_at", NEW."due_on", NEW."duty_id", NEW."facts", NEW."goes_id", NEW."id", NEW."key", NEW."kind", NEW."outcome", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place_in_walk", NEW."planned_on", NEW."put_off_until", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."school_id", NEW."student_id", NEW."visited_on", NEW."words"); RETURN NULL;',
                    hash="eb109d2c65de8753779b1aaa8fa88f524f44b557",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_9d6da",
                    table="visits_visit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visit",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "visits_visitevent" ("asked_by_id", "by_village", "called_off_at", "due_on", "duty_id", "facts", "goes_id", "id", "key", "kind", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_in_walk", "planned_on", "put_off_until", "reason", "recorded_at", "recorded_by_id", "school_id", "student_id", "visited_on", "words") VALUES (NEW."asked_by_id", NEW."by_village", NEW."called_off_at", NEW."due_on", NEW."duty_id", NEW."facts", NEW."goes_id", NEW."id", NEW."key", NEW."kind", NEW."outcome", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place_in_walk", NEW."planned_on", NEW."put_off_until", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."school_id", NEW."student_id", NEW."visited_on", NEW."words"); RETURN NULL;',
                    hash="9bc704cc2dc8138047368fda4d8d7fc48b4431e6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_41cf1",
                    table="visits_visit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="agreementevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f302b216d1debdef8047e7773c4b7e7a28181996",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8073b",
                    table="visits_agreementevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="agreement",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "visits_agreementevent" ("by_on", "done_at", "done_by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id", "visit_id", "what", "who") VALUES (NEW."by_on", NEW."done_at", NEW."done_by_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."student_id", NEW."visit_id", NEW."what", NEW."who"); RETURN NULL;',
                    hash="6e66d7f81992189af223a7e1df7c55108e440141",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_167a2",
                    table="visits_agreement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="agreement",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "visits_agreementevent" ("by_on", "done_at", "done_by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "student_id", "visit_id", "what", "who") VALUES (NEW."by_on", NEW."done_at", NEW."done_by_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."student_id", NEW."visit_id", NEW."what", NEW."who"); RETURN NULL;',
                    hash="ee827278b933de4b487f338a03472830f725bf5d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_60c18",
                    table="visits_agreement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e5570e85b3827664bed2eb15b7c1b7ebdde09934",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c3153",
                    table="visits_visitevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
