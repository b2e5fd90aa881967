import uuid

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
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
        ("uploads", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelAccount",
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
                            ("email", "e-mail"),
                            ("sms", "SMS by a gateway"),
                            ("alibaba_sms", "SMS by Alibaba Cloud"),
                            ("tencent_sms", "SMS by Tencent Cloud"),
                            ("wechat", "WeChat official account"),
                            ("wecom", "WeCom"),
                            ("push", "notice on the screen"),
                            ("paper", "paper"),
                            ("apprise", "staff group"),
                            ("demo_phone", "demo phone"),
                        ],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="name")),
                ("priority", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                ("is_enabled", models.BooleanField(default=True, verbose_name="in use")),
                ("config", models.JSONField(blank=True, default=dict)),
                ("secret", models.BinaryField(blank=True, null=True)),
                (
                    "hook_key",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        editable=False,
                        unique=True,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channels",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["priority", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ProviderHealth",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="delivery.channelaccount",
                    ),
                ),
                ("failures_in_row", models.PositiveIntegerField(default=0)),
                ("trips", models.PositiveSmallIntegerField(default=0)),
                ("open_until", models.DateTimeField(null=True)),
                ("probing_until", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("last_failure_at", models.DateTimeField(null=True)),
                ("last_cause", models.CharField(blank=True, max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="ChannelAccountEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS by a gateway"),
                            ("alibaba_sms", "SMS by Alibaba Cloud"),
                            ("tencent_sms", "SMS by Tencent Cloud"),
                            ("wechat", "WeChat official account"),
                            ("wecom", "WeCom"),
                            ("push", "notice on the screen"),
                            ("paper", "paper"),
                            ("apprise", "staff group"),
                            ("demo_phone", "demo phone"),
                        ],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="name")),
                ("priority", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                ("is_enabled", models.BooleanField(default=True, verbose_name="in use")),
                ("config", models.JSONField(blank=True, default=dict)),
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
                        to="delivery.channelaccount",
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
            name="DemoPhoneMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("idempotency_key", models.UUIDField(unique=True)),
                ("address", models.CharField(max_length=254)),
                ("text", models.TextField()),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "adult",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="guardians.adult",
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
            options={
                "ordering": ["-received_at"],
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session_key", models.CharField(editable=False, max_length=40, unique=True)),
                ("name", models.CharField(max_length=60)),
                (
                    "opened_by",
                    models.CharField(
                        choices=[
                            ("link", "by a link"),
                            ("code", "by a code"),
                            ("slip", "by a slip from school"),
                            ("wechat", "by WeChat"),
                        ],
                        max_length=8,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-last_used_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="IncomingMedia",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider_id", models.CharField(max_length=120)),
                ("address", models.CharField(max_length=254)),
                (
                    "address_kind",
                    models.CharField(
                        choices=[
                            ("phone", "phone"),
                            ("email", "e-mail"),
                            ("wechat", "WeChat"),
                            ("wecom", "WeCom"),
                            ("push", "this phone's screen"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("voice", "Voice"), ("photo", "Photo")], max_length=8
                    ),
                ),
                ("media_id", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField()),
                ("next_try_at", models.DateTimeField(db_index=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="delivery.channelaccount",
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
        migrations.CreateModel(
            name="IncomingMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider_id", models.CharField(max_length=120)),
                ("address", models.CharField(max_length=254)),
                (
                    "address_kind",
                    models.CharField(
                        choices=[
                            ("phone", "phone"),
                            ("email", "e-mail"),
                            ("wechat", "WeChat"),
                            ("wecom", "WeCom"),
                            ("push", "this phone's screen"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incoming",
                        to="delivery.channelaccount",
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
                    "upload",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="uploads.upload",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("salt", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "proof",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("code", "a code sent to the phone on record"),
                            ("new_number", "a new number, to be confirmed by the school"),
                            (
                                "digits",
                                "the last digits of the number on record, to be confirmed by the school",
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "claimed_address",
                    models.CharField(blank=True, max_length=254, verbose_name="number given"),
                ),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("claim_key", models.UUIDField(editable=False, null=True)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="guardians.adult",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            ],
        ),
        migrations.CreateModel(
            name="OneTimeCode",
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
                            ("sign_in", "signing in"),
                            ("verify", "checking a way to reach somebody"),
                            ("invitation", "using a slip"),
                            ("password", "a forgotten password of staff"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("salt", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ask_key", models.UUIDField(editable=False, null=True)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="guardians.adult",
                    ),
                ),
                (
                    "contact_point",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="guardians.contactpoint",
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
            name="OutboxMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("dedupe_key", models.CharField(max_length=100, unique=True)),
                (
                    "idempotency_key",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("check_in", "check-in"),
                            ("link", "new link"),
                            ("code", "code"),
                            ("invite", "invitation"),
                            ("notice", "notice"),
                            ("thread", "a message in a conversation"),
                            ("received", "confirmation that a message has arrived"),
                            ("concern", "an adult is needed"),
                            ("account", "changes to the recipient's account"),
                            ("test", "test"),
                        ],
                        max_length=10,
                    ),
                ),
                ("about_id", models.BigIntegerField(editable=False, null=True)),
                ("step", models.PositiveSmallIntegerField(default=0)),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS by a gateway"),
                            ("alibaba_sms", "SMS by Alibaba Cloud"),
                            ("tencent_sms", "SMS by Tencent Cloud"),
                            ("wechat", "WeChat official account"),
                            ("wecom", "WeCom"),
                            ("push", "notice on the screen"),
                            ("paper", "paper"),
                            ("apprise", "staff group"),
                            ("demo_phone", "demo phone"),
                        ],
                        max_length=12,
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=254)),
                ("payload", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "waiting"),
                            ("claimed", "being sent"),
                            ("retry", "will be tried again"),
                            ("accepted", "sent"),
                            ("delivered", "delivered"),
                            ("failed", "failed"),
                            ("expired", "too late to send"),
                            ("suppressed", "not sent"),
                            ("unknown", "not known whether it arrived"),
                        ],
                        default="due",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("lease_owner", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("sending_at", models.DateTimeField(null=True)),
                ("attempt_count", models.PositiveSmallIntegerField(default=0)),
                ("deaths", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("look_ups", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("provider_reference", models.CharField(blank=True, max_length=120)),
                ("reports_asked_at", models.DateTimeField(null=True)),
                ("cause", models.CharField(blank=True, max_length=40)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="delivery.channelaccount",
                    ),
                ),
                (
                    "adult",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="guardians.adult",
                    ),
                ),
                (
                    "contact_point",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="guardians.contactpoint",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outbox",
                        to="schools.school",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DeliveryReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("key", models.UUIDField(null=True)),
                ("reference", models.CharField(blank=True, max_length=120)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("delivered", "delivered"),
                            ("failed", "failed"),
                            ("on_its_way", "on its way"),
                        ],
                        max_length=10,
                    ),
                ),
                ("cause", models.CharField(blank=True, max_length=40)),
                ("code", models.CharField(blank=True, max_length=80)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("raw", models.JSONField(default=dict)),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("is_proof", models.BooleanField(db_default=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="delivery.channelaccount",
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
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="receipts",
                        to="delivery.outboxmessage",
                    ),
                ),
            ],
            options={
                "ordering": ["received_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS by a gateway"),
                            ("alibaba_sms", "SMS by Alibaba Cloud"),
                            ("tencent_sms", "SMS by Tencent Cloud"),
                            ("wechat", "WeChat official account"),
                            ("wecom", "WeCom"),
                            ("push", "notice on the screen"),
                            ("paper", "paper"),
                            ("apprise", "staff group"),
                            ("demo_phone", "demo phone"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("accepted", "sent"),
                            ("temporary", "did not work, will be tried again"),
                            ("permanent", "refused"),
                            ("unknown", "no answer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("cause", models.CharField(blank=True, max_length=40)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="delivery.channelaccount",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="delivery.outboxmessage",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("endpoint", models.CharField(max_length=800)),
                ("p256dh", models.CharField(max_length=100)),
                ("auth", models.CharField(max_length=40)),
                ("session_key", models.CharField(blank=True, editable=False, max_length=40)),
                ("created_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="delivery.channelaccount",
                    ),
                ),
                (
                    "point",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="push_subscription",
                        to="guardians.contactpoint",
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
        migrations.CreateModel(
            name="SeenSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("seen_at", models.DateTimeField(db_index=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="delivery.channelaccount",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SendingSwitch",
            fields=[
                ("singleton", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "stopped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("has_arrived", models.BooleanField()),
                ("cause_before", models.CharField(blank=True, max_length=40)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "again",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="delivery.outboxmessage",
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
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="delivery.outboxmessage",
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
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="SignInLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("next_path", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adult",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_in_links",
                        to="guardians.adult",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Trouble",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("late", "messages wait for too long"),
                            ("provider", "a provider does not work"),
                            ("unknown", "messages wait for a person"),
                            ("beat", "the scheduler is silent"),
                            ("sender", "the process that sends is silent"),
                            ("worker", "the process that looks things up is silent"),
                            ("logs", "a log was changed in the database itself"),
                            ("anchor", "the ends of the logs cannot be kept outside the database"),
                            (
                                "unattended",
                                "only its author can look after a report of suspected harm",
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=200)),
                ("began_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                ("over_at", models.DateTimeField(null=True)),
                ("over_told_at", models.DateTimeField(null=True)),
                (
                    "school",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["-began_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="WechatLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("linked_at", models.DateTimeField()),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wechat_link",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WechatPermission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("template", models.CharField(max_length=64)),
                ("scene", models.PositiveSmallIntegerField(null=True)),
                ("source", models.CharField(max_length=200)),
                ("granted_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("taken_for", models.UUIDField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="delivery.channelaccount",
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
        pgtrigger.migrations.AddTrigger(
            model_name="channelaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "delivery_channelaccountevent" ("config", "id", "is_enabled", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "school_id") VALUES (NEW."config", NEW."id", NEW."is_enabled", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."priority", NEW."school_id"); RETURN NULL;',
                    hash="c2a0cf6b2b12224352e20e097a0384ed47406db6",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2f49c",
                    table="delivery_channelaccount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channelaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."config" IS DISTINCT FROM (NEW."config") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_enabled" IS DISTINCT FROM (NEW."is_enabled") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id"))',
                    func='INSERT INTO "delivery_channelaccountevent" ("config", "id", "is_enabled", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "school_id") VALUES (NEW."config", NEW."id", NEW."is_enabled", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."priority", NEW."school_id"); RETURN NULL;',
                    hash="eab36ca13bd2595acaf381a2d35e9dd1b7a7187d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a51ea",
                    table="delivery_channelaccount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channelaccountevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="558b79a09127dc52f2fbc44f2a45d194dd4e7b6e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ac062",
                    table="delivery_channelaccountevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="demophonemessage",
            index=models.Index(
                fields=["school", "-received_at"], name="delivery_de_school__da950b_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="incomingmedia",
            constraint=models.UniqueConstraint(
                fields=("account", "provider_id"), name="media_once_per_provider_id"
            ),
        ),
        migrations.AddIndex(
            model_name="incomingmessage",
            index=models.Index(
                fields=["school", "address", "-received_at"], name="incoming_by_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="incomingmessage",
            constraint=models.UniqueConstraint(
                fields=("account", "provider_id"), name="incoming_once_per_provider_id"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="incomingmessage",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c565675d856d5afc40369310f32838aa957feb53",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_03d93",
                    table="delivery_incomingmessage",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(
                    ("claimed_at__isnull", False), ("confirmed_at", None), ("revoked_at", None)
                ),
                fields=["school", "claimed_at"],
                name="claims_to_confirm",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None), ("used_at", None)),
                fields=("adult",),
                name="one_open_slip_per_adult",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by", None),
                    models.Q(
                        ("checked_by__isnull", False),
                        models.Q(("checked_by", models.F("confirmed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="claim_confirmed_by_two",
            ),
        ),
        migrations.AddIndex(
            model_name="onetimecode",
            index=models.Index(
                fields=["address", "purpose", "-created_at"], name="delivery_on_address_537b24_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("adult__isnull", True), ("purpose", "password"), ("user__isnull", False)
                    ),
                    models.Q(
                        models.Q(("purpose", "password"), _negated=True),
                        ("adult__isnull", False),
                        ("user__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="code_for_adult_or_staff",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["due", "retry"])),
                fields=["due_at"],
                name="outbox_due",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("kind", "concern"), ("state__in", ["due", "retry"])),
                fields=["due_at"],
                name="outbox_urgent",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state", "claimed")),
                fields=["lease_until"],
                name="outbox_claimed",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("about_id__isnull", False)),
                fields=["about_id"],
                name="outbox_about",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                fields=["school", "state", "due_at"], name="delivery_ou_school__b9eaae_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                fields=["adult", "-created_at"], name="delivery_ou_adult_i_1341c4_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("provider_reference", ""), _negated=True),
                fields=["provider_reference"],
                name="outbox_by_reference",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("kind", "concern")), fields=["created_at"], name="outbox_alerts"
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state", "unknown")),
                fields=["finished_at"],
                name="outbox_unknown",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("deaths__gt", 0), ("state__in", ["due", "retry"])),
                fields=["due_at"],
                name="outbox_suspects",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adult__isnull", False), ("user__isnull", True)),
                    models.Q(("adult__isnull", True), ("user__isnull", False)),
                    models.Q(("adult__isnull", True), ("kind", "test"), ("user__isnull", True)),
                    _connector="OR",
                ),
                name="outbox_one_recipient",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outboxmessage",
            trigger=pgtrigger.compiler.Trigger(
                name="never_again",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    DELETE FROM ONLY delivery_outboxmessage message\n                    USING fresh, delivery_outboxmessage_archive archived\n                    WHERE archived.dedupe_key = fresh.dedupe_key AND message.id = fresh.id;\n                    RETURN NULL;\n                ",
                    hash="1447bf64da72a0469dde0413feb2141915688c8b",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_never_again_aefce",
                    referencing="REFERENCING NEW TABLE AS fresh ",
                    table="delivery_outboxmessage",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="deliveryreceipt",
            index=models.Index(
                condition=models.Q(("settled_at", None)),
                fields=["received_at"],
                name="receipts_unsettled",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryreceipt",
            constraint=models.UniqueConstraint(
                fields=("account", "digest"), name="one_receipt_per_report"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deliveryreceipt",
            trigger=pgtrigger.compiler.Trigger(
                name="as_it_came",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."account_id" IS DISTINCT FROM (NEW."account_id") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."verdict" IS DISTINCT FROM (NEW."verdict") OR OLD."cause" IS DISTINCT FROM (NEW."cause") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."detail" IS DISTINCT FROM (NEW."detail") OR OLD."raw" IS DISTINCT FROM (NEW."raw") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at") OR OLD."is_proof" IS DISTINCT FROM (NEW."is_proof"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="6dcbcca3e83c0869b3844c744cc5f76edb321d0b",
                    operation="UPDATE",
                    pgid="pgtrigger_as_it_came_051df",
                    table="delivery_deliveryreceipt",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deliveryreceipt",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="88521b4f4243a050d4080d7808664df8a8b9d46c",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_5f15b",
                    table="delivery_deliveryreceipt",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attempt",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4e803a6d0f2ec28cc65e0f11d05cc19a3b97b5d4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_46e72",
                    table="delivery_attempt",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="pushsubscription",
            index=models.Index(fields=["endpoint"], name="push_by_endpoint"),
        ),
        migrations.AddIndex(
            model_name="pushsubscription",
            index=models.Index(fields=["session_key"], name="push_by_session"),
        ),
        migrations.AddConstraint(
            model_name="seensignature",
            constraint=models.UniqueConstraint(
                fields=("account", "digest"), name="one_request_per_signature"
            ),
        ),
        migrations.AddConstraint(
            model_name="sendingswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(("singleton", True)), name="one_switch"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("message",),
                name="one_settlement_holds",
            ),
        ),
        migrations.AddIndex(
            model_name="signinlink",
            index=models.Index(
                fields=["address", "-created_at"], name="delivery_si_address_643a29_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="trouble",
            constraint=models.UniqueConstraint(
                condition=models.Q(("over_at", None)), fields=("subject",), name="one_open_trouble"
            ),
        ),
        migrations.AddIndex(
            model_name="wechatpermission",
            index=models.Index(
                fields=["account", "address", "-granted_at"], name="permissions_by_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="wechatpermission",
            constraint=models.UniqueConstraint(
                fields=("account", "source"), name="one_permission_per_tap"
            ),
        ),
    ]
