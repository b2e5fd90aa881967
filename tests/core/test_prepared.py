"""A prepared query answers as the queryset does from which it was made, whatever it is asked."""

import sys
import threading

import pghistory
import pytest
from django.db import (
    DEFAULT_DB_ALIAS,
    IntegrityError,
    connection,
    connections,
    transaction,
)
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.transaction import TransactionManagementError
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core import per_page, replica, walls
from core.prepared import PreparedSQL, _Statement, ask_together, prepared, read_first
from core.prepared import joined as joined_by_names
from guardians.models import Adult, ContactPoint, Guardianship
from schools.models import Post, School, SchoolClass, holds_on
from students.models import Enrolment, Student
from tests.days import today
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db


def enrolled(*, student_ids, on):
    held = Post.objects.filter(school_class_id=OuterRef("school_class_id"))
    rows = Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)
    return rows.select_related("student", "school_class").annotate(has_teacher=Exists(held))


def latest(*, school_id, limit):
    rows = Student.objects.filter(school_id=school_id).order_by("-pk")
    return rows.values("pk", called=F("name"))[:limit]


def counted(*, without):
    rows = Enrolment.objects.exclude(student_id__in=without)
    return rows.values_list("school_class_id").annotate(n=Count("pk")).order_by("school_class_id")


def grades(*, school_id):
    """Sorted by what is not among its values: Django selects that, too, and leaves it away."""
    rows = Enrolment.objects.filter(school_class__grade__year__school=school_id)
    return rows.order_by("-student_id").values_list("school_class__grade_id").distinct()


def names(*, school_id):
    return Student.objects.filter(school_id=school_id).order_by("pk").values_list("name", flat=True)


def with_classes(*, school_id):
    return Student.objects.filter(school_id=school_id).prefetch_related("enrolments").order_by("pk")


def test_objects_come_with_what_was_joined_and_added(cast, django_assert_num_queries):
    on, ask = today(), prepared(enrolled)
    keys = list(Student.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        found = {row.pk: (row.student.name, row.school_class.name, row.has_teacher)
                 for row in ask(student_ids=keys, on=on)}  # fmt: skip
    assert found == {
        row.pk: (row.student.name, row.school_class.name, row.has_teacher)
        for row in enrolled(student_ids=keys, on=on)
    }
    assert found


def test_who_asks_is_not_sent_with_what_only_reads(cast):
    ask = prepared(names)
    with pghistory.context(user=1), CaptureQueriesContext(connection) as sent:
        ask(school_id=cast.school.pk)
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(village="红沟村")
    reading, writing = (one["sql"] for one in sent.captured_queries)
    assert reading.startswith("EXECUTE jiaqiao_")
    assert "pghistory" not in reading
    assert "pghistory.context_id" in writing


def test_each_asking_has_its_own_values(cast):
    on, ask = today(), prepared(enrolled)
    for pk in Student.objects.values_list("pk", flat=True):
        assert {row.student_id for row in ask(student_ids=[pk], on=on)} <= {pk}
    assert ask(student_ids=[], on=on) == []
    assert ask(student_ids=set(Student.objects.values_list("pk", flat=True)), on=on)


def test_dicts_tuples_and_single_values(cast):
    school = cast.school.pk
    assert prepared(latest)(school_id=school, limit=2) == list(latest(school_id=school, limit=2))
    assert prepared(latest)(school_id=school, limit=1) == list(latest(school_id=school, limit=1))
    one = Student.objects.values_list("pk", flat=True)[:1]
    assert prepared(counted)(without=list(one)) == list(counted(without=list(one)))
    assert prepared(counted)(without=[]) == list(counted(without=[]))
    assert prepared(names)(school_id=school) == list(names(school_id=school))
    assert prepared(grades)(school_id=school) == list(grades(school_id=school)) != []


def test_what_is_fetched_beside_it_comes_too(cast, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = prepared(with_classes)(school_id=cast.school.pk)
        assert [len(row.enrolments.all()) for row in found]


def test_objects_of_two_askings_are_not_the_same(cast):
    ask = prepared(with_classes)
    first, second = (ask(school_id=cast.school.pk)[0] for _ in range(2))
    first.name = "别人"
    assert second.name != "别人"


@pytest.mark.django_db(transaction=True)
def test_threads_ask_over_their_own_connections():
    school, other = make_cast().school.pk, -1
    ask, found = prepared(names), {}
    expected = list(names(school_id=school))

    def run(number):
        wanted = school if number % 2 else other
        found[number] = [ask(school_id=wanted) for _ in range(20)]
        connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[1] == found[3] == [expected] * 20
    assert found[0] == found[2] == [[]] * 20


def joined(*, school_id):
    held = Post.objects.filter(school_class=OuterRef("school_class"), school_class__grade__number=1)
    rows = Enrolment.objects.filter(Exists(held), school_class__grade__year__school=school_id)
    return rows.select_related("student__school__county").order_by("student__name", "pk")


def test_two_threads_that_ask_first_make_the_sql_once():
    """Making it changes the query: of two at a time one kept a text without some of its joins."""
    before, expected = sys.getswitchinterval(), _Statement(joined(school_id=1)).compiled.sql
    sys.setswitchinterval(5e-6)
    try:
        for _ in range(30):
            statement, start = _Statement(joined(school_id=1)), threading.Barrier(3)

            def make(statement=statement, start=start):
                start.wait()
                _ = statement.compiled

            threads = [threading.Thread(target=make) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert statement.compiled.sql == expected
    finally:
        sys.setswitchinterval(before)


def test_what_is_read_of_a_person_is_read_once_for_an_asking(cast):
    readings = []

    @read_first
    def own(user):
        readings.append(user)
        return [user.pk]

    @prepared
    def posts(*, user):
        return Post.objects.filter(Q(user__in=own(user)) | Q(user_id__in=own(user))).order_by("pk")

    teacher, counsellor = cast.users["teacher"], cast.users["counsellor"]
    assert {post.user_id for post in posts(user=teacher)} == {teacher.pk}
    assert {post.user_id for post in posts(user=counsellor)} == {counsellor.pk}
    assert readings == [teacher, counsellor]


def test_on_a_page_that_reads_statements_share_what_is_read_of_a_person(cast):
    readings = []

    @read_first
    def own(user):
        readings.append((user.pk, walls.reached()))
        return [user.pk]

    @prepared
    def posts(*, user):
        return Post.objects.filter(user__in=own(user))

    @prepared
    def people(*, user):
        return User.objects.filter(pk__in=own(user))

    teacher, counsellor = cast.users["teacher"], cast.users["counsellor"]

    def page(request):
        for user in (teacher, counsellor, teacher):
            assert {post.user_id for post in posts(user=user)} == {user.pk}
            assert [one.pk for one in people(user=user)] == [user.pk]
        with walls.every_school("what was read elsewhere does not count here"):
            people(user=teacher)
        User.objects.filter(pk=teacher.pk).update(name="王老师")  # a write: it is read again
        posts(user=teacher)
        people(user=teacher)
        return HttpResponse()

    with walls.within([1]):
        per_page.middleware(page)(RequestFactory().get("/"))
        assert readings == [
            (teacher.pk, "1"), (counsellor.pk, "1"), (teacher.pk, walls.ALL), (teacher.pk, "1"),
        ]  # fmt: skip
        # Where something is written, nothing is taken as read.
        readings.clear()
        posts(user=teacher)
        people(user=teacher)
    assert len(readings) == 2


def test_of_what_is_joined_only_what_is_shown_is_read(cast):
    rows = Enrolment.objects.all()
    [row] = joined_by_names(rows, "student__name", "school_class__grade__number")[:1]
    assert set(row.student.__dict__) == {"_state", "id", "name"}
    assert not row.get_deferred_fields()
    with CaptureQueriesContext(connection) as asked:
        assert row.student.name
        assert row.school_class.grade.number
    assert not asked


KNOWN = "SELECT name, statement, generic_plans + custom_plans FROM pg_prepared_statements"

PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = %s"


def known() -> dict[str, tuple[str, int]]:
    """{name: (text, times asked)} on this connection."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN)
        return {name: (text, times) for name, text, times in cursor.fetchall()}


def of_class_teachers(*, school_id):
    return Post.objects.filter(school=school_id, role="class_teacher", user__name__contains="100%")


@pytest.mark.django_db(transaction=True)
def test_postgresql_has_it_ready_on_each_connection():
    school, ask = make_cast().school.pk, prepared(names)
    before = known()
    expected = ask(school_id=school)
    assert ask(school_id=-1) == []
    (made,) = known().keys() - before.keys()
    assert known()[made][1] == 2
    connection.close()
    assert made not in known()
    assert ask(school_id=school) == expected
    assert known()[made][1] == 1


def test_what_is_fixed_stands_in_its_text(cast):
    """So a partial index is used, and a sign of percent stays one."""
    before = known()
    assert prepared(of_class_teachers)(school_id=cast.school.pk) == []
    (made,) = known().keys() - before.keys()
    text = known()[made][0]
    assert "= 'class_teacher'" in text
    assert "%100\\%%" in text
    assert text.count("$") == 1


def in_or_out(*, here, classes, without):
    near = Q(student__school__in=here) | Q(school_class_id__in=classes)
    rows = Enrolment.objects.filter(near).exclude(student_id__in=without)
    return rows.order_by("pk").values_list("pk", flat=True)


@pytest.mark.parametrize("without", [0, 1, 2])
@pytest.mark.parametrize("classes", [0, 1, 2])
@pytest.mark.parametrize("here", [0, 1, 2])
def test_lists_with_none_one_or_many_in_them(cast, here, classes, without):
    asked = {
        "here": [cast.school.pk, -1][:here],
        "classes": [cast.school_class.pk, -1][:classes],
        "without": [one.pk for one in cast.students.values()][:without],
    }
    assert prepared(in_or_out)(**asked) == list(in_or_out(**asked))


def test_a_text_for_each_shape_of_its_lists(cast):
    """PostgreSQL plans before it knows the lists: of an empty one, and of one key, it knows by the text."""
    before, ask = known(), prepared(in_or_out)
    for classes in ([3], [4], [5, 6], [5, 6, 7]):
        ask(here=[], classes=classes, without=[])
    found = {text.partition(" WHERE ")[2]: times for name, (text, times) in known().items()
             if name not in before}  # fmt: skip
    one, many = sorted(found, key=len)
    assert [found[one], found[many]] == [2, 2]
    assert "= ANY ('{}')" in one
    assert '"school_class_id" = $1' in one
    assert '"school_class_id" = ANY ($1)' in many


def test_it_is_planned_once_and_not_for_each_asking(cast):
    before, ask = known(), prepared(names)
    for _ in range(3):
        ask(school_id=cast.school.pk)
    (made,) = known().keys() - before.keys()
    with connection.cursor() as cursor:
        cursor.execute(PLANS, [made])
        assert cursor.fetchone() == (3, 0)


def test_in_a_transaction_that_is_over_it_is_refused_as_any_statement_is(cast):
    ask = prepared(names)
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            Post.objects.create()
        with pytest.raises(TransactionManagementError):
            ask(school_id=cast.school.pk)
        transaction.set_rollback(True)
    assert ask(school_id=cast.school.pk) == list(names(school_id=cast.school.pk))


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_is_noticed_by_the_first_statement_of_a_page():
    ask = prepared(names)
    assert ask(school_id=0) == []
    pid = connection.connection.info.backend_pid
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
    connection.close_if_unusable_or_obsolete()  # as each page begins
    assert ask(school_id=0) == []


@pytest.fixture
def page(monkeypatch):
    """As while a page is made that reads."""
    token = per_page._page.set(per_page._Page())
    yield
    per_page._page.reset(token)


MODELS = (Adult, ContactPoint, Enrolment, Guardianship, Post, School, SchoolClass, Student, User)


def test_many_are_read_in_one_statement_as_each_is_alone(cast, page, django_assert_num_queries):
    """Every column of nine tables, texts that an array has to quote, nothing, and what is only sorted by."""
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(
        name='a"b\\c{d},e', village="NULL", strengths="x,y {z}"
    )
    whole = [prepared(lambda model=model: model.objects.order_by("pk")) for model in MODELS]
    school, keys = cast.school.pk, list(Student.objects.values_list("pk", flat=True))
    told = [
        (ask, {}, model.objects.order_by("pk")) for ask, model in zip(whole, MODELS, strict=True)
    ]
    for build, values in (
        (enrolled, {"student_ids": keys, "on": today()}),
        (enrolled, {"student_ids": [], "on": today()}),
        (latest, {"school_id": school, "limit": 2}),
        (counted, {"without": keys[:1]}),
        (grades, {"school_id": school}),
        (names, {"school_id": school}),
    ):
        told.append((prepared(build), values, build(**values)))
    ask_together(ask.question(**values) for ask, values, _rows in told)  # what its columns are
    for ask, values, _rows in told:
        ask(**values)
    per_page._page.get().rows.clear()
    with django_assert_num_queries(1):
        ask_together(ask.question(**values) for ask, values, _rows in told)
        found = [ask(**values) for ask, values, _rows in told]
    for rows, (_ask, _values, expected) in zip(found, told, strict=True):
        ours, theirs = [_plain(one) for one in rows], [_plain(one) for one in expected]
        if not expected.ordered:
            ours, theirs = sorted(ours, key=str), sorted(theirs, key=str)
        assert ours == theirs
    assert all(found[:9])
    assert 'a"b\\c{d},e' in found[-1]


def _plain(row):
    """An object by its columns, with their types; anything else as it is."""
    if not hasattr(row, "_meta"):
        return row
    return [
        (type(value), value)
        for value in (getattr(row, one.attname) for one in row._meta.concrete_fields)
    ]


def test_what_was_read_ahead_is_forgotten_when_a_row_is_written(cast, client):
    ask = prepared(names)
    told = []

    def view(request):
        asked = ask.question(school_id=cast.school.pk)
        other = prepared(latest).question(school_id=cast.school.pk, limit=1)
        for _time in range(2):
            ask_together([asked, other])
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(name="徐新名")
        told.extend(ask(school_id=cast.school.pk))

    request = RequestFactory().get("/")
    per_page.middleware(view)(request)
    assert "徐新名" in told


def test_another_wall_asks_anew(cast, page):
    first, second = prepared(names), prepared(grades)
    asked = {"school_id": cast.school.pk}
    with walls.every_school("the test asks ahead behind one wall, and then behind another"):
        there = first(**asked), second(**asked)
        per_page._page.get().rows.clear()
        ask_together([first.question(**asked), second.question(**asked)])
    with CaptureQueriesContext(connection) as sent:
        assert (first(**asked), second(**asked)) == there
    assert len(sent) == 2
    with walls.every_school("as before"), CaptureQueriesContext(connection) as sent:
        assert (first(**asked), second(**asked)) == there
    assert not sent


def test_the_copy_of_the_database_is_asked_anew(cast):
    ask = prepared(names)
    key = ask.question(school_id=cast.school.pk).key
    with replica._from_copy(0):
        assert ask.question(school_id=cast.school.pk).key != key
        with replica.from_main():
            assert ask.question(school_id=cast.school.pk).key == key


def test_where_nothing_is_kept_nothing_is_read_ahead(cast, django_assert_num_queries):
    ask = prepared(names)
    with django_assert_num_queries(0):
        ask_together([ask.question(school_id=cast.school.pk)])


def in_other_classes(*, student_ids, on, numbers):
    rows = Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)
    rows = rows.filter(~Q(school_class__number__in=numbers), Exists(Post.objects.all()))
    return rows.select_related("student").order_by("-pk")


def either(*, student_ids, number):
    return Enrolment.objects.filter(Q(student_id__in=student_ids) | Q(school_class__number=number))


def test_a_first_look_that_finds_nothing_answers_and_one_that_finds_something_asks(
    cast, page, django_assert_num_queries
):
    ask, beside = prepared(in_other_classes), prepared(names)
    keys = list(Student.objects.values_list("pk", flat=True))
    numbers = list(SchoolClass.objects.values_list("number", flat=True))
    nobody = {"student_ids": [0], "on": today(), "numbers": [-1, -2]}
    left_out = {"student_ids": keys, "on": today(), "numbers": [*numbers, -1]}
    all_of_them = {"student_ids": keys, "on": today(), "numbers": [-1, -2]}
    expected = [list(in_other_classes(**one)) for one in (nobody, left_out, all_of_them)]
    assert [bool(rows) for rows in expected] == [False, False, True]
    school = {"school_id": cast.school.pk}
    ask_together([ask.first_look(**nobody), beside.question(**school)])  # what its columns are
    for values, rows, trips in zip(
        (nobody, left_out, all_of_them), expected, (1, 2, 2), strict=True
    ):
        per_page._page.get().rows.clear()
        with django_assert_num_queries(trips):
            ask_together([ask.first_look(**values), beside.question(**school)])
            assert ask(**values) == rows


def test_two_first_looks_of_one_query_answer_both_where_only_what_they_leave_out_differs(
    cast, page, django_assert_num_queries
):
    ask, nobody = prepared(in_other_classes), {"student_ids": [0], "on": today()}
    values = [{**nobody, "numbers": [one, -1]} for one in (1, 2)]
    for _way in ("each by itself, for its types", "together"):
        per_page._page.get().rows.clear()
        ask_together([ask.first_look(**one) for one in values])
        with django_assert_num_queries(0):
            assert [ask(**one) for one in values] == [[], []]


def test_a_first_look_has_no_condition_that_may_be_missing_from_a_row():
    look = prepared(in_other_classes).first_look(student_ids=[1], on=today(), numbers=[1])
    sql = look.statement.compiled.sql
    for own in ('"student_id" IN', '"starts_on" <='):
        assert own in sql
    for other in ("schools_schoolclass", "schools_post"):
        assert other not in sql
    either_of_two = prepared(either).first_look(student_ids=[1], number=1)
    assert "WHERE" not in either_of_two.statement.compiled.sql


def test_a_list_is_sent_whole_whatever_is_in_it(cast):
    texts = prepared(lambda *, found: Student.objects.filter(name__in=found).order_by("pk"))
    keys = prepared(lambda *, found: Student.objects.filter(pk__in=found).order_by("pk"))
    for ask, key in ((texts, "name"), (keys, "pk")):
        for many in (0, 1, 2, 5):
            wanted = list(Student.objects.order_by("pk").values_list(key, flat=True)[:many])
            assert [getattr(row, key) for row in ask(found=wanted)] == wanted


def test_a_connection_keeps_those_used_last(cast, page, monkeypatch):
    monkeypatch.setattr("core.prepared.MOST_TOGETHER", 2)
    asked = {"school_id": cast.school.pk}
    ask = [prepared(names), prepared(grades), prepared(latest)]
    more = [{}, {}, {"limit": 1}]
    alone = [one(**asked, **kind) for one, kind in zip(ask, more, strict=True)]
    pairs = [(0, 1), (1, 2), (0, 2), (0, 1), (0, 2)]
    for pair in pairs:
        per_page._page.get().rows.clear()
        ask_together([ask[one].question(**asked, **more[one]) for one in pair])
        with CaptureQueriesContext(connection) as sent:
            assert [ask[one](**asked, **more[one]) for one in pair] == [alone[one] for one in pair]
        assert not sent
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE starts_with(name, %s)",
                ["jiaqiao_together_"],
            )
            assert cursor.fetchone()[0] <= 2


def test_sql_by_hand_is_prepared_once_and_takes_lists_with_nothing_in_them():
    found = PreparedSQL(
        "SELECT a, b, a = %(same)s, %(same)s FROM unnest(%(numbers)s::bigint[], %(words)s::text[])"
        " AS rows (a, b) WHERE a IS NULL OR a >= %(same)s::bigint ORDER BY a"
    )
    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        for same, numbers in ((1, [2, 1]), (2, [2, None])):
            found.execute(
                cursor, {"numbers": numbers, "words": ["it's", 'a "b", {c}\\'], "same": same}
            )
            rows = cursor.fetchall()
    assert rows == [(2, "it's", True, 2), (None, 'a "b", {c}\\', None, 2)]
    assert [one["sql"][:16] for one in asked] == ["EXECUTE jiaqiao_"] * 2
