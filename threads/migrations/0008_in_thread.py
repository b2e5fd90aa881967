"""A message that was routed into a conversation is in a thread."""

from django.db import migrations

# In a migration of its own, so that renaming the table does not lock it for as long as its rows take.
CHANGE = "UPDATE threads_routing SET state = '{}' WHERE state = '{}'"


class Migration(migrations.Migration):
    dependencies = [("threads", "0007_routing")]

    operations = [
        migrations.RunSQL(
            CHANGE.format("in_thread", "landed"), CHANGE.format("landed", "in_thread")
        )
    ]
