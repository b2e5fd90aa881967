"""Whoever reads what waits asks for one kind of message, and reads no other kind on the way."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("delivery", "0002_archive")]

    operations = [
        AddIndexConcurrently(
            "outboxmessage",
            models.Index(fields=["school", "state", "kind", "due_at"], name="outbox_of_school"),
        ),
        RemoveIndexConcurrently("outboxmessage", "delivery_ou_school__b9eaae_idx"),
    ]
