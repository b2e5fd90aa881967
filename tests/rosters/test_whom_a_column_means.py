"""Columns that do not say whom they mean: 家长 without a relation, or one number for the family.

One question for the whole file settles it; we never guess that somebody is away or at home.
"""

import pytest
from django.urls import reverse
from django.utils import timezone

from guardians.models import Adult, Guardianship
from guardians.queries import current_guardianships, parents_of_unknown_place
from guardians.work import work_for
from rosters.columns import guess
from tests.rosters.conftest import AT, bring_in, checked, prepare
from tests.rosters.test_parents_of_a_roster import family_of
from tests.rosters.test_reading import book_of

HEADER = ("姓名", "性别", "班级", "家长姓名", "家长电话")
ONE = ("宋一", "男", "三2", "宋强", "13893011101")
OPEN = {"other": ("contact", "宋强", None, "")}


def family_now(name: str) -> list[tuple]:
    rows = current_guardianships(timezone.localdate(AT)).filter(student__name=name)
    return sorted(rows.values_list("kind", "relation", "adult__name"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "family"),
    [
        (None, OPEN),
        ("differs", OPEN),
        ("home", {"other": ("carer", "宋强", None, "")}),
        ("away", {"other": ("parent", "宋强", True, "")}),
    ],
)
def test_a_parent_without_a_relation_is_a_question(cast, school, answer, family):
    choices = {"file,parent": answer} if answer else {}
    roster = bring_in(cast, book_of(HEADER, ONE), choices=choices)
    assert family_of("宋一") == family
    # We no longer ask about what the school has on record now.
    assert checked(roster).asking("file,parent") == (family == OPEN)
    basis = Adult.objects.get(name="宋强").legal_basis
    assert (basis == Adult.LegalBasis.NONE) == (family == OPEN)
    tie = Guardianship.objects.get(adult__name="宋强")
    assert tie.may_see_file == (family != OPEN)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "row"),
    [
        (HEADER, ("宋一", "男", "三2", "宋强（父）", "13893011101")),
        ((*HEADER, "与学生关系"), (*ONE, "父亲")),
        ((*HEADER, "父亲姓名"), (*ONE, "宋强")),
    ],
)
def test_other_columns_say_who_it_is(admin, school, header, row):
    roster = prepare(admin, book_of(header, row))
    roster.refresh_from_db()
    found = checked(roster)
    assert found.asking("file,parent") == 0
    people = [person for person in found.rows[0].people if person.says_something]
    assert [(one.relation, one.kind, one.name) for one in people] == [("father", "parent", "宋强")]


@pytest.mark.django_db
def test_a_column_that_is_called_carer_is_no_question(cast, school):
    header = ("姓名", "性别", "班级", "照护人姓名", "照护人电话")
    roster = bring_in(cast, book_of(header, ONE))
    assert family_of("宋一") == {"other": ("carer", "宋强", None, "")}
    assert checked(roster).asking("file,parent") == 0


@pytest.mark.django_db
def test_the_parent_away_takes_the_place_and_nobody_else_is_taken_for_away(cast, school):
    header = (*HEADER, "是否留守", "外出务工地点")
    book = book_of(header, (*ONE, "是", "深圳"))
    bring_in(cast, book, choices={"file,parent": "away"})
    assert family_of("宋一") == {"other": ("parent", "宋强", True, "深圳")}


@pytest.mark.django_db
def test_without_an_answer_nobody_is_away(cast, school):
    bring_in(cast, book_of((*HEADER, "是否留守"), (*ONE, "是")))
    assert family_of("宋一") == OPEN


@pytest.mark.django_db
def test_an_answer_that_comes_later_takes_the_place_of_the_open_one(cast, school):
    bring_in(cast, book_of(HEADER, ONE))
    bring_in(cast, book_of(HEADER, ONE, title="b"), choices={"file,parent": "home"})
    assert family_now("宋一") == [("carer", "other", "宋强")]
    assert Adult.objects.get(name="宋强").legal_basis == Adult.LegalBasis.ENTRUSTED_CARE


@pytest.mark.django_db
def test_what_the_school_knows_already_is_no_question(cast, school):
    header = ("姓名", "性别", "班级", "父亲姓名", "父亲电话")
    bring_in(cast, book_of(header, ONE))
    roster = bring_in(cast, book_of(HEADER, ONE, title="b"))
    assert family_now("宋一") == [("parent", "father", "宋强")]
    assert checked(roster).asking("file,parent") == 0


@pytest.mark.django_db
def test_the_page_asks_once_for_the_whole_file(admin, school):
    roster = prepare(admin, book_of(HEADER, ONE, ("宋二", "女", "三2", "宋军", "13893011102")))
    url = reverse("rosters:preview", args=[roster.pk])
    (question,) = admin.get(url).context["questions"]
    assert (question.key, question.decided) == ("file,parent", "")
    assert "2 行" in question.text
    assert [value for value, _label in question.choices] == ["home", "away", "differs"]
    decide = reverse("rosters:decide", args=[roster.pk])
    admin.post(decide, {"key": question.key, "value": "away"})
    page = admin.get(url)
    assert page.context["with_parent_away"] == 2
    assert page.context["questions"][0].decided
    admin.post(decide, {"key": question.key, "value": ""})
    assert admin.get(url).context["with_parent_away"] == 0


# --- 监护人 without a relation ----------------------------------------------------------------------

GUARDIAN = ("姓名", "性别", "班级", "监护人姓名", "监护人电话")
UNKNOWN = {"other": ("parent", "宋强", None, "")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "family"),
    [
        (None, UNKNOWN),
        ("unknown", UNKNOWN),
        ("home", {"other": ("carer", "宋强", None, "")}),
        ("away", {"other": ("parent", "宋强", True, "")}),
    ],
)
def test_a_guardian_without_a_relation_is_not_at_home_by_a_guess(cast, school, answer, family):
    choices = {"file,guardian": answer} if answer else {}
    bring_in(cast, book_of(GUARDIAN, ONE), choices=choices)
    assert family_of("宋一") == family
    unknown = parents_of_unknown_place(timezone.localdate(AT)).filter(student__name="宋一")
    assert unknown.exists() == (family == UNKNOWN)
    rows = work_for(cast.users["admin"], AT)
    asked = [row.why for row in rows if row.student_name == "宋一" and "宋强" in row.why]
    assert bool(asked) == (family == UNKNOWN)


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["监护人", "法定监护人", "家长"])
def test_a_relation_that_says_only_guardian_says_nothing(admin, school, word):
    roster = prepare(admin, book_of((*GUARDIAN, "与学生关系"), (*ONE, word)))
    roster.refresh_from_db()
    assert checked(roster).asking("file,guardian") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["实际监护人", "委托监护人", "临时监护人", "照护人"])
def test_who_stands_in_for_the_parents_is_at_home(cast, school, column):
    bring_in(cast, book_of(("姓名", "性别", "班级", column, "电话"), ONE))
    assert family_of("宋一") == {"other": ("carer", "宋强", None, "")}


@pytest.mark.django_db
@pytest.mark.parametrize(("header", "key"), [(GUARDIAN, "file,guardian"), (HEADER, "file,parent")])
def test_the_cell_says_that_nobody_knows_and_its_choice_serves_every_row(
    admin, school, header, key
):
    lines = [(f"宋{n}", "男", "三2", f"宋强{n}", "13893011101") for n in "一二三"]
    roster = prepare(admin, book_of(header, *lines))
    url = reverse("rosters:preview", args=[roster.pk])
    page = admin.get(url + "?tab=notes")
    assert len(page.context["rows"]) == 3
    cells = [cell for row in page.context["rows"] for cell in row.others]
    assert [cell.tone for cell in cells] == ["bad"] * 3
    home, away, left = cells[0].fixes
    assert {fix.key for fix in (home, away, left)} == {key}
    decide = reverse("rosters:decide", args=[roster.pk])
    script = {"HX-Request": "true"}
    said = {"key": key, "value": left.value, "tab": "notes"}
    answer = admin.post(decide, said, headers=script)
    assert len(answer.context["rows"]) == 3  # on the next tab that has rows
    page = admin.get(url)
    assert page.context["questions"][0].decided
    assert not [cell for row in page.context["rows"] for cell in row.others]


@pytest.mark.django_db
def test_the_same_file_again_makes_no_parents_away(cast, school):
    """The guardian may be a parent, so "left behind" does not suggest anybody else."""
    header, line = (*GUARDIAN, "是否留守"), (*ONE, "是")
    bring_in(cast, book_of(header, line))
    bring_in(cast, book_of(header, line, title="b"))
    assert family_of("宋一") == UNKNOWN


@pytest.mark.django_db
def test_a_guardians_number_without_a_name_is_the_familys(cast, school):
    header = ("姓名", "性别", "班级", "监护人电话")
    bring_in(cast, book_of(header, ("宋一", "男", "三2", "13893011101")))
    assert list(numbers().values()) == [["13893011101"]]


# --- The family's number ---------------------------------------------------------------------------

BOTH = ("姓名", "性别", "班级", "父亲姓名", "母亲姓名", "联系电话")
FAMILY = ("宋一", "男", "三2", "宋强", "李芳", "13893011101")


@pytest.mark.parametrize(
    ("header", "last"),
    [
        (BOTH, "family_phone"),
        (("姓名", "班级", "家庭电话"), "family_phone"),
        (("姓名", "父亲姓名", "父亲电话", "母亲姓名", "联系电话"), "mother_phone"),
        (("姓名", "父亲姓名", "联系电话", "母亲姓名", "联系电话"), "mother_phone"),
        (("姓名", "家长", "家长电话", "父亲姓名", "母亲姓名", "电话"), "family_phone"),
        (("姓名", "父亲姓名", "母亲姓名", "联系电话1", "联系电话2"), None),
        (("姓名", "父亲姓名", "联系电话"), "father_phone"),
        (("姓名", "父亲姓名", "母亲姓名", "照护人", "联系电话"), "carer_phone"),
    ],
)
def test_one_number_after_both_parents_is_the_familys(header, last):
    assert list(guess(header).values())[-1] == last


def numbers() -> dict[str, list[str]]:
    adults = Adult.objects.filter(guardianships__student__name="宋一")
    return {one.name: [p.address[3:] for p in one.contact_points.all()] for one in adults}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "whose"), [("father", "宋强"), ("mother", "李芳"), ("differs", ""), (None, "")]
)
def test_the_familys_number_is_nobodys_by_a_guess(cast, school, answer, whose):
    choices = {"file,phone": answer} if answer else {}
    bring_in(cast, book_of(BOTH, FAMILY), choices=choices)
    found = numbers()
    whose = whose or next(name for name in found if name not in ("宋强", "李芳"))
    assert [name for name, its in found.items() if its] == [whose]
    assert found[whose] == ["13893011101"]
    tie = Guardianship.objects.get(adult__name=whose)
    assert tie.kind == ("parent" if whose in ("宋强", "李芳") else "contact")


@pytest.mark.django_db
def test_the_familys_number_reaches_the_one_adult_at_home(cast, school):
    header = (*BOTH, "父亲务工地", "母亲务工地")
    roster = bring_in(cast, book_of(header, (*FAMILY, "深圳", "在家")))
    assert numbers() == {"宋强": [], "李芳": ["13893011101"]}
    assert checked(roster).asking("file,phone") == 0


@pytest.mark.django_db
def test_the_same_file_again_adds_no_second_family(cast, school):
    bring_in(cast, book_of(BOTH, FAMILY))
    before = family_now("宋一")
    bring_in(cast, book_of(BOTH, FAMILY, title="b"))
    assert family_now("宋一") == before


@pytest.mark.django_db
def test_a_parents_number_without_a_name_is_the_familys(cast, school):
    """This number used to be dropped without notice."""
    bring_in(
        cast, book_of(("姓名", "性别", "班级", "家长电话"), ("宋一", "男", "三2", "13893011101"))
    )
    assert list(numbers().values()) == [["13893011101"]]
    assert [kind for kind, _relation, _name in family_now("宋一")] == ["contact"]
