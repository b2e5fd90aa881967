import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                ("chain", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("seal", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "Somebody already signs in with this."},
                        max_length=150,
                        unique=True,
                        verbose_name="phone or staff number",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="mobile phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="may sign in")),
                (
                    "is_staff",
                    models.BooleanField(default=False, verbose_name="technical administrator"),
                ),
                ("joined_at", models.DateTimeField(auto_now_add=True)),
                (
                    "session_epoch",
                    models.PositiveIntegerField(db_default=0, default=0, editable=False),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
            },
        ),
        migrations.CreateModel(
            name="AccessRecord",
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
                ("school_id", models.BigIntegerField()),
                ("student_id", models.BigIntegerField()),
                ("what", models.CharField(max_length=40)),
                ("ip_address", models.GenericIPAddressField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CredentialEvent",
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
                            ("account_made", "account made"),
                            ("account_shut", "may not sign in any more"),
                            ("account_opened", "may sign in again"),
                            ("name_changed", "signs in with another name"),
                            ("slip_made", "invitation slip made"),
                            ("slip_opened", "invitation slip opened"),
                            ("password_set", "first password set"),
                            ("password_changed", "password changed"),
                            ("reset_asked", "new password asked for"),
                            ("reset_agreed", "new password agreed to"),
                            ("reset_refused", "new password refused"),
                            ("factor_added", "second step added"),
                            ("factor_removed", "second step removed"),
                            ("recovery_codes_made", "recovery codes made"),
                            ("recovery_code_used", "recovery code used"),
                            ("post_offered", "post offered"),
                            ("post_accepted", "post accepted"),
                            ("post_declined", "post declined"),
                            ("post_withdrawn", "offer of a post withdrawn"),
                            ("post_given", "post given"),
                            ("post_ended", "post ended"),
                            ("reach_changed", "phone or e-mail changed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("school_id", models.BigIntegerField(null=True)),
                ("ip_address", models.GenericIPAddressField(null=True)),
                ("detail", models.CharField(blank=True, max_length=200)),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TryCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=30)),
                ("key", models.CharField(max_length=64)),
                ("count", models.PositiveIntegerField()),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("what", "key"), name="one_count_for_a_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="UserEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "Somebody already signs in with this."},
                        max_length=150,
                        verbose_name="phone or staff number",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="mobile phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="may sign in")),
                (
                    "is_staff",
                    models.BooleanField(default=False, verbose_name="technical administrator"),
                ),
                ("joined_at", models.DateTimeField(auto_now_add=True)),
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
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_userevent" ("email", "id", "is_active", "is_staff", "is_superuser", "joined_at", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "username") VALUES (NEW."email", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."joined_at", NEW."language", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."username"); RETURN NULL;',
                    hash="79cb62222ed94d24cba2655ead3df9d33f066c95",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3867c",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."joined_at" IS DISTINCT FROM (NEW."joined_at") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                    func='INSERT INTO "accounts_userevent" ("email", "id", "is_active", "is_staff", "is_superuser", "joined_at", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "username") VALUES (NEW."email", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."joined_at", NEW."language", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."username"); RETURN NULL;',
                    hash="cb50ce104cbfe2c475d4607ea999c84afa67f098",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0e890",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="accessrecord",
            index=models.Index(fields=["student_id", "-at"], name="accounts_ac_student_9f66cb_idx"),
        ),
        migrations.AddConstraint(
            model_name="accessrecord",
            constraint=models.UniqueConstraint(
                fields=("chain", "number"), name="accounts_accessrecord_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accessrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2366d2b8a067ca6442c709fa57de597d6fd38087",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7e3f1",
                    table="accounts_accessrecord",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accessrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'This log is never emptied';",
                    hash="3fb1ecf9ab4c825b1aa8f5c62cf7cb9802cb5aed",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_ca12e",
                    table="accounts_accessrecord",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accessrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="follows",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    UPDATE accounts_chainhead SET number = NEW.number, seal = NEW.seal\n        WHERE chain = NEW.chain AND number = NEW.number - 1;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'Row % does not follow the end of chain %', NEW.number, NEW.chain;\n    END IF;\n    RETURN NEW;\n",
                    hash="c069ff3a37059f5d939c7a707baa54b16939432c",
                    operation="INSERT",
                    pgid="pgtrigger_follows_d1d80",
                    table="accounts_accessrecord",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="credentialevent",
            index=models.Index(fields=["user", "-at"], name="credential_events_of_user"),
        ),
        migrations.AddConstraint(
            model_name="credentialevent",
            constraint=models.UniqueConstraint(
                fields=("chain", "number"), name="accounts_credentialevent_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="credentialevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7886d81db7cec9b3aeea70f6d5dce04904df241e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8b62b",
                    table="accounts_credentialevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="credentialevent",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'This log is never emptied';",
                    hash="2adf8b854015d16b724e0a2f41673d369dd69202",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_26e5c",
                    table="accounts_credentialevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="credentialevent",
            trigger=pgtrigger.compiler.Trigger(
                name="follows",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    UPDATE accounts_chainhead SET number = NEW.number, seal = NEW.seal\n        WHERE chain = NEW.chain AND number = NEW.number - 1;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'Row % does not follow the end of chain %', NEW.number, NEW.chain;\n    END IF;\n    RETURN NEW;\n",
                    hash="2b16511f508a0b284895c49cd4a5d0c1a8f44c6a",
                    operation="INSERT",
                    pgid="pgtrigger_follows_e16e3",
                    table="accounts_credentialevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9e9498e73f6fbdf2642fb33fa14189f1ad2382c8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_45b21",
                    table="accounts_userevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
