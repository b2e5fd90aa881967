"""Calls for help that already wait in the tray are heard as well."""

from django.db import migrations

# The words of delivery.incoming.rules.HELP_WORDS, with nothing but signs around them.
MARK = """
UPDATE threads_routing SET calls_for_help = true
FROM delivery_incomingmessage sent
WHERE sent.id = threads_routing.incoming_id AND threads_routing.state = 'tray'
    AND sent.text ~* '^\\W*(需要帮忙|i need help)\\W*$'
"""


class Migration(migrations.Migration):
    dependencies = [("threads", "0009_help_in_the_tray")]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
