"""The hours of the staff are a fact of the school: their rows and their history move there."""

import pgtrigger.migrations
from django.db import migrations

# What the insert trigger adds is in the history already, which is moved whole.
MOVE = """
INSERT INTO schools_staffhours (id, quiet_from, quiet_until, wants_pings, school_id, user_id)
SELECT id, quiet_from, quiet_until, wants_pings, school_id, user_id FROM threads_staffhours;
TRUNCATE schools_staffhoursevent;
INSERT INTO schools_staffhoursevent (
    id, quiet_from, quiet_until, wants_pings, school_id, user_id,
    pgh_created_at, pgh_label, pgh_context_id, pgh_obj_id
) SELECT
    id, quiet_from, quiet_until, wants_pings, school_id, user_id,
    pgh_created_at, pgh_label, pgh_context_id, pgh_obj_id
FROM threads_staffhoursevent ORDER BY pgh_id;
SELECT setval(pg_get_serial_sequence('schools_staffhours', 'id'), max(id))
FROM schools_staffhours;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("threads", "0001_initial"), ("schools", "0006_staff_hours")]

    operations = [
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(model_name="staffhours", name="insert_insert"),
        pgtrigger.migrations.RemoveTrigger(model_name="staffhours", name="update_update"),
        pgtrigger.migrations.RemoveTrigger(model_name="staffhoursevent", name="append_only"),
        migrations.DeleteModel(name="StaffHoursEvent"),
        migrations.DeleteModel(name="StaffHours"),
    ]
