"""Roles and what they permit, in one readable table.

Roles are stored as these strings and can never be renamed.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CLASS_TEACHER = "class_teacher", _("Class teacher")
    COUNSELLOR = "counsellor", _("Counsellor")
    PRINCIPAL = "principal", _("Principal")
    SCHOOL_ADMIN = "school_admin", _("School administrator")
    VILLAGE_WORKER = "village_worker", _("Village child-welfare worker")
    COUNTY_OFFICER = "county_officer", _("County officer")
    # Sees no child and no figure: the second person for schools that have nobody else.
    COUNTY_ADMIN = "county_admin", _("County administrator")


COUNTY_ROLES = [Role.COUNTY_OFFICER.value, Role.COUNTY_ADMIN.value]


class Permission(models.TextChoices):
    VIEW_OWN_CLASS = "view_own_class"
    VIEW_ALL_CHILDREN = "view_all_children"
    EDIT_CHILDREN = "edit_children"
    WORK_CHECK_INS = "work_check_ins"
    # Sees that other people's threads exist; their text only with a recorded reason (threads.policies).
    READ_THREADS = "read_threads"
    # To their own class or, in any other role, to the whole school.
    WRITE_NOTICES = "write_notices"
    # Send lessons for families, to their own class or, in any other role, to the whole school; and release
    # lessons, which includes reading them first and setting the plan of the term.
    SEND_LESSONS = "send_lessons"
    RELEASE_LESSONS = "release_lessons"
    # Reads and releases lessons for all schools of the county.
    RELEASE_COUNTY_LESSONS = "release_county_lessons"
    # Invite families to a meeting: of their own class or, in any other role, of the whole school.
    HOLD_MEETINGS = "hold_meetings"
    # Maintain the list of experts and the dates of their record checks.
    KEEP_EXPERTS = "keep_experts"
    # See which trainings all staff have had; everybody sees their own.
    VIEW_TRAININGS = "view_trainings"
    HANDLE_CONCERNS = "handle_concerns"
    RAISE_CONCERNS = "raise_concerns"
    # Their own cases only: nobody reads somebody else's without being admitted (counselling.cases.policies).
    KEEP_CASES = "keep_cases"
    # Read a case for a day, with a reason; we notify its owner at once.
    EMERGENCY_NOTES = "emergency_notes"
    # Decide whether the school passes concerns on to counsellors of other schools
    # (counselling.pool.policies).
    JOIN_POOL = "join_pool"
    OBSERVE = "observe"
    RECORD_VISITS = "record_visits"
    VILLAGE_VISITS = "village_visits"
    OFFER_CALLS = "offer_calls"
    ANSWER_DATA_REQUESTS = "answer_data_requests"
    # Hand over a child's file to another school, and receive one (transfers).
    HAND_OVER_FILES = "hand_over_files"
    CHECK_SAFEGUARDING = "check_safeguarding"
    BLOCK_ADULTS = "block_adults"
    VIEW_DASHBOARD = "view_dashboard"
    VIEW_COUNTY = "view_county"
    # Found schools and name their first administrators and other officers; never alone (schools.founding).
    SET_UP_COUNTY = "set_up_county"
    IMPORT_ROSTER = "import_roster"
    EDIT_SCHOOL = "edit_school"
    # Agree, or not, to an administrator's request: a post that reads cases, a new password.
    SECOND_PERSON = "second_person"
    # Be the second of two people who confirm that a number belongs to a family (delivery.queries.claims_for).
    CONFIRM_NUMBERS = "confirm_numbers"
    # Record the sentences for calls and for listening in the local dialect: people whose voice families know,
    # and people who set up the school. A villager records them together with one of these.
    RECORD_SENTENCES = "record_sentences"
    # Plan who is on duty when (schools.duty).
    PLAN_DUTY = "plan_duty"
    STOP_SENDING = "stop_sending"
    SET_CHECK_INS = "set_check_ins"
    # Rounds of questions: set them up and read every answer; give them to a class; read counts without names.
    RUN_SURVEYS = "run_surveys"
    GIVE_SURVEYS = "give_surveys"
    VIEW_SURVEY_FIGURES = "view_survey_figures"
    # The school's own questions: write, preview and publish an edition, without seeing any answer.
    WRITE_QUESTIONS = "write_questions"


P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLASS_TEACHER: frozenset(
        {
            P.VIEW_OWN_CLASS,
            P.EDIT_CHILDREN,
            P.OBSERVE,
            P.RECORD_VISITS,
            P.WORK_CHECK_INS,
            P.HOLD_MEETINGS,
            P.WRITE_NOTICES,
            P.SEND_LESSONS,
            P.HANDLE_CONCERNS,
            P.RAISE_CONCERNS,
            P.GIVE_SURVEYS,
            P.RECORD_SENTENCES,
        }
    ),
    Role.COUNSELLOR: frozenset(
        {
            P.VIEW_ALL_CHILDREN,
            P.OBSERVE,
            P.RECORD_VISITS,
            P.WORK_CHECK_INS,
            P.HOLD_MEETINGS,
            P.SEND_LESSONS,
            P.RELEASE_LESSONS,
            P.READ_THREADS,
            P.HANDLE_CONCERNS,
            P.RAISE_CONCERNS,
            P.KEEP_CASES,
            P.EMERGENCY_NOTES,
            P.CHECK_SAFEGUARDING,
            P.BLOCK_ADULTS,
            P.VIEW_DASHBOARD,
            P.RUN_SURVEYS,
            P.GIVE_SURVEYS,
            P.VIEW_SURVEY_FIGURES,
            P.WRITE_QUESTIONS,
        }
    ),
    Role.PRINCIPAL: frozenset(
        {
            P.VIEW_ALL_CHILDREN,
            P.OBSERVE,
            P.RECORD_VISITS,
            P.WORK_CHECK_INS,
            P.HOLD_MEETINGS,
            P.KEEP_EXPERTS,
            P.WRITE_NOTICES,
            P.SEND_LESSONS,
            P.RELEASE_LESSONS,
            P.VIEW_TRAININGS,
            P.READ_THREADS,
            P.HANDLE_CONCERNS,
            P.RAISE_CONCERNS,
            P.EMERGENCY_NOTES,
            P.CHECK_SAFEGUARDING,
            P.BLOCK_ADULTS,
            P.VIEW_DASHBOARD,
            P.ANSWER_DATA_REQUESTS,
            P.HAND_OVER_FILES,
            P.PLAN_DUTY,
            P.STOP_SENDING,
            P.SET_CHECK_INS,
            P.JOIN_POOL,
            P.VIEW_SURVEY_FIGURES,
            P.SECOND_PERSON,
            P.CONFIRM_NUMBERS,
        }
    ),
    Role.SCHOOL_ADMIN: frozenset(
        {
            P.VIEW_ALL_CHILDREN,
            P.EDIT_CHILDREN,
            P.WORK_CHECK_INS,
            P.HOLD_MEETINGS,
            P.KEEP_EXPERTS,
            P.WRITE_NOTICES,
            P.VIEW_DASHBOARD,
            P.VIEW_TRAININGS,
            P.IMPORT_ROSTER,
            P.EDIT_SCHOOL,
            P.OFFER_CALLS,
            P.ANSWER_DATA_REQUESTS,
            P.HAND_OVER_FILES,
            P.PLAN_DUTY,
            P.STOP_SENDING,
            P.SET_CHECK_INS,
            P.WRITE_QUESTIONS,
            P.CONFIRM_NUMBERS,
            P.RECORD_SENTENCES,
        }
    ),
    Role.VILLAGE_WORKER: frozenset({P.VILLAGE_VISITS}),
    Role.COUNTY_OFFICER: frozenset({P.VIEW_COUNTY, P.SET_UP_COUNTY, P.RELEASE_COUNTY_LESSONS}),
    Role.COUNTY_ADMIN: frozenset({P.SECOND_PERSON}),
}


# Reading cases, administering, and whatever leads to either: each needs a second sign-in step.
BEHIND_SECOND_FACTOR = frozenset(
    {
        P.KEEP_CASES,
        P.EMERGENCY_NOTES,
        P.JOIN_POOL,
        P.CHECK_SAFEGUARDING,
        P.RUN_SURVEYS,
        P.BLOCK_ADULTS,
        P.ANSWER_DATA_REQUESTS,
        P.HAND_OVER_FILES,
        P.IMPORT_ROSTER,
        P.EDIT_SCHOOL,
        P.PLAN_DUTY,
        P.STOP_SENDING,
        P.SET_CHECK_INS,
        P.VIEW_COUNTY,
        P.SET_UP_COUNTY,
        P.RELEASE_COUNTY_LESSONS,
        P.SECOND_PERSON,
        P.CONFIRM_NUMBERS,
    }
)


def roles_with(permission: Permission) -> list[str]:
    return [role.value for role, granted in ROLE_PERMISSIONS.items() if permission in granted]


# Roles whose holders may come to read what a child said in confidence.
CASE_ROLES = frozenset(roles_with(Permission.KEEP_CASES) + roles_with(Permission.EMERGENCY_NOTES))
