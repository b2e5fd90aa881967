"""Turn linked tables into rows of a roster, each child's row at its line number in users.csv. Pure.

A package then passes the same columns, preview, checks and import as an Excel file.
"""

from collections import defaultdict

from django.utils.translation import gettext as _

from rosters.oneroster import shape
from rosters.oneroster.package import BadPackage, Line, Package

SHEET = "OneRoster 1.2"
ID_TYPE = "{id-card:"  # the {type:id} of users.userIds that we write and read
# Column headings as schools write them; rosters.columns recognises each.
HEADER = (
    "姓名", "性别", "出生日期", "身份证号", "学籍号", "年级", "班级", "村", "家庭住址",
    "父亲姓名", "父亲电话", "父亲务工地点", "母亲姓名", "母亲电话", "母亲务工地点",
    "监护人姓名", "监护人与学生关系", "监护人电话",
)  # fmt: skip
SEXES = {"male": "男", "female": "女"}
PARENT_OF_SEX = {"male": "father", "female": "mother"}
RELATIONS = {
    "father": "父亲", "mother": "母亲", "paternal_grandfather": "爷爷",
    "paternal_grandmother": "奶奶", "maternal_grandfather": "外公",
    "maternal_grandmother": "外婆", "relative": "亲戚", "sibling": "哥哥姐姐",
}  # fmt: skip
CARING = ("guardian", "aide", "relative")  # roles of OneRoster 1.2, the most likely carer first
TIE_PARTS = 3
OPEN_END = "9999"  # stands for an enrolment without a last day, among dates as text
CONTACT = "contact"  # a Guardianship.Kind: somebody to phone, who does not care for the child


def rows_of(package: Package) -> list[list[str]]:
    """Return the header, then a row for each child at its line in users.csv; other lines are empty."""
    # roles.csv may be missing; then enrollments give the roles.
    roles: dict[str, set[str]] = defaultdict(set)
    for line in [*package["roles"], *package["enrollments"]]:
        roles[line["userSourcedId"]].add(line["role"].lower())
    demographics = {line["sourcedId"]: line for line in package["demographics"]}
    classes = _class_of(package)
    school_of(package)
    last = max((line.number for line in package["users"]), default=1)
    rows: list[list[str]] = [list(HEADER), *([] for _line in range(last - 1))]
    for line in package["users"]:
        if "student" in roles[line["sourcedId"]]:
            family = _family(package, line, roles, demographics)
            about = demographics.get(line["sourcedId"])
            in_class = classes.get(line["sourcedId"])
            grade = (in_class["grades"] if in_class else "") or line["grades"]
            ids = (one for one in line.ids("userIds") if one.lower().startswith(ID_TYPE))
            rows[line.number - 1] = [
                name_of(line),
                SEXES.get(about["sex"].lower(), "") if about else "",
                about["birthDate"] if about else "",
                next(ids, "")[len(ID_TYPE) :].rstrip("}"),
                line["identifier"],
                grade.split(",")[0].lstrip("0"),
                in_class["title"] if in_class else "",
                line[shape.VILLAGE],
                line[shape.ADDRESS],
                *family,
            ]
    return rows


def _class_of(package: Package) -> dict[str, Line]:
    """Return the class of each student.

    If there are several, take the one whose term ends last (a package may include last year's), then the
    enrolment that ends last, then the one marked as primary, then the last in the file.
    """
    classes, sessions = package.by_id["classes"], package.by_id["academicSessions"]

    def rank(line: Line) -> tuple[str, str, bool]:
        terms = classes[line["classSourcedId"]].ids("termSourcedIds")
        ends = max((sessions[key]["endDate"] for key in terms), default="")
        return ends, line["endDate"] or OPEN_END, line["primary"].lower() == "true"

    found: dict[str, Line] = {}
    rows = (line for line in package["enrollments"] if line["role"].lower() == "student")
    for line in sorted(rows, key=rank):
        found[line["userSourcedId"]] = classes[line["classSourcedId"]]
    return found


def school_of(package: Package) -> Line | None:
    """Return the package's school, a line of orgs.csv; None if no child is in a class."""
    keys = {line["schoolSourcedId"] for line in _class_of(package).values()}
    schools = [package.by_id["orgs"][key] for key in sorted(keys)]
    if len(schools) > 1:
        raise BadPackage(
            _(
                "The package has children from several schools. Please make one package for each school."
            ),
            [school["name"] for school in schools],
        )
    return schools[0] if schools else None


def name_of(line: Line) -> str:
    """Return the full name: 徐 + 梦瑶 → 徐梦瑶. Names in Latin letters keep their space."""
    family = line["preferredFamilyName"] or line["familyName"]
    given = line["preferredGivenName"] or line["givenName"]
    return f"{given} {family}".strip() if (family + given).isascii() else family + given


def _family(
    package: Package, child: Line, roles: dict[str, set[str]], demographics: dict[str, Line]
) -> list[str]:
    """Return name, phone and place of father and mother, then name, relation and phone of the carer."""

    def rank_as_carer(key: str) -> int:  # if two are equal, the first in the file is the carer
        return min((CARING.index(role) for role in roles[key] if role in CARING), default=0)

    father, mother, carer = ["", "", ""], ["", "", ""], ["", "", ""]
    # agent → (kind, relation), if the package states it for this child
    found = (one.split(":") for one in child.ids(shape.FAMILY))
    ties = {parts[0]: (parts[1], parts[2]) for parts in found if len(parts) == TIE_PARTS}
    for key in sorted(child.ids("agentSourcedIds"), key=rank_as_carer):
        agent = package.by_id["users"][key]
        kind, relation = ties.get(key, ("", agent[shape.RELATION]))
        if kind == CONTACT:
            continue
        phone = agent["sms"] or agent["phone"]
        if not relation and "parent" in roles[key] and (about := demographics.get(key)):
            # A parent's sex tells father from mother. Without it, and for others, we cannot know.
            relation = PARENT_OF_SEX.get(about["sex"].lower(), "")
        if relation == "father" and not father[0]:
            father = [name_of(agent), phone, agent[shape.PLACE]]
        elif relation == "mother" and not mother[0]:
            mother = [name_of(agent), phone, agent[shape.PLACE]]
        elif not carer[0]:
            carer = [name_of(agent), RELATIONS.get(relation, ""), phone]
    return [*father, *mother, *carer]
