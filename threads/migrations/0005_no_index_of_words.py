"""Search looks through the reader's own conversations; where policies of rows hold, this was never used."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("threads", "0004_kept_no_longer")]

    operations = [RemoveIndexConcurrently("threadmessage", "thread_words")]
