"""OneRoster 1.2 CSV: imported by the same preview and checks as Excel; exported and read back unchanged."""

import csv
import io
import zipfile

import pytest
from django.urls import reverse

from guardians.blocking.actions import block_adult
from rosters import reading
from rosters.models import RosterImport
from rosters.oneroster import export, package
from schools.models import SchoolYear, Term
from students.models import Student
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.fixtures.make_oneroster import MANIFEST, TABLES, make, text_of, with_row
from tests.rosters.conftest import AT, bring_in, checked
from uploads.sheets import UnreadableFile


def refused(content: bytes) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        reading.read_table(content)
    return caught.value


class TestIn:
    def test_a_package_becomes_children_with_class_and_family(self, cast, school):
        roster = bring_in(cast, make(), name="oneroster.zip")
        assert roster.state == RosterImport.State.DONE
        child = Student.objects.get(name="罗小禾")
        assert (str(child.born_on), child.sex) == ("2017-03-05", "f")
        assert child.student_number == "G620622201703050011"
        assert child.enrolments.get().school_class.name == "三年级2班"
        held = {row.relation: row.adult for row in child.guardianships.select_related("adult")}
        assert {relation: adult.name for relation, adult in held.items()} == {
            "father": "罗建国",
            "mother": "陈秀梅",
            "paternal_grandmother": "李桂香",
        }
        assert held["father"].contact_points.get().address == "+8613893511001"
        assert held["father"].migrations.get().place == "佛山"

    def test_rows_keep_the_lines_of_users_csv(self, cast, school):
        roster = bring_in(cast, make())
        assert set(roster.results.values_list("row_number", "student_name")) == {
            (2, "罗小禾"),
            (6, "孙子墨"),
        }

    def test_what_the_sender_deletes_is_not_taken_in(self, cast, school):
        bring_in(cast, make())
        assert not Student.objects.filter(name__contains="名旧").exists()

    def test_a_second_time_changes_nothing(self, cast, school):
        bring_in(cast, make())
        before = Student.objects.count()
        again = bring_in(cast, make())
        assert set(again.results.values_list("kind", flat=True)) == {"left"}
        assert Student.objects.count() == before

    def test_a_bad_cell_stands_in_the_preview_and_blocks_its_row_alone(self, cast, school):
        rows = [list(row) for row in TABLES["demographics"]]
        rows[1][1] = "1900-01-01"
        roster = bring_in(cast, make({"demographics.csv": text_of(rows)}))
        assert "born_on" in checked(roster).rows[0].problems or not Student.objects.filter(
            name="罗小禾", born_on__year=1900
        )
        assert Student.objects.filter(name="孙子墨").exists()


class TestWhichClassAndWho:
    """A package may contain more than this year, and more people than a roster has columns for."""

    def test_this_years_class_and_not_last_years(self, cast, school):
        tables = {
            "academicSessions": [("t0", "2025秋", "term", "2025-09-01", "2026-01-16", "", "2026")],
            "classes": [("c0", "二年级2班", "02", "homeroom", "o2", "t0")],
            "enrollments": [("e0", "c0", "o2", "s1", "student", "true")],
        }
        changed = {
            f"{name}.csv": text_of([*TABLES[name], *map(list, rows)])
            for name, rows in tables.items()
        }
        bring_in(cast, make(changed))
        child = Student.objects.get(name="罗小禾")
        assert child.enrolments.get().school_class.name == "三年级2班"

    def test_the_school_of_the_package_stands_beside_its_name(self, cast, school):
        assert "黄羊川中心小学" in bring_in(cast, make()).sheet

    def test_a_relative_is_not_the_carer_where_there_is_a_guardian(self, cast, school):
        users = [list(row) for row in TABLES["users"]]
        users[1][7] = "a9,a3"
        users.append(["a9", "", "true", "婷", "孙", "", "13893511009", "", "", ""])
        roles = [*TABLES["roles"], ["r9", "a9", "primary", "relative", "o2"]]
        bring_in(cast, make({"users.csv": text_of(users), "roles.csv": text_of(roles)}))
        held = Student.objects.get(name="罗小禾").guardianships.filter(kind="carer")
        assert [row.adult.name for row in held] == ["李桂香"]


class TestRefused:
    """Each error has a sentence and its place; nothing is uploaded."""

    @pytest.mark.parametrize("name", ["users", "orgs", "classes", "enrollments"])
    def test_a_missing_file(self, name):
        error = refused(make({f"{name}.csv": None}))
        assert error.places == [f"{name}.csv"]

    def test_no_manifest(self):
        assert refused(make({"manifest.csv": None})).places == ["manifest.csv"]

    def test_another_version(self):
        rows = [row if row[0] != "oneroster.version" else [row[0], "1.1"] for row in MANIFEST]
        assert "1.1" in str(refused(make({"manifest.csv": text_of(rows)})).sentence)

    def test_an_encoding_that_is_not_utf_8_with_its_line(self):
        content = text_of(TABLES["users"]).encode("gb18030")
        assert refused(make({"users.csv": content})).places[0].startswith("users.csv")

    def test_a_column_that_is_missing(self):
        rows = [row[:1] + row[2:] for row in TABLES["classes"]]
        assert "title" in refused(make({"classes.csv": text_of(rows)})).places[0]

    @pytest.mark.parametrize(
        ("table", "row", "place"),
        [
            ("enrollments", ("e9", "c9", "o2", "s1", "student", ""), "c9"),
            ("enrollments", ("e9", "c1", "o2", "s9", "student", ""), "s9"),
            ("classes", ("c2", "三年级1班", "03", "homeroom", "o9", "t1"), "o9"),
            ("roles", ("r9", "s9", "primary", "student", "o2"), "s9"),
            ("users", ("s9", "", "true", "一", "丁", "", "", "a9", "", ""), "a9"),
        ],
    )
    def test_an_id_that_leads_nowhere(self, table, row, place):
        (found,) = refused(make(with_row(table, *row))).places
        assert found.startswith(f"{table}.csv")
        assert place in found
        assert str(len(TABLES[table]) + 1) in found

    def test_an_id_that_stands_twice(self):
        (found,) = refused(make(with_row("classes", *TABLES["classes"][1]))).places
        assert "c1" in found

    def test_of_many_faults_the_first_twenty(self):
        rows = [*TABLES["enrollments"]]
        rows += [[f"x{n}", "c9", "o2", "s1", "student", ""] for n in range(50)]
        places = refused(make({"enrollments.csv": text_of(rows)})).places
        assert len(places) == package.PLACES_SHOWN + 1

    @pytest.mark.parametrize("name", ["../users.csv", "a/users.csv", "C:users.csv", "..\\x.csv"])
    def test_a_name_that_leads_elsewhere(self, name):
        refused(make({name: "x"}))

    def test_a_bomb_by_its_own_word(self):
        refused(make({"users.csv": b"0" * 210_000_000}))

    def test_a_bomb_that_lies_about_its_size(self):
        """The directory claims one byte, but the file unpacks to 61 MB."""
        content = bytearray(make({"users.csv": b"0" * (package.MAX_FILE_BYTES + 1_000_000)}))
        directory = content.rfind(b"PK\x01\x02", 0, content.rfind(b"users.csv"))
        content[directory + 24 : directory + 28] = (1).to_bytes(4, "little")
        refused(bytes(content))

    def test_too_many_lines(self):
        lines = "".join(f"e{n},c1,s1,student\n" for n in range(package.MAX_LINES + 1))
        text = f"sourcedId,classSourcedId,userSourcedId,role\n{lines}"
        assert refused(make({"enrollments.csv": text})).places == ["enrollments.csv"]

    def test_a_password(self):
        content = bytearray(make())
        for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
            at = -1
            while (at := content.find(mark, at + 1)) >= 0:
                content[at + flags] |= 1
        refused(bytes(content))

    @pytest.mark.parametrize(
        ("first", "last", "column"),
        [
            ("1900-09-01", "2027-01-16", "startDate"),
            ("2026-09-01", "2100-01-16", "endDate"),
            ("2026-09-01", "2026-08-31", "endDate"),
            ("1. 9. 2026", "2027-01-16", "startDate"),
        ],
    )
    def test_days_that_cannot_be(self, first, last, column):
        rows = [TABLES["academicSessions"][0], ["t1", "2026秋", "term", first, last, "", "2027"]]
        (place,) = refused(make({"academicSessions.csv": text_of(rows)})).places
        assert place.startswith("academicSessions.csv")
        assert column in place

    def test_the_package_of_another_school_here(self, cast, school):
        cast.other_school.code = "620622001"
        school.code = "620622999"
        school.save()
        cast.other_school.save()
        with pytest.raises(UnreadableFile) as caught:
            bring_in(cast, make())
        assert cast.other_school.name in caught.value.places[0]
        assert not RosterImport.objects.exists()

    def test_two_schools(self):
        classes = [*TABLES["classes"], ["c2", "一年级1班", "01", "homeroom", "o1", "t1"]]
        enrolled = [*TABLES["enrollments"][:-1], ["e2", "c2", "o1", "s2", "student", ""]]
        error = refused(
            make({"classes.csv": text_of(classes), "enrollments.csv": text_of(enrolled)})
        )
        assert set(error.places) == {"古浪县", "黄羊川中心小学"}

    def test_said_at_the_field_and_nothing_is_kept(self, client, cast, school):
        client.force_login(cast.users["admin"], "django.contrib.auth.backends.ModelBackend")
        file = io.BytesIO(make(with_row("roles", "r9", "s9", "primary", "student", "o2")))
        file.name = "oneroster.zip"
        page = client.post(reverse("rosters:upload"), {"file": file})
        assert page.status_code == 422
        assert any("s9" in error for error in page.context["form"].errors["file"])
        assert not RosterImport.objects.exists()


class TestOut:
    @pytest.fixture
    def content(self, cast, school):
        year = SchoolYear.objects.get(school=school)
        Term.objects.create(
            year=year, season="autumn", starts_on="2026-09-01", ends_on="2027-01-16"
        )
        bring_in(cast, make())
        return export.package_of(school, AT.date(), AT)

    def table(self, content: bytes, name: str) -> list[dict[str, str]]:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode())))

    def test_it_fits_together_and_comes_back_in_unchanged(self, cast, school, content):
        package.read(content)
        before = Student.objects.count()
        again = bring_in(cast, content, name="back.zip")
        assert set(again.results.values_list("kind", flat=True)) == {"left"}
        assert again.results.count() == before - 1  # one child is at the other school
        assert Student.objects.count() == before

    def test_whoever_is_only_to_be_phoned_does_not_come_back_as_the_carer(self, cast, school):
        child = make_student(cast.school_class, "孙悦悦")
        aunt = make_adult(school, "孙玉兰", "+8613893519001")
        make_guardianship(child, aunt, "relative", kind="contact")
        content = export.package_of(school, AT.date(), AT)
        child.guardianships.all().delete()
        bring_in(cast, content)
        assert not child.guardianships.exists()

    def test_one_adult_may_be_two_things_to_two_children(self, cast, school):
        adult = make_adult(school, "马秀兰", "+8613893519002")
        others = []
        for name, relation in (("马一", "paternal_grandmother"), ("丁二", "maternal_grandmother")):
            others.append(make_student(cast.school_class, name))
            make_guardianship(others[-1], adult, relation)
        again = bring_in(cast, export.package_of(school, AT.date(), AT))
        assert set(again.results.values_list("kind", flat=True)) == {"left"}
        relations = [one.guardianships.get().relation for one in others]
        assert relations == ["paternal_grandmother", "maternal_grandmother"]

    def test_manifest_and_headers_are_those_of_1_2(self, content):
        said = {row["propertyName"]: row["value"] for row in self.table(content, "manifest")}
        assert said["oneroster.version"] == "1.2"
        assert said["file.users"] == "bulk"
        assert said["file.results"] == "absent"
        assert list(self.table(content, "enrollments")[0])[:3] == [
            "sourcedId",
            "status",
            "dateLastModified",
        ]

    def test_a_blocked_adult_and_their_number_are_not_in_it(self, cast, content):
        text = content_text(content)
        assert "徐建军" in {adult.name for adult in cast.adults.values()}
        assert "军" not in text
        assert "13893510002" not in text
        assert "13893510001" in text

    def test_who_is_blocked_at_another_school_is_not_in_it_either(self, cast, school, content):
        mother = cast.adults["mother"]
        assert f"adult-{mother.pk}" in content_text(content)
        elsewhere = make_adult(cast.other_school, mother.name, user=mother.user)
        block_adult(adult=elsewhere, reason="法院裁定", by=cast.users["principal"], at=AT)
        text = content_text(export.package_of(school, AT.date(), AT))
        assert f"adult-{mother.pk}" not in text
        assert f"adult-{cast.adults['grandmother'].pk}" in text

    def test_nothing_says_who_is_left_behind(self, content):
        text = content_text(content)
        assert "留守" not in text
        assert "left" not in text.lower()

    def test_the_download_is_noted_as_read(self, client, cast, content):
        from accounts.models import AccessRecord

        client.force_login(cast.users["admin"], "django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("rosters:oneroster"))
        assert page["Content-Type"] == "application/zip"
        child = cast.students["mengyao"].pk
        assert AccessRecord.objects.filter(student_id=child, what="oneroster").exists()


def content_text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())
