"""The usual word: what is counted are attempts that failed. The triggers that record events name the column."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0007_a_day_for_each_class"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="passwordreset",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="passwordreset",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="postoffer",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="postoffer",
            name="update_update",
        ),
        migrations.RenameField(
            model_name="passwordreset",
            old_name="wrong_tries",
            new_name="failed_attempts",
        ),
        migrations.RenameField(
            model_name="passwordresetevent",
            old_name="wrong_tries",
            new_name="failed_attempts",
        ),
        migrations.RenameField(
            model_name="postoffer",
            old_name="wrong_tries",
            new_name="failed_attempts",
        ),
        migrations.RenameField(
            model_name="postofferevent",
            old_name="wrong_tries",
            new_name="failed_attempts",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="passwordreset",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schools_passwordresetevent" ("agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "failed_attempts", "id", "needs_county", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "user_id") VALUES (NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."failed_attempts", NEW."id", NEW."needs_county", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."school_id", NEW."user_id"); RETURN NULL;',
                    hash="e7393614bb45b44a520f7e107f59ccf87949f1dc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4f672",
                    table="schools_passwordreset",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="passwordreset",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."agreed_at" IS DISTINCT FROM (NEW."agreed_at") OR OLD."agreed_by_id" IS DISTINCT FROM (NEW."agreed_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."failed_attempts" IS DISTINCT FROM (NEW."failed_attempts") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."needs_county" IS DISTINCT FROM (NEW."needs_county") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))',
                    func='INSERT INTO "schools_passwordresetevent" ("agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "failed_attempts", "id", "needs_county", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "user_id") VALUES (NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."failed_attempts", NEW."id", NEW."needs_county", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."school_id", NEW."user_id"); RETURN NULL;',
                    hash="b7492604fd16cde828242199d3fcdaa9953e9882",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_50596",
                    table="schools_passwordreset",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schools_postofferevent" ("accepted_at", "agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "county_id", "email", "failed_attempts", "id", "is_duty", "name", "needs_owner", "needs_second", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "record_checked_on", "role", "school_class_id", "school_id", "starts_on", "user_id", "username", "village") VALUES (NEW."accepted_at", NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."county_id", NEW."email", NEW."failed_attempts", NEW."id", NEW."is_duty", NEW."name", NEW."needs_owner", NEW."needs_second", NEW."outcome", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."record_checked_on", NEW."role", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."user_id", NEW."username", NEW."village"); RETURN NULL;',
                    hash="c07bd90c6722a2978577927fd8f390f90e09c003",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_46c64",
                    table="schools_postoffer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."accepted_at" IS DISTINCT FROM (NEW."accepted_at") OR OLD."agreed_at" IS DISTINCT FROM (NEW."agreed_at") OR OLD."agreed_by_id" IS DISTINCT FROM (NEW."agreed_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."county_id" IS DISTINCT FROM (NEW."county_id") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."failed_attempts" IS DISTINCT FROM (NEW."failed_attempts") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_duty" IS DISTINCT FROM (NEW."is_duty") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."needs_owner" IS DISTINCT FROM (NEW."needs_owner") OR OLD."needs_second" IS DISTINCT FROM (NEW."needs_second") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."record_checked_on" IS DISTINCT FROM (NEW."record_checked_on") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."school_id" IS DISTINCT FROM (NEW."school_id") OR OLD."school_class_id" IS DISTINCT FROM (NEW."school_class_id") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."username" IS DISTINCT FROM (NEW."username") OR OLD."village" IS DISTINCT FROM (NEW."village"))',
                    func='INSERT INTO "schools_postofferevent" ("accepted_at", "agreed_at", "agreed_by_id", "asked_at", "asked_by_id", "closed_at", "county_id", "email", "failed_attempts", "id", "is_duty", "name", "needs_owner", "needs_second", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "record_checked_on", "role", "school_class_id", "school_id", "starts_on", "user_id", "username", "village") VALUES (NEW."accepted_at", NEW."agreed_at", NEW."agreed_by_id", NEW."asked_at", NEW."asked_by_id", NEW."closed_at", NEW."county_id", NEW."email", NEW."failed_attempts", NEW."id", NEW."is_duty", NEW."name", NEW."needs_owner", NEW."needs_second", NEW."outcome", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."record_checked_on", NEW."role", NEW."school_class_id", NEW."school_id", NEW."starts_on", NEW."user_id", NEW."username", NEW."village"); RETURN NULL;',
                    hash="66240a140fe8a3df1f85ae3b41c8c119b8ae4199",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d9f41",
                    table="schools_postoffer",
                    when="AFTER",
                ),
            ),
        ),
    ]
