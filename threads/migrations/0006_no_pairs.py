"""The column of the index that went before; its words stand in the message."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("threads", "0005_no_index_of_words")]

    operations = [migrations.RemoveField("threadmessage", "pairs")]
