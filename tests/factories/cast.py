"""A fixed cast: one county, two schools, three classes, and a few families everybody knows.

`make_cast()` is quick (a few dozen rows) and gives success and refusal the same set-up.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from accounts.models import User
from core.pinyin import initials_of, pinyin_of
from guardians.models import Adult, ContactPoint, Guardianship, Migration, Relation
from schools.models import County, Grade, Post, School, SchoolClass, SchoolYear
from schools.roles import Role
from students.models import Enrolment, Student
from tests.factories.factors import give_factor, needs_factor

PASSWORD = "correct horse battery"
STARTED_ON = date(2020, 9, 1)
SENDING_STARTED_AT = datetime(2020, 9, 1, tzinfo=UTC)

STAFF_PHONE = "+8613909350001"
OFFICERS_PHONE = "+8613909350011"  # nobody agrees to a post for whom they share a number with


@dataclass
class Cast:
    county: County
    school: School
    other_school: School
    school_class: SchoolClass
    next_class: SchoolClass
    far_class: SchoolClass
    users: dict[str, User] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)
    adults: dict[str, Adult] = field(default_factory=dict)


def make_cast() -> Cast:
    """People: users `teacher`, `next_teacher`, `counsellor`, `principal`, `admin`, `ended`, `village`,
    `county`, `county_admin`, `far_teacher`,
    `superuser`, family accounts `mother`, `other_mother`, `blocked_father`.

    Children: `mengyao` and `xiaobao` (siblings, own class; mother away in Kunshan, father blocked,
    grandmother cares), `haitao` (next class, mother `other_mother` away), `yuan` (other school).
    """
    county = County.objects.create(name="古浪县")
    school = make_school(county, "黄羊川中心小学", "620622001")
    far = make_school(county, "十八里堡小学", "620622002")
    own = make_class(school, 3, 2)
    cast = Cast(county, school, far, own, make_class(school, 3, 1), make_class(far, 4, 1))
    _make_staff(cast)
    _make_families(cast)
    return cast


def make_school(county: County, name: str, code: str, **fields) -> School:
    """A school that writes to its families, unless `fields` say otherwise."""
    fields = {"phone": "0935-5112233", "sending_started_at": SENDING_STARTED_AT} | fields
    return School.objects.create(county=county, name=name, code=code, **fields)


def make_class(school: School, grade: int, number: int) -> SchoolClass:
    year, _ = SchoolYear.objects.get_or_create(
        school=school, defaults={"starts_on": STARTED_ON, "ends_on": date(2035, 8, 31)}
    )
    in_grade, _ = Grade.objects.get_or_create(year=year, number=grade)
    name = f"{'一二三四五六七八九'[grade - 1]}年级{number}班"
    code = f"{school.pk:04d}{grade}{number}"[-8:]
    return SchoolClass.objects.create(
        school=school, grade=in_grade, number=number, name=name, door_code=code
    )


def make_user(username: str, name: str, **fields) -> User:
    return User.objects.create_user(username, PASSWORD, name=name, **fields)


def make_post(user: User, role: str, **fields) -> Post:
    """With the second step that such a post asks for."""
    if needs_factor(role):
        give_factor(user)
    return Post.objects.create(user=user, role=role, starts_on=STARTED_ON, **fields)


def at_two_schools(cast: Cast) -> User:
    """`between`: counsellor of the cast's school, class teacher of 马思源 at the other one."""
    user = cast.users["between"] = make_user("between", "孙静", phone="+8613909350021")
    make_post(user, Role.COUNSELLOR, school=cast.school)
    make_post(user, Role.CLASS_TEACHER, school=cast.other_school, school_class=cast.far_class)
    return user


def make_student(school_class: SchoolClass, name: str, **fields) -> Student:
    student = Student.objects.create(
        school=school_class.school,
        name=name,
        name_pinyin=pinyin_of(name),
        name_initials=initials_of(name),
        **{"born_on": date(2017, 5, 4), **fields},
    )
    Enrolment.objects.create(
        school=school_class.school, student=student, school_class=school_class, starts_on=STARTED_ON
    )
    return student


def make_adult(school: School, name: str, phone: str = "", email: str = "", **fields) -> Adult:
    adult = Adult.objects.create(school=school, name=name, name_pinyin=pinyin_of(name), **fields)
    for kind, address in (("phone", phone), ("email", email)):
        if address:
            ContactPoint.objects.create(
                school=school,
                adult=adult,
                kind=kind,
                address=address,
                as_written=address,
                signs_in_by="office",
            )
    return adult


def make_guardianship(student: Student, adult: Adult, relation: str, **fields) -> Guardianship:
    kind = "parent" if relation in ("father", "mother") else "carer"
    return Guardianship.objects.create(
        school=student.school,
        student=student,
        adult=adult,
        relation=relation,
        **{"kind": kind, "starts_on": STARTED_ON, **fields},
    )


def send_away(adult: Adult, place: str, **fields) -> Migration:
    return Migration.objects.create(
        school=adult.school, adult=adult, is_away=True, place=place, starts_on=STARTED_ON, **fields
    )


def _make_staff(cast: Cast) -> None:
    school, far = cast.school, cast.other_school
    posts = [
        (
            "teacher",
            "张丽华",
            Role.CLASS_TEACHER,
            {"school": school, "school_class": cast.school_class},
        ),
        (
            "next_teacher",
            "李桂英",
            Role.CLASS_TEACHER,
            {"school": school, "school_class": cast.next_class},
        ),
        ("counsellor", "陈敏", Role.COUNSELLOR, {"school": school}),
        ("principal", "马建国", Role.PRINCIPAL, {"school": school}),
        ("admin", "周玲", Role.SCHOOL_ADMIN, {"school": school}),
        ("village", "李红梅", Role.VILLAGE_WORKER, {"school": school, "village": "黄羊川村"}),
        ("county", "王志强", Role.COUNTY_OFFICER, {"county": cast.county}),
        ("county_admin", "郭县管", Role.COUNTY_ADMIN, {"county": cast.county}),
        (
            "far_teacher",
            "杨志远",
            Role.CLASS_TEACHER,
            {"school": far, "school_class": cast.far_class},
        ),
        ("ended", "赵旧人", Role.PRINCIPAL, {"school": school}),
    ]
    for key, name, role, place in posts:
        phone = OFFICERS_PHONE if role == Role.COUNTY_OFFICER else STAFF_PHONE
        user = cast.users[key] = make_user(key, name, phone=phone)
        make_post(user, role, **place)
    Post.objects.filter(user=cast.users["ended"]).update(ends_on=STARTED_ON + timedelta(days=30))
    cast.users["superuser"] = User.objects.create_superuser("superuser", PASSWORD, name="管理员")


def _make_families(cast: Cast) -> None:
    school = cast.school
    cast.students = {
        "mengyao": make_student(
            cast.school_class, "徐梦瑶", picture_code="sun-fish-boat-tree-star-bird"
        ),
        "xiaobao": make_student(
            cast.school_class, "徐小宝", picture_code="moon-fish-boat-tree-star-bird"
        ),
        "haitao": make_student(
            cast.next_class, "丁海涛", picture_code="kite-fish-boat-tree-star-bird"
        ),
        "yuan": make_student(
            cast.far_class, "马思源", picture_code="star-fish-boat-tree-star-bird"
        ),
    }
    cast.adults = {
        "mother": make_adult(school, "王芳", "+8613893510001"),
        "father": make_adult(school, "徐建军", "+8613893510002"),
        "grandmother": make_adult(school, "李秀兰", "+8613893510003", prefers_audio=True),
        "other_mother": make_adult(school, "马兰", "+8613893510004"),
        "far_mother": make_adult(cast.other_school, "虎秀兰", "+8613893510005"),
    }
    family = {"mother": Relation.MOTHER, "father": Relation.FATHER}
    for child in ("mengyao", "xiaobao"):
        for key, relation in family.items():
            make_guardianship(cast.students[child], cast.adults[key], relation)
        make_guardianship(
            cast.students[child], cast.adults["grandmother"], Relation.PATERNAL_GRANDMOTHER
        )
    make_guardianship(cast.students["haitao"], cast.adults["other_mother"], Relation.MOTHER)
    make_guardianship(cast.students["yuan"], cast.adults["far_mother"], Relation.MOTHER)
    for key, place in (
        ("mother", "昆山"),
        ("father", "库尔勒"),
        ("other_mother", "东莞"),
        ("far_mother", "西安"),
    ):
        send_away(cast.adults[key], place)
    for key in ("mother", "other_mother", "father"):
        adult = cast.adults[key]
        adult.user = cast.users[key] = make_user(f"family-{key}", adult.name)
        adult.save(update_fields=["user"])
    cast.users["blocked_father"] = cast.users.pop("father")
    father = cast.adults["father"]
    father.blocked_at, father.blocked_reason = "2026-01-01T00:00:00+08:00", "法院保护令"
    father.blocked_by = cast.users["principal"]
    father.save()
