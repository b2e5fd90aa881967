"""Which files and columns a OneRoster 1.2 package has, and how they refer to each other. Pure."""

VERSION = "1.2"

COLUMNS: dict[str, tuple[str, ...]] = {
    "orgs": tuple("sourcedId status dateLastModified name type identifier parentSourcedId".split()),
    "academicSessions": tuple(
        "sourcedId status dateLastModified title type startDate endDate parentSourcedId "
        "schoolYear".split()
    ),
    "courses": tuple(
        "sourcedId status dateLastModified schoolYearSourcedId title courseCode grades "
        "orgSourcedId subjects subjectCodes".split()
    ),
    "classes": tuple(
        "sourcedId status dateLastModified title grades courseSourcedId classCode classType "
        "location schoolSourcedId termSourcedIds subjects subjectCodes periods".split()
    ),
    "users": tuple(
        "sourcedId status dateLastModified enabledUser username userIds givenName familyName "
        "middleName identifier email sms phone agentSourcedIds grades password "
        "userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName "
        "preferredFamilyName primaryOrgSourcedId pronouns".split()
    ),
    "roles": tuple(
        "sourcedId status dateLastModified userSourcedId roleType role beginDate endDate "
        "orgSourcedId userProfileSourcedId".split()
    ),
    "enrollments": tuple(
        "sourcedId status dateLastModified classSourcedId schoolSourcedId userSourcedId role "
        "primary beginDate endDate".split()
    ),
    "demographics": tuple(
        "sourcedId status dateLastModified birthDate sex americanIndianOrAlaskaNative asian "
        "blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white "
        "demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode "
        "stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus".split()
    ),
}
# Our own columns for what the standard lacks (it allows columns that begin with "metadata.").
RELATION = "metadata.relation"  # what a guardian is to the child: guardians.models.Relation
# The same for each child, because one adult may be grandmother to one and aunt to another:
# "adult-1:parent:mother,adult-3:carer:paternal_grandmother" (guardians.models.Guardianship.Kind).
FAMILY = "metadata.family"
PLACE = "metadata.place"  # where a parent works
VILLAGE = "metadata.village"
ADDRESS = "metadata.address"
EXTRA_OF_USERS = (FAMILY, RELATION, PLACE, VILLAGE, ADDRESS)

# A roster cannot be read without these; roles and demographics may be missing.
NEEDED = ("orgs", "academicSessions", "classes", "users", "enrollments")
NEEDED_COLUMNS: dict[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name", "type"),
    "academicSessions": ("sourcedId", "startDate", "endDate"),
    "classes": ("sourcedId", "title", "schoolSourcedId"),
    "users": ("sourcedId", "givenName", "familyName"),
    "roles": ("userSourcedId", "role"),
    "enrollments": ("sourcedId", "classSourcedId", "userSourcedId", "role"),
    "demographics": ("sourcedId",),
}
# (file, column) → the file that must contain each id named there.
REFERENCES: dict[tuple[str, str], str] = {
    ("orgs", "parentSourcedId"): "orgs",
    ("academicSessions", "parentSourcedId"): "academicSessions",
    ("classes", "schoolSourcedId"): "orgs",
    ("classes", "termSourcedIds"): "academicSessions",
    ("users", "agentSourcedIds"): "users",
    ("users", "primaryOrgSourcedId"): "orgs",
    ("roles", "userSourcedId"): "users",
    ("roles", "orgSourcedId"): "orgs",
    ("enrollments", "classSourcedId"): "classes",
    ("enrollments", "schoolSourcedId"): "orgs",
    ("enrollments", "userSourcedId"): "users",
    ("demographics", "sourcedId"): "users",
}
READ = tuple(NEEDED_COLUMNS)
# (file, first day, last day)
SPANS = (
    ("academicSessions", "startDate", "endDate"),
    ("enrollments", "beginDate", "endDate"),
)

# The manifest must name every file that a 1.2 package may contain.
FILES = (
    "academicSessions categories classes classResources courses courseResources demographics "
    "enrollments lineItemLearningObjectiveIds lineItems lineItemScoreScales orgs resources "
    "resultLearningObjectiveIds results resultScoreScales roles scoreScales userProfiles "
    "userResources users"
).split()
