"""Who may do what, in one readable table. Roles are stored as these strings for ever."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CLASS_TEACHER = "class_teacher", _("Class teacher")
    COUNSELLOR = "counsellor", _("Counsellor")
    PRINCIPAL = "principal", _("Principal")
    SCHOOL_ADMIN = "school_admin", _("School administrator")
    VILLAGE_WORKER = "village_worker", _("Village child-welfare worker")
    COUNTY_OFFICER = "county_officer", _("County officer")
    # Sees no child and no figure: the second person where a school has nobody else.
    COUNTY_ADMIN = "county_admin", _("County administrator")


COUNTY_ROLES = [Role.COUNTY_OFFICER.value, Role.COUNTY_ADMIN.value]


class Permission(models.TextChoices):
    VIEW_OWN_CLASS = "view_own_class"
    VIEW_ALL_CHILDREN = "view_all_children"
    EDIT_CHILDREN = "edit_children"
    WORK_CHECK_INS = "work_check_ins"
    # That threads of others exist; their words only with a reason that is written down (threads.policies).
    READ_THREADS = "read_threads"
    # To one's own class, or (any other role) to the whole school.
    WRITE_NOTICES = "write_notices"
    # Lessons for families: to one's own class, or (any other role) to the whole school; and who reads them
    # first, lets them out and sets the plan of the term.
    SEND_LESSONS = "send_lessons"
    RELEASE_LESSONS = "release_lessons"
    # Reads lessons and lets them out for every school of the county.
    RELEASE_COUNTY_LESSONS = "release_county_lessons"
    # Invite families to a meeting: of one's own class, or (any other role) of the whole school.
    HOLD_MEETINGS = "hold_meetings"
    # The list of experts, and when their record was looked up.
    KEEP_EXPERTS = "keep_experts"
    # What trainings the whole staff have had; one's own everybody sees.
    VIEW_TRAININGS = "view_trainings"
    HANDLE_CONCERNS = "handle_concerns"
    RAISE_CONCERNS = "raise_concerns"
    # Own cases only: nobody reads another's without being let in (counselling.cases.policies).
    KEEP_CASES = "keep_cases"
    # Reads a case for a day, with a reason; we notify its owner at once.
    EMERGENCY_NOTES = "emergency_notes"
    # Whether the school hands concerns on to counsellors of other schools (counselling.pool.policies).
    JOIN_POOL = "join_pool"
    OBSERVE = "observe"
    RECORD_VISITS = "record_visits"
    VILLAGE_VISITS = "village_visits"
    OFFER_CALLS = "offer_calls"
    ANSWER_DATA_REQUESTS = "answer_data_requests"
    # Hands a child's file to another school, and takes one in (transfers).
    HAND_OVER_FILES = "hand_over_files"
    CHECK_SAFEGUARDING = "check_safeguarding"
    BLOCK_ADULTS = "block_adults"
    VIEW_DASHBOARD = "view_dashboard"
    VIEW_COUNTY = "view_county"
    # Founds schools, names their first administrators and other officers; never alone (schools.founding).
    SET_UP_COUNTY = "set_up_county"
    IMPORT_ROSTER = "import_roster"
    EDIT_SCHOOL = "edit_school"
    # Agrees, or not, to what an administrator asked for: a post that reads cases, a new password.
    SECOND_PERSON = "second_person"
    # The second of two who say that a family's number is theirs (delivery.queries.claims_for).
    CONFIRM_NUMBERS = "confirm_numbers"
    # Says the sentences of calls and ears in the speech of the place: those whom families know by voice, and
    # who sets the school up. A villager speaks beside one of them.
    RECORD_SENTENCES = "record_sentences"
    # Who is on duty when (schools.duty).
    PLAN_DUTY = "plan_duty"
    STOP_SENDING = "stop_sending"
    SET_CHECK_INS = "set_check_ins"
    # Rounds of questions: set up and read every answer; give them to a class; read counts without names.
    RUN_SURVEYS = "run_surveys"
    GIVE_SURVEYS = "give_surveys"
    VIEW_SURVEY_FIGURES = "view_survey_figures"
    # The school's own questions: write, look at and give out an edition; no answer is seen.
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


# Reading cases, administering, and what leads to either: each needs a second sign-in step.
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


# Whoever holds one of these may come to read what a child said in trust.
CASE_ROLES = frozenset(roles_with(Permission.KEEP_CASES) + roles_with(Permission.EMERGENCY_NOTES))
