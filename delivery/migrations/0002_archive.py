"""What ended long ago stands in child tables: read with the rest, out of the way of the workers."""

from django.db import migrations

ENDED = "('accepted', 'delivered', 'failed', 'expired', 'suppressed')"
MESSAGES = f"""
CREATE TABLE delivery_outboxmessage_archive (
    CONSTRAINT archived_has_ended CHECK (state IN {ENDED}),
    PRIMARY KEY (id)
) INHERITS (delivery_outboxmessage);
CREATE UNIQUE INDEX archived_once ON delivery_outboxmessage_archive (dedupe_key);
CREATE UNIQUE INDEX archived_by_key ON delivery_outboxmessage_archive (idempotency_key);
CREATE INDEX archived_by_reference ON delivery_outboxmessage_archive (provider_reference)
    WHERE provider_reference <> '';
CREATE INDEX archived_about ON delivery_outboxmessage_archive (about_id) WHERE about_id IS NOT NULL;
CREATE INDEX archived_of_adult ON delivery_outboxmessage_archive (adult_id, created_at DESC);
CREATE INDEX archived_of_school ON delivery_outboxmessage_archive (school_id, state, due_at);
CREATE INDEX archived_alerts ON delivery_outboxmessage_archive (created_at) WHERE kind = 'concern';
"""
# A child table inherits no triggers: what nobody may change stays so when it is moved.
ATTEMPTS = """
CREATE TABLE delivery_attempt_archive (PRIMARY KEY (id)) INHERITS (delivery_attempt);
CREATE INDEX archived_tries ON delivery_attempt_archive (message_id);
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT pg_get_triggerdef(oid) AS made FROM pg_trigger
        WHERE tgrelid = 'delivery_attempt'::regclass AND NOT tgisinternal
    LOOP
        EXECUTE regexp_replace(one.made, 'ON (public\\.)?delivery_attempt ',
            'ON delivery_attempt_archive ');
    END LOOP;
END $$;
"""
BACK = """
INSERT INTO {table} SELECT * FROM {table}_archive;
DROP TABLE {table}_archive;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0001_initial")]

    operations = [
        migrations.RunSQL(MESSAGES, BACK.format(table="delivery_outboxmessage")),
        migrations.RunSQL(ATTEMPTS, BACK.format(table="delivery_attempt")),
    ]
