"""A ledger with names leaves as an encrypted file, and a receipt stays."""

import hashlib
import io
import re
from datetime import timedelta
from uuid import uuid4

import msoffcrypto
import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from accounts.models import AccessRecord
from doors.staff.erasing import erase_file
from doors.staff.ledger import Part
from doors.staff.ledgers.sealing import new_password, sealed, unsealed
from privacy.ledgers.actions import FILE_HOURS, drop_files
from privacy.models import LedgerArrival, LedgerChild, LedgerFile, LedgerSent
from rosters.civil.actions import take
from rosters.models import CivilList
from students.models import Barrier, Student
from tests.doors.test_data_copy import copy_of
from tests.doors.test_retention import where_found
from tests.factories.cast import make_student

pytestmark = pytest.mark.django_db
URL = "/children/papers/ledger/"


@pytest.fixture
def sign_in(client, cast):
    def sign_in(role):
        client.force_login(cast.users[role])
        return client

    return sign_in


def form(*children, **data):
    told = {
        "child": [child.pk for child in children],
        "office": "civil_affairs",
        "receiver": "赵主任",
        "purpose": "本学期留守儿童上报",
        "parts": ["status"],
        "key": str(uuid4()),
    }
    return told | data


def file_of(client, made):
    return client.get(reverse("staff:ledger_file", args=[made.context["sent"].pk]))


class TestFile:
    def test_it_opens_with_the_password_and_with_no_other(self, cast, sign_in):
        client, child = sign_in("admin"), cast.students["mengyao"]
        made = client.post(URL, form(child))
        content = file_of(client, made).content
        assert child.name.encode() not in content
        office = msoffcrypto.OfficeFile(io.BytesIO(content))
        assert office.is_encrypted()
        password = made.context["password"]
        assert password in made.content.decode()
        rows = load_workbook(io.BytesIO(unsealed(content, password))).worksheets[0]
        assert rows["B2"].value == child.name
        for wrong in (new_password(), password[:-1], ""):
            with pytest.raises(Exception, match=r"(?i)key|password"):
                unsealed(content, wrong)

    def test_aes_with_256_bits(self):
        book = io.BytesIO()
        Workbook().save(book)
        office = msoffcrypto.OfficeFile(io.BytesIO(sealed(book.getvalue(), "a")))
        info = office.info
        assert (info["passwordHashAlgorithm"], info["passwordKeyBits"]) == ("SHA512", 256)
        assert info["spinValue"] >= 100_000

    def test_the_password_is_strong_and_can_be_read_out(self):
        found = {new_password() for _try in range(200)}
        assert len(found) == 200
        assert all(
            re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", one) for one in found
        )

    def test_only_what_was_asked_for_goes_in(self, cast, sign_in):
        client, child = sign_in("admin"), cast.students["mengyao"]
        titles = {}
        for parts in ([], ["carer"], Part.values):
            made = client.post(URL, form(child, parts=parts))
            book = unsealed(file_of(client, made).content, made.context["password"])
            row = next(load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(max_row=1))
            titles[len(parts)] = [cell.value for cell in row]
        assert len(titles[0]) == 8
        assert "照看人电话" in titles[1]
        assert "身份证号" not in titles[1]
        assert len(titles[len(Part.values)]) > 35

    def test_nothing_leaves_without_a_password(self, cast, sign_in):
        client, child = sign_in("admin"), cast.students["mengyao"]
        answer = client.get(URL, {"child": child.pk})
        assert answer["Content-Type"].startswith("text/html")
        assert not LedgerSent.objects.exists()
        assert not AccessRecord.objects.filter(what="ledger").exists()

    def test_a_child_that_the_maker_may_not_see_is_not_in_it(self, cast, sign_in):
        child, admin = cast.students["mengyao"], cast.users["admin"]
        Barrier.objects.create(
            student=child,
            user=admin,
            school=cast.school,
            reason="本人亲属",
            set_by=cast.users["principal"],
            set_at=timezone.now(),
        )
        client = sign_in("admin")
        assert client.post(URL, form(child)).status_code == 404
        made = client.post(URL, form(**{"class": "all"}))
        book = unsealed(file_of(client, made).content, made.context["password"])
        names = [row[1].value for row in load_workbook(io.BytesIO(book)).worksheets[0].iter_rows()]
        assert child.name not in names
        assert not LedgerChild.objects.filter(student=child).exists()

    def test_the_file_is_its_makers_and_for_a_day(self, cast, sign_in):
        made = sign_in("teacher").post(URL, form(cast.students["mengyao"]))
        address = reverse("staff:ledger_file", args=[made.context["sent"].pk])
        assert sign_in("admin").get(address).status_code == 404
        assert sign_in("teacher").get(address).status_code == 200
        now = timezone.now()
        drop_files(at=now + timedelta(hours=FILE_HOURS - 1))
        assert LedgerFile.objects.count() == 1
        drop_files(at=now + timedelta(hours=FILE_HOURS + 1))
        assert sign_in("teacher").get(address).status_code == 404
        assert LedgerSent.objects.count() == 1

    def test_a_maker_who_is_barred_meanwhile_gets_it_no_more(self, cast, sign_in):
        client, child = sign_in("admin"), cast.students["mengyao"]
        made = client.post(URL, form(child, cast.students["haitao"]))
        address = reverse("staff:ledger_file", args=[made.context["sent"].pk])
        assert address in client.get(reverse("staff:ledgers")).content.decode()
        Barrier.objects.create(
            student=child,
            user=cast.users["admin"],
            school=cast.school,
            reason="本人亲属",
            set_by=cast.users["principal"],
            set_at=timezone.now(),
        )
        assert client.get(address).status_code == 404
        assert address not in client.get(reverse("staff:ledgers")).content.decode()
        assert not AccessRecord.objects.filter(what="ledger file").exists()

    def test_each_download_is_noted_for_each_child(self, cast, sign_in):
        client = sign_in("admin")
        children = [cast.students["mengyao"], cast.students["haitao"]]
        made = client.post(URL, form(*children))
        for _time in range(2):
            assert file_of(client, made).status_code == 200
        noted = AccessRecord.objects.filter(what="ledger file", user=cast.users["admin"])
        found = sorted(noted.values_list("student_id", flat=True))
        assert found == sorted([child.pk for child in children] * 2)


class TestReceipt:
    def test_it_says_who_to_whom_for_what_and_of_whom(self, cast, sign_in):
        client, child = sign_in("admin"), cast.students["mengyao"]
        made = client.post(URL, form(child, parts=["carer", "status"]))
        content = file_of(client, made).content
        sent = LedgerSent.objects.get()
        assert (sent.made_by, sent.office, sent.receiver, sent.purpose, sent.children) == (
            cast.users["admin"],
            "civil_affairs",
            "赵主任",
            "本学期留守儿童上报",
            1,
        )
        assert sent.parts == ["carer", "status"]
        assert sent.digest == hashlib.sha256(content).hexdigest()
        assert LedgerChild.objects.get().student == child
        record = AccessRecord.objects.get(what="ledger")
        assert (record.student_id, record.user) == (child.pk, cast.users["admin"])
        page = client.get(reverse("staff:ledgers")).content.decode()
        for words in ("民政部门", "赵主任", "本学期留守儿童上报", sent.digest, "照看人及电话"):
            assert words in page

    def test_the_password_is_nowhere(self, cast, sign_in):
        client = sign_in("admin")
        password = client.post(URL, form(cast.students["mengyao"])).context["password"]
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS one WHERE one::text LIKE %s',  # noqa: S608
                    [f"%{password}%"],
                )
                assert cursor.fetchone()[0] == 0, table
        assert password not in client.get(reverse("staff:ledgers")).content.decode()

    def test_a_form_that_comes_twice_makes_one_and_shows_no_other_password(self, cast, sign_in):
        client, told = sign_in("admin"), form(cast.students["mengyao"])
        client.post(URL, told)
        again = client.post(URL, told)
        assert again.status_code == 302
        assert LedgerSent.objects.count() == LedgerFile.objects.count() == 1
        assert AccessRecord.objects.filter(what="ledger").count() == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("office", ""),
            ("office", "friend"),
            ("receiver", " "),
            ("purpose", ""),
            ("parts", ["notes"]),
            ("receiver", "王" * 61),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
        self, cast, sign_in, field, value
    ):
        client, child = sign_in("admin"), cast.students["mengyao"]
        answer = client.post(URL, form(child, purpose="摸底") | {field: value})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert f'name="child" value="{child.pk}"' in answer.content.decode()
        if field != "purpose":
            assert "摸底" in answer.content.decode()
        assert not LedgerSent.objects.exists()

    def test_that_it_arrived_is_noted_once(self, cast, sign_in):
        sent = sign_in("admin").post(URL, form(cast.students["mengyao"])).context["sent"]
        address = reverse("staff:ledger_arrived", args=[sent.pk])
        client = sign_in("principal")
        empty = client.post(address, {f"{sent.pk}-said_by": ""})
        assert (empty.status_code, LedgerArrival.objects.count()) == (422, 0)
        for name, said in (("赵主任", "已记录：文件已收到"), ("别人", "之前已经记过")):
            page = client.post(address, {f"{sent.pk}-said_by": name}, follow=True)
            assert str(next(iter(page.context["messages"]))).startswith(said)
        arrival = LedgerArrival.objects.get()
        assert (arrival.said_by, arrival.noted_by) == ("赵主任", cast.users["principal"])
        assert "赵主任说已收到" in client.get(reverse("staff:ledgers")).content.decode()

    def test_a_teacher_sees_their_own_alone(self, cast, sign_in):
        sent = sign_in("admin").post(URL, form(cast.students["mengyao"])).context["sent"]
        client = sign_in("teacher")
        assert "赵主任" not in client.get(reverse("staff:ledgers")).content.decode()
        address = reverse("staff:ledger_arrived", args=[sent.pk])
        assert client.post(address, {f"{sent.pk}-said_by": "赵主任"}).status_code == 404

    @pytest.mark.parametrize("model", [LedgerSent, LedgerChild, LedgerArrival])
    @pytest.mark.parametrize("act", ["update", "delete"])
    def test_nobody_rewrites_it(self, cast, sign_in, model, act):
        client = sign_in("admin")
        sent = client.post(URL, form(cast.students["mengyao"])).context["sent"]
        client.post(reverse("staff:ledger_arrived", args=[sent.pk]), {f"{sent.pk}-said_by": "赵"})
        acts = {
            "delete": lambda: model.objects.all().delete(),
            "update": lambda: model.objects.update(id=sent.pk + 1000),
        }
        with pytest.raises(DatabaseError), transaction.atomic():
            acts[act]()
        assert model.objects.count() == 1

    def test_the_familys_copy_says_to_which_office_it_went(self, cast, sign_in):
        """And not for what, nor to whom: free words, which may tell what protects the child."""
        told = form(cast.students["mengyao"], purpose="疑似家暴，个案评估", receiver="未保站赵主任")
        client = sign_in("admin")
        assert "家庭" in client.get(URL, {"child": told["child"]}).content.decode()
        client.post(URL, told)
        with copy_of(sign_in("mother"), cast) as archive:
            text = "".join(
                archive.read(name).decode(errors="ignore") for name in archive.namelist()
            )
        assert "民政部门" in text
        assert "家暴" not in text
        assert "未保站" not in text

    def test_ten_children_cost_as_many_queries_as_one(
        self, cast, sign_in, django_assert_max_num_queries
    ):
        client, children = sign_in("teacher"), [cast.students["mengyao"]]
        client.post(URL, form(*children))
        with django_assert_max_num_queries(60) as few:
            client.post(URL, form(*children))
        children += [
            make_student(cast.school_class, f"王小{number}") for number in "一二三四五六七八九"
        ]
        with django_assert_max_num_queries(60) as many:
            assert client.post(URL, form(*children)).status_code == 200
        assert len(many) == len(few)


class TestErasing:
    """`erase_file` is what a request, what is over and a restore all come to."""

    def test_what_an_office_got_or_sent_of_the_child_goes_with_its_file(self, cast, sign_in):
        client, child, at = sign_in("admin"), cast.students["haitao"], timezone.now()
        other = cast.students["mengyao"]
        sent = {
            name: client.post(URL, form(*children, purpose=words)).context["sent"]
            for name, children, words in (
                ("alone", [child], "孩子的个案"),
                ("both", [child, other], "本学期上报"),
                ("named", [child, other], f"{child.name}的低保"),
                ("other", [other], "本学期上报"),
            )
        }
        sheet = Workbook()
        sheet.active.append(["姓名", "出生日期"])
        sheet.active.append([child.name, "2016-01-02"])
        stream = io.BytesIO()
        sheet.save(stream)
        take(
            school=cast.school,
            content=stream.getvalue(),
            file_name="a.xlsx",
            by=cast.users["admin"],
            at=at,
        )
        with transaction.atomic():
            erase_file(Student.objects.select_for_update().get(pk=child.pk), at)
        connection.check_constraints()
        assert not CivilList.objects.exists()
        assert [file.sent for file in LedgerFile.objects.all()] == [sent["other"]]
        purposes = {name: LedgerSent.objects.get(pk=one.pk).purpose for name, one in sent.items()}
        assert purposes == {"alone": "", "both": "本学期上报", "named": "", "other": "本学期上报"}
        assert where_found(child.name) == []
