"""Run the functions that record changes for webhooks as the owner of the database.

The sender changes check-ins and talks, too, and may not read or write anything about other systems
(homeschool.walls).
"""

from django.db import migrations

FUNCTIONS = """
DO $$
DECLARE noting regprocedure;
BEGIN
    FOR noting IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'api_note_')
    LOOP
        EXECUTE 'ALTER FUNCTION ' || noting || ' {how}';
    END LOOP;
END;
$$
"""


class Migration(migrations.Migration):
    dependencies = [("api", "0008_more_changes")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS.format(how="SECURITY DEFINER SET search_path = public, pg_temp"),
            FUNCTIONS.format(how="SECURITY INVOKER RESET search_path"),
        )
    ]
