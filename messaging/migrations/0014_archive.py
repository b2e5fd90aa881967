from django.db import migrations, models

ENDED = "('accepted', 'delivered', 'failed', 'expired', 'suppressed')"
# Child tables take columns and checks from their parents, but neither keys, indexes nor triggers.
MESSAGES = f"""
CREATE TABLE messaging_outboxmessage_archive (
    CONSTRAINT archived_has_ended CHECK (state IN {ENDED}),
    PRIMARY KEY (id)
) INHERITS (messaging_outboxmessage);
CREATE UNIQUE INDEX archived_once ON messaging_outboxmessage_archive (dedupe_key);
CREATE UNIQUE INDEX archived_by_key ON messaging_outboxmessage_archive (idempotency_key);
CREATE INDEX archived_by_reference ON messaging_outboxmessage_archive (provider_reference)
    WHERE provider_reference <> '';
CREATE INDEX archived_of_check_in ON messaging_outboxmessage_archive (check_in_id);
CREATE INDEX archived_of_adult ON messaging_outboxmessage_archive (adult_id, created_at DESC);
CREATE INDEX archived_of_school ON messaging_outboxmessage_archive (school_id, state, due_at);
CREATE INDEX archived_alerts ON messaging_outboxmessage_archive (created_at) WHERE kind = 'concern';
"""  # noqa: S608 - a constant of ours
ATTEMPTS = """
CREATE TABLE messaging_attempt_archive (PRIMARY KEY (id)) INHERITS (messaging_attempt);
CREATE INDEX archived_tries ON messaging_attempt_archive (message_id);
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT pg_get_triggerdef(oid) AS made FROM pg_trigger
        WHERE tgrelid = 'messaging_attempt'::regclass AND NOT tgisinternal
    LOOP
        EXECUTE regexp_replace(one.made, 'ON (public\\.)?messaging_attempt ',
            'ON messaging_attempt_archive ');
    END LOOP;
END $$;
"""
BACK = """
INSERT INTO {table} SELECT * FROM {table}_archive;
DROP TABLE {table}_archive;
"""


class Migration(migrations.Migration):
    """Two empty tables: at once, however many messages there are."""

    dependencies = [("messaging", "0013_settlement")]
    operations = [
        migrations.RunSQL(MESSAGES, BACK.format(table="messaging_outboxmessage")),
        migrations.RunSQL(ATTEMPTS, BACK.format(table="messaging_attempt")),
        # Its message may stand in either table, which no foreign key of PostgreSQL can say.
        migrations.AlterField(
            model_name="deliveryreceipt",
            name="message",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=models.SET_NULL,
                related_name="receipts",
                to="messaging.outboxmessage",
            ),
        ),
    ]
