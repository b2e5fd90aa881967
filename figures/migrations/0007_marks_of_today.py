"""Mark a class for more changes than its past weeks need.

Today's sums also depend on who cares for a child, on numbers and addresses, and on who is blocked. Changes to
these mark the class with the day of the change, so that no past week is counted again because of them.

The trigger on contact points runs row by row: most of their updates only say that something was delivered, and
a trigger whose condition is not met costs nothing.
"""

from django.db import migrations

# A talk of long ago may have been a child's last one, and the child may be in another class by now.
TALKS = """
        SELECT enrolment.school_id, enrolment.school_class_id,
            changed.happened_on - 3, changed.happened_on + 3
        FROM changed JOIN public.students_enrolment enrolment
          ON enrolment.student_id = changed.student_id
         AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= changed.happened_on - 3)
"""
TIES = """
        SELECT enrolment.school_id, enrolment.school_class_id,
            CASE changed.kind WHEN 'parent' THEN changed.starts_on ELSE current_date END,
            CASE changed.kind WHEN 'parent' THEN changed.ends_on ELSE current_date END
        FROM changed JOIN public.students_enrolment enrolment
          ON enrolment.student_id = changed.student_id
"""
CONDITION = """
        SELECT enrolment.school_id, enrolment.school_class_id, enrolment.starts_on, enrolment.ends_on
        FROM changed JOIN was USING (id)
        JOIN public.guardians_guardianship guardianship ON guardianship.adult_id = changed.id
        JOIN public.students_enrolment enrolment ON enrolment.student_id = guardianship.student_id
        WHERE changed.condition <> was.condition AND guardianship.kind = 'parent'
"""
# An adult blocked at one school is blocked at every school where their account has a record. Their addresses
# are blocked for other adults too. So all classes of these schools are marked.
BLOCKED = """
        UNION
        SELECT class.school_id, class.id, current_date, current_date
        FROM changed JOIN was USING (id)
        JOIN public.guardians_adult joined
          ON joined.id = changed.id OR joined.user_id IN (changed.user_id, was.user_id)
        JOIN public.schools_schoolclass class ON class.school_id = joined.school_id
        WHERE changed.blocked_at IS DISTINCT FROM was.blocked_at
           OR changed.user_id IS DISTINCT FROM was.user_id AND EXISTS (
                SELECT FROM public.guardians_adult other
                WHERE other.blocked_at IS NOT NULL
                  AND (other.id = changed.id OR other.user_id IN (changed.user_id, was.user_id))
           )
"""
# The classes of these adults' families; if an adult is blocked, also those of everybody who shares the address.
NUMBERS = """
        SELECT enrolment.school_id, enrolment.school_class_id, current_date, current_date
        FROM {changed}
        JOIN public.guardians_guardianship guardianship ON guardianship.adult_id = changed.adult_id
        JOIN public.students_enrolment enrolment ON enrolment.student_id = guardianship.student_id
        UNION
        SELECT class.school_id, class.id, current_date, current_date
        FROM {changed}
        JOIN public.guardians_adult adult ON adult.id = changed.adult_id
        JOIN public.schools_schoolclass class ON class.school_id = changed.school_id
        WHERE adult.blocked_at IS NOT NULL OR EXISTS (
            SELECT FROM public.guardians_adult other
            WHERE other.user_id = adult.user_id AND other.blocked_at IS NOT NULL
        )
"""
ROW = "(VALUES (OLD.adult_id, OLD.school_id), (NEW.adult_id, NEW.school_id)) changed (adult_id, school_id)"
FUNCTION = """
CREATE OR REPLACE FUNCTION public.figures_stale_by_{name}() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO public.figures_staleclass (school_id, school_class_id, first_on, last_on)
    SELECT DISTINCT {classes};
    RETURN NULL;
END;
$$;
"""
OF_COLUMNS = "adult_id, school_id, address, linked_from, failing_since, disputed_at"
TRIGGERS = """
CREATE TRIGGER figures_stale_insert AFTER INSERT ON public.guardians_contactpoint
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION public.figures_stale_by_guardians_contactpoint();
CREATE TRIGGER figures_stale_delete AFTER DELETE ON public.guardians_contactpoint
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION public.figures_stale_by_guardians_contactpoint();
CREATE TRIGGER figures_stale_update AFTER UPDATE ON public.guardians_contactpoint
FOR EACH ROW WHEN ({changed})
EXECUTE FUNCTION public.figures_stale_by_a_contactpoint();
""".format(
    # Column by column: PostgreSQL writes a comparison of rows differently after a dump.
    changed=" OR ".join(
        f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in OF_COLUMNS.split(", ")
    )
)
REMOVE = """
DROP FUNCTION public.figures_stale_by_guardians_contactpoint() CASCADE;
DROP FUNCTION public.figures_stale_by_a_contactpoint() CASCADE;
"""


def _function(name: str, classes: str) -> str:
    return FUNCTION.format(name=name, classes=classes.strip().removeprefix("SELECT "))


class Migration(migrations.Migration):
    dependencies = [
        ("figures", "0006_class_days"),
        ("guardians", "0008_where_adults_live"),
    ]

    operations = [
        migrations.RunSQL(
            _function("guardians_contact", TALKS)
            + _function("guardians_guardianship", TIES)
            + _function("guardians_adult", CONDITION + BLOCKED)
            + _function("guardians_contactpoint", NUMBERS.format(changed="changed"))
            + _function("a_contactpoint", NUMBERS.format(changed=ROW))
            + TRIGGERS,
            # The wider functions may stay: one mark more only means that one class is counted again.
            REMOVE,
        )
    ]
