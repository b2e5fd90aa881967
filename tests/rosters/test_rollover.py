"""The next school year from this one: what is written, what stays as before, and undoing it."""

from datetime import date, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import CredentialEvent
from core.day_fields import LAST_BEFORE_FIRST
from delivery.models import OutboxMessage
from doors.staff import leaving
from messaging import actions as messaging
from rosters import queries as roster_queries
from rosters import undoing as undoing_roster
from rosters.models import Rollover, RolloverChild
from rosters.rollover import actions, queries, rules, undoing
from rosters.rollover.work import work_for
from rosters.undoing import CannotUndo
from schools import verifying
from schools.appointing.record import note_standing
from schools.models import ClassStart, Post, SchoolClass, SchoolYear, Term
from schools.queries import classes_on
from schools.roles import Role
from students.actions import leave_school
from students.barriers import set_barrier
from students.models import Enrolment
from students.policies import students_visible_to
from students.queries import class_of
from tests.factories.cast import make_class, make_post, make_student, make_user
from tests.factories.founding import make_class_day
from tests.factories.visits import make_visit
from tests.faults.processes import wait_for
from tests.rosters.conftest import bring_in, snapshot, without_history
from visits.actions.duties import ensure_duties

pytestmark = pytest.mark.django_db
THIS = date(2026, 9, 1), date(2027, 8, 31)
FIRST, LAST = date(2027, 9, 1), date(2028, 8, 31)
JULY = timezone.make_aware(datetime(2027, 7, 5, 10))
SEPTEMBER = timezone.make_aware(datetime(2027, 9, 2, 10))


@pytest.fixture
def year(cast):
    """三年级1班 and 2班 as in the cast, and 六年级1班 with its teacher and one child."""
    year = SchoolYear.objects.get(school=cast.school)
    year.starts_on, year.ends_on = THIS
    year.save()
    cast.last_class = make_class(cast.school, 6, 1)
    cast.users["last_teacher"] = make_user("last_teacher", "赵德明")
    make_post(
        cast.users["last_teacher"],
        Role.CLASS_TEACHER,
        school=cast.school,
        school_class=cast.last_class,
    )
    cast.students["big"] = make_student(cast.last_class, "高大山")
    note_standing(Post.objects.all())
    return year


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.users["admin"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def posted(page, **changes):
    """Return the values of a page's form, with `changes` by field name."""
    form = page.context["form"]
    return {field.html_name: field.value() or "" for field in form} | changes


def prepare(admin, **changes):
    page = admin.get(reverse("rosters:new_year"))
    return admin.post(reverse("rosters:new_year"), posted(page, **changes))


def say(admin, school_class, **changes):
    url = reverse("rosters:new_year_class", args=[school_class.pk])
    return admin.post(url, posted(admin.get(url), **changes))


def carry_out(admin):
    url = reverse("staff:new_year_check")
    return admin.post(url, {"seen": admin.get(url).context["plan"].digest})


def classes_in(on: date) -> dict[str, str]:
    rows = Enrolment.objects.filter(starts_on__lte=on).exclude(ends_on__lt=on)
    return dict(rows.values_list("student__name", "school_class__name"))


def done(cast, admin, **changes):
    assert prepare(admin, **changes).status_code == 302
    assert carry_out(admin).status_code == 302
    return Rollover.objects.get(state="done")


def is_somebody_waiting() -> bool:
    """Return whether a connection waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


class TestCarriedOut:
    def test_classes_move_up_with_their_teachers_and_the_last_grade_leaves(self, cast, year, admin):
        done(cast, admin)
        new = SchoolYear.objects.get(school=cast.school, starts_on=FIRST)
        assert new.ends_on == LAST
        assert Term.objects.filter(year=new).count() == 2
        names = SchoolClass.objects.filter(grade__year=new).values_list("name", flat=True)
        assert sorted(names) == ["四年级1班", "四年级2班"]
        before, after = classes_in(THIS[1]), classes_in(FIRST)
        assert (before["徐梦瑶"], after["徐梦瑶"]) == ("三年级2班", "四年级2班")
        assert (before["高大山"], after.get("高大山")) == ("六年级1班", None)
        left = Enrolment.objects.get(student=cast.students["big"])
        assert (left.ends_on, left.left_reason) == (THIS[1], "finished")
        posts = Post.objects.filter(user=cast.users["teacher"]).order_by("starts_on")
        assert [(p.school_class.name, p.starts_on, p.ends_on) for p in posts] == [
            ("三年级2班", date(2020, 9, 1), THIS[1]),
            ("四年级2班", FIRST, None),
        ]
        assert verifying.broken() == []

    def test_until_the_first_day_everybody_sees_what_they_saw(self, cast, year, admin):
        child, teacher = cast.students["mengyao"], cast.users["teacher"]
        done(cast, admin)
        for on, name in ((JULY.date(), "三年级2班"), (FIRST, "四年级2班")):
            assert class_of(child, on).school_class.name == name
            assert students_visible_to(teacher, on).filter(pk=child.pk).exists()
            assert name in [one.name for one in classes_on(cast.school, on)]
            assert (
                len({one.name for one in classes_on(cast.school, on)})
                == classes_on(cast.school, on).count()
            )

    def test_who_would_be_left_without_a_post_keeps_the_old_one(self, cast, year, admin):
        done(cast, admin)
        post = Post.objects.get(user=cast.users["last_teacher"])
        assert post.ends_on is None

    def test_a_post_that_was_to_end_with_the_year_is_not_given_again(self, cast, year, admin):
        Post.objects.filter(user=cast.users["teacher"]).update(ends_on=THIS[1])
        done(cast, admin)
        assert not Post.objects.filter(user=cast.users["teacher"], starts_on=FIRST).exists()

    def test_a_later_end_goes_along(self, cast, year, admin):
        Post.objects.filter(user=cast.users["teacher"]).update(ends_on=FIRST + timedelta(days=44))
        done(cast, admin)
        new = Post.objects.get(user=cast.users["teacher"], starts_on=FIRST)
        assert new.ends_on == FIRST + timedelta(days=44)

    def test_a_prepared_post_is_taken_back_before_it_begins(self, cast, year, admin):
        done(cast, admin)
        old, new = Post.objects.filter(user=cast.users["teacher"]).order_by("starts_on")
        page = admin.get(reverse("staff:end_post", args=[old.pk]))
        assert new in list(page.context["coming"])
        url = reverse("staff:end_post", args=[new.pk])
        admin.post(url, posted(admin.get(url)))
        assert not Post.objects.filter(pk=new.pk).exists()
        assert verifying.broken() == []

    def test_who_stays_after_all_is_asked_for_the_class_of_the_new_year(self, cast, year, admin):
        done(cast, admin)
        child = cast.students["big"]
        answer = admin.post(reverse("students:file_stay", args=[child.pk]))
        assert answer.url == reverse("students:file_class", args=[child.pk])
        row = Enrolment.objects.get(student=child)
        assert (row.ends_on, row.left_reason) == (THIS[1], "")

    def test_families_receive_nothing(self, cast, year, admin):
        messaging.ensure_plans(at=JULY)
        before = OutboxMessage.objects.filter(adult__isnull=False).count()
        done(cast, admin)
        messaging.ensure_plans(at=JULY)
        assert OutboxMessage.objects.filter(adult__isnull=False).count() == before

    def test_single_children_stay_down_or_leave(self, cast, year, admin):
        second = make_class(cast.school, 2, 1)
        mengyao, xiaobao = cast.students["mengyao"].pk, cast.students["xiaobao"].pk
        prepare(admin)
        answer = say(
            admin,
            cast.school_class,
            **{
                f"goes_{mengyao}": "stays",
                f"number_{mengyao}": "1",
                f"goes_{xiaobao}": "leaves",
                f"reason_{xiaobao}": "to_parents",
                f"to_{xiaobao}": "昆山",
            },
        )
        assert answer.status_code == 302
        page = admin.get(reverse("staff:new_year_check")).content.decode()
        assert "留在三年级1班" in page
        assert "昆山" in page
        carry_out(admin)
        after = classes_in(FIRST)
        assert (after["徐梦瑶"], after.get("徐小宝")) == ("三年级1班", None)
        left = Enrolment.objects.get(student=xiaobao)
        assert (left.left_reason, left.left_to, left.ends_on) == ("to_parents", "昆山", THIS[1])
        assert second.name == "二年级1班"

    def test_who_leaves_in_the_first_days_goes_up_until_then(self, cast, year, admin):
        """Otherwise the child stays with last year's teacher, and nobody of the new class knows it."""
        day, by = date(2027, 9, 5), cast.users["admin"]
        for child in (cast.students["mengyao"], cast.students["big"]):
            leave_school(student=child, left_on=day, reason="other_school", left_to="兰州", by=by)
        done(cast, admin)
        assert classes_in(day)["徐梦瑶"] == "四年级2班"
        assert "徐梦瑶" not in classes_in(day + timedelta(days=1))
        old, new = Enrolment.objects.filter(student=cast.students["mengyao"]).order_by("starts_on")
        assert (old.ends_on, old.left_reason, old.left_to) == (THIS[1], "", "")
        assert (new.starts_on, new.ends_on) == (FIRST, day)
        assert (new.left_reason, new.left_to) == ("other_school", "兰州")
        # Of a class that leaves there is none of the new year: what is on record stays.
        big = Enrolment.objects.get(student=cast.students["big"])
        assert (big.ends_on, big.left_reason) == (day, "other_school")
        undoing.undo(rollover=Rollover.objects.get(), by=by, at=timezone.now())
        again = Enrolment.objects.get(student=cast.students["mengyao"])
        assert (again.pk, again.ends_on, again.left_reason) == (old.pk, day, "other_school")

    def test_who_leaves_before_the_first_day_goes_nowhere(self, cast, year, admin):
        leave_school(
            student=cast.students["mengyao"],
            left_on=THIS[1],
            reason="other_school",
            left_to="兰州",
            by=cast.users["admin"],
        )
        done(cast, admin)
        assert Enrolment.objects.filter(student=cast.students["mengyao"]).count() == 1

    def test_twice_makes_nothing_twice(self, cast, year, admin):
        rollover = done(cast, admin)
        state = without_history(snapshot())
        actions.carry_out(rollover=rollover, seen="", by=cast.users["admin"], at=JULY)
        assert carry_out_again(admin) == 302
        assert without_history(snapshot()) == state

    def test_only_what_was_shown_is_carried_out(self, cast, year, admin):
        prepare(admin)
        seen = admin.get(reverse("staff:new_year_check")).context["plan"].digest
        make_student(cast.school_class, "新来的")
        before = snapshot()
        answer = admin.post(reverse("staff:new_year_check"), {"seen": seen})
        assert answer.status_code == 409
        assert snapshot() == before

    def test_a_child_entered_after_the_first_day_is_put_right(self, cast, year, admin):
        late = make_student(cast.school_class, "晚来的")
        Enrolment.objects.filter(student=late).update(starts_on=FIRST + timedelta(days=1))
        done(cast, admin)
        row = Enrolment.objects.get(student=late)
        assert (row.school_class.name, row.starts_on) == ("四年级2班", FIRST + timedelta(days=1))

    def test_a_year_that_is_in_the_calendar_already_is_taken(self, cast, year, admin):
        known = SchoolYear.objects.create(school=cast.school, starts_on=FIRST, ends_on=LAST)
        done(cast, admin)
        assert SchoolClass.objects.filter(grade__year=known).count() == 2
        assert SchoolYear.objects.filter(school=cast.school).count() == 2

    def test_statements_do_not_grow_with_the_children(self, cast, year, admin):
        def statements() -> int:
            prepare(admin)
            rollover = Rollover.objects.get(state="draft")
            seen = queries.plan_of(rollover).digest
            with CaptureQueriesContext(
                connection,
            ) as captured:
                actions.carry_out(rollover=rollover, seen=seen, by=cast.users["admin"], at=JULY)
            undoing.undo(rollover=rollover, by=cast.users["admin"], at=JULY)
            return len(captured)

        few = statements()
        for n in range(40):
            make_student(cast.school_class, f"孩子{n}")
        assert statements() == few


def carry_out_again(admin) -> int:
    return admin.post(reverse("staff:new_year_check"), {"seen": "x"}).status_code


class TestRefused:
    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("starts_on", "2027-08-31", "还在本学年里"),
            ("starts_on", "2028-02-01", "三个月"),
            ("ends_on", "2027-12-31", "九个月"),
            ("ends_on", "2027-08-01", str(LAST_BEFORE_FIRST)),
            ("starts_on", "2027-13-45", ""),
        ],
    )
    def test_days_that_cannot_be(self, cast, year, admin, field, value, said):
        answer = prepare(admin, **{field: value})
        assert answer.status_code == 422
        assert any(said in str(error) for error in answer.context["form"].errors[field])
        assert not Rollover.objects.exists()

    def test_a_year_across_another(self, cast, year, admin):
        SchoolYear.objects.create(school=cast.school, starts_on=FIRST, ends_on=LAST)
        answer = prepare(admin, starts_on="2027-09-02")
        assert "2027年9月1日" in str(answer.context["form"].errors["starts_on"])

    def test_two_classes_of_one_name(self, cast, year, admin):
        field = f"number_{cast.school_class.pk}"
        answer = prepare(admin, **{field: 1})
        assert answer.status_code == 422
        assert "四年级1班" in str(answer.context["form"].errors[field])

    def test_a_teacher_to_whom_a_childs_file_is_closed(self, cast, year, admin):
        set_barrier(
            student=cast.students["mengyao"],
            user=cast.users["next_teacher"],
            reason="亲属",
            by=cast.users["counsellor"],
            at=JULY,
        )
        field = f"teacher_{cast.school_class.pk}"
        answer = prepare(admin, **{field: str(cast.users["next_teacher"].pk)})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert prepare(admin, **{field: ""}).status_code == 302
        # Nor can the child join that teacher's class by staying down.
        third = SchoolClass.objects.get(pk=cast.next_class.pk)
        second = make_class(cast.school, 2, 1)
        prepare(admin, **{f"teacher_{second.pk}": str(cast.users["next_teacher"].pk)})
        child = cast.students["mengyao"].pk
        wanted = {f"goes_{child}": "stays", f"number_{child}": "1"}
        answer = say(admin, cast.school_class, **wanted)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [f"number_{child}"]
        assert third.pk

    def test_a_barrier_that_came_between_stops_it(self, cast, year, admin):
        prepare(admin, **{f"teacher_{cast.school_class.pk}": str(cast.users["next_teacher"].pk)})
        set_barrier(
            student=cast.students["mengyao"],
            user=cast.users["next_teacher"],
            reason="亲属",
            by=cast.users["counsellor"],
            at=JULY,
        )
        assert carry_out(admin).status_code == 409
        assert not SchoolYear.objects.filter(starts_on=FIRST).exists()

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"goes": "stays"}, "number"),
            ({"goes": "leaves"}, "reason"),
            ({"goes": "leaves", "reason": "to_parents"}, "to"),
        ],
    )
    def test_a_child_of_whom_half_is_said(self, cast, year, admin, given, field):
        prepare(admin)
        child = cast.students["mengyao"].pk
        wanted = {f"{name}_{child}": value for name, value in given.items()}
        answer = say(admin, cast.school_class, **wanted)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [f"{field}_{child}"]
        assert not RolloverChild.objects.exists()

    def test_nobody_gives_a_class_to_themselves(self, cast, year, admin):
        second = cast.users["admin2"] = make_user("admin2", "钱进")
        make_post(second, Role.SCHOOL_ADMIN, school=cast.school)
        field = f"teacher_{cast.school_class.pk}"
        own = prepare(admin, **{field: str(cast.users["admin"].pk)})
        assert own.status_code == 422
        prepare(admin, **{field: str(second.pk)})
        rollover = Rollover.objects.get()
        seen = queries.plan_of(rollover).digest
        with pytest.raises(actions.NotCarriedOut) as refused:
            actions.carry_out(rollover=rollover, seen=seen, by=second, at=JULY)
        assert refused.value.is_own
        actions.carry_out(rollover=rollover, seen=seen, by=cast.users["admin"], at=JULY)
        assert Post.objects.filter(user=second, role=Role.CLASS_TEACHER).exists()

    def test_a_chosen_teacher_who_has_left_since(self, cast, year, admin):
        other = make_user("other", "孙老师")
        post = make_post(
            other, Role.CLASS_TEACHER, school=cast.school, school_class=cast.last_class
        )
        prepare(admin, **{f"teacher_{cast.school_class.pk}": str(other.pk)})
        assert admin.get(reverse("staff:new_year_check")).context["plan"].is_sound
        Post.objects.filter(pk=post.pk).update(ends_on=THIS[1])
        page = admin.get(reverse("staff:new_year_check"))
        assert "孙老师" in page.content.decode()
        assert not page.context["plan"].is_sound
        carry_out(admin)
        assert Rollover.objects.get().state == "draft"

    def test_another_schools_rollover_is_not_there(self, cast, year, admin, client):
        rollover = done(cast, admin)
        other = make_user("far_admin", "远")
        make_post(other, Role.SCHOOL_ADMIN, school=cast.other_school)
        client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("rosters:new_year_done", args=[rollover.pk])).status_code == 404


class TestUndone:
    def test_everything_is_as_before(self, cast, year, admin):
        before = without_history(snapshot())
        posts = list(Post.objects.order_by("pk").values())
        rollover = done(cast, admin)
        ensure_duties(at=JULY, schools=[cast.school])
        answer = admin.post(reverse("rosters:new_year_undo", args=[rollover.pk]), follow=True)
        assert "撤回" in answer.content.decode()
        assert without_history(snapshot()) == before
        assert list(Post.objects.order_by("pk").values()) == posts
        assert SchoolYear.objects.filter(school=cast.school).count() == 1
        assert verifying.broken() == []
        assert CredentialEvent.objects.filter(kind="post_taken_back").exists()
        # It can be prepared again.
        done(cast, admin)
        assert classes_in(FIRST)["徐梦瑶"] == "四年级2班"

    def test_what_the_application_wrote_about_the_new_classes_goes_too(self, cast, year, admin):
        prepare(admin)
        rollover = Rollover.objects.get()
        before = without_history(snapshot())
        at = timezone.make_aware(datetime(2027, 9, 1, 9))
        actions.carry_out(
            rollover=rollover, seen=queries.plan_of(rollover).digest, by=cast.users["admin"], at=at
        )
        assert ensure_duties(at=at + timedelta(hours=1), schools=[cast.school])
        undoing.undo(rollover=rollover, by=cast.users["admin"], at=at + timedelta(hours=5))
        assert without_history(snapshot()) == before

    def test_a_child_put_into_a_new_class_since_stops_it(self, cast, year, admin):
        rollover = done(cast, admin)
        new = SchoolClass.objects.get(name="四年级2班", grade__year__starts_on=FIRST)
        child = make_student(new, "后来的")
        Enrolment.objects.filter(student=child).update(starts_on=FIRST)
        state = snapshot()
        with pytest.raises(CannotUndo) as refused:
            undoing.undo(rollover=rollover, by=cast.users["admin"], at=timezone.now())
        assert refused.value.obstacles.built == [("students.enrolment", 1)]
        assert snapshot() == state
        page = admin.get(reverse("rosters:new_year_done", args=[rollover.pk])).content.decode()
        assert "不能再整个撤回" in page

    @pytest.mark.parametrize("is_planned", [True, False])
    def test_a_planned_day_stops_it_and_one_that_was_taken_back_does_not(
        self, cast, year, admin, is_planned
    ):
        rollover = done(cast, admin)
        new = SchoolClass.objects.get(name="四年级2班", grade__year__starts_on=FIRST)
        make_class_day(3, new)
        if not is_planned:
            ClassStart.objects.update(starts_on=None)
        built = undoing.obstacles_to(rollover, timezone.now()).built
        assert built == ([("schools.classstart", 1)] if is_planned else [])
        if not is_planned:
            undoing.undo(rollover=rollover, by=cast.users["admin"], at=timezone.now())
            assert not ClassStart.objects.exists()

    def test_a_child_who_left_in_the_summer_is_named(self, cast, year, admin):
        rollover = done(cast, admin)
        url = reverse("students:file_leave", args=[cast.students["mengyao"].pk])
        day = timezone.localdate()
        admin.post(url, {"left_on": day, "reason": "to_parents", "left_to": "昆山"})
        rows = Enrolment.objects.filter(student=cast.students["mengyao"])
        assert [(row.ends_on, row.left_to) for row in rows] == [(day, "昆山")]
        obstacles = undoing.obstacles_to(rollover, timezone.now())
        assert obstacles.edited == ["徐梦瑶"]

    @pytest.mark.django_db(transaction=True)
    def test_a_child_who_leaves_at_that_very_moment_has_left(self, cast, year, admin):
        """A colleague saves the leaving while somebody undoes the new year."""
        rollover, child = done(cast, admin), cast.students["mengyao"]
        day, refused = timezone.localdate(), []

        def undo():
            try:
                undoing.undo(rollover=rollover, by=cast.users["admin"], at=timezone.now())
            except CannotUndo as error:
                refused.append(error.obstacles.edited)
            finally:
                connection.close()

        other = Thread(target=undo)
        with transaction.atomic():
            leave_school(
                student=child,
                left_on=day,
                reason="to_parents",
                left_to="昆山",
                by=cast.users["admin"],
            )
            other.start()
            wait_for(lambda: is_somebody_waiting() or not other.is_alive(), 30)
        other.join(30)
        assert refused == [["徐梦瑶"]]
        assert [row.ends_on for row in Enrolment.objects.filter(student=child)] == [day]

    def test_a_late_one_can_be_undone_from_the_same_page(self, cast, year, admin):
        """The new year has begun and its own end is far away, but undoing must still be offered."""
        SchoolYear.objects.filter(pk=year.pk).update(
            starts_on=timezone.localdate() - timedelta(days=365),
            ends_on=timezone.localdate() - timedelta(days=1),
        )
        rollover = done(cast, admin)
        answer = admin.get(reverse("rosters:new_year"))
        assert answer.url == reverse("rosters:new_year_done", args=[rollover.pk])

    def test_after_a_day_it_stands(self, cast, year, admin):
        rollover = done(cast, admin)
        with pytest.raises(CannotUndo):
            undoing.undo(
                rollover=rollover,
                by=cast.users["admin"],
                at=timezone.now() + timedelta(hours=25),
            )


class TestAnotherClassTeacher:
    """三年级2班 and 三年级1班 swap teachers; a visit to 徐梦瑶 is in the old teacher's name."""

    def swap(self, cast, admin):
        teacher, other = cast.users["teacher"], cast.users["next_teacher"]
        visit = make_visit(cast.students["mengyao"], goes=teacher)
        changes = {
            f"teacher_{cast.school_class.pk}": str(other.pk),
            f"teacher_{cast.next_class.pk}": str(teacher.pk),
        }
        assert prepare(admin, **changes).status_code == 302
        return visit

    def rows(self, cast, at) -> list:
        rows = leaving.work_for(cast.users["admin"], at)
        return [row for row in rows if row.student_name == "张丽华"]

    def test_the_preview_tells_what_is_open_and_to_whom_it_will_be_offered(self, cast, year, admin):
        self.swap(cast, admin)
        page = admin.get(reverse("staff:new_year_check"))
        [line] = [one for one in page.context["preview"].incomplete if "张丽华" in one]
        assert "李桂英" in line
        assert "2027" in line

    def test_nothing_is_said_where_the_teacher_goes_along(self, cast, year, admin):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        prepare(admin)
        page = admin.get(reverse("staff:new_year_check"))
        assert not [one for one in page.context["preview"].incomplete if "张丽华" in one]

    def test_from_the_first_day_today_asks_to_hand_it_over(self, cast, year, admin):
        self.swap(cast, admin)
        carry_out(admin)
        assert self.rows(cast, JULY) == []
        assert self.rows(cast, SEPTEMBER)
        assert leaving.work_for(cast.users["principal"], SEPTEMBER) == []

    def test_what_stays_with_another_post_is_not_asked(self, cast, year, admin):
        self.swap(cast, admin)
        make_post(cast.users["teacher"], Role.COUNSELLOR, school=cast.school)
        carry_out(admin)
        assert self.rows(cast, SEPTEMBER) == []

    def test_the_page_proposes_the_new_teacher(self, cast, admin):
        teacher, other = cast.users["teacher"], cast.users["next_teacher"]
        visit = make_visit(cast.students["mengyao"], goes=teacher)
        yesterday = timezone.localdate() - timedelta(days=1)
        Post.objects.filter(user=teacher).update(ends_on=yesterday)
        make_post(teacher, Role.CLASS_TEACHER, school=cast.school, school_class=cast.next_class)
        make_post(other, Role.CLASS_TEACHER, school=cast.school, school_class=cast.school_class)
        [row] = self.rows(cast, timezone.now())
        page = admin.get(row.act_url)
        assert page.context["form"]["to"].value() == str(other.pk)
        assert admin.post(row.act_url, posted(page)).status_code == 302
        visit.refresh_from_db()
        assert visit.goes == other
        assert self.rows(cast, timezone.now()) == []

    def test_ten_rows_cost_as_many_queries_as_one(self, cast, admin):
        teacher = cast.users["teacher"]
        make_visit(cast.students["mengyao"], goes=teacher)
        Post.objects.filter(user=teacher).update(ends_on=timezone.localdate() - timedelta(days=1))
        make_post(teacher, Role.CLASS_TEACHER, school=cast.school, school_class=cast.next_class)
        counts = []
        for _time in range(2):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert self.rows(cast, timezone.now())
            counts.append(len(asked))
            for number in range(9):
                make_visit(make_student(cast.school_class, f"何{number}"), goes=teacher)
        assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("grade", "grades", "leaves"),
    [
        (6, {1, 2, 3, 4, 5, 6}, True),
        (6, {5, 6, 7}, False),
        (9, {7, 8, 9}, True),
        (3, {1, 2, 3}, False),  # a growing school or a teaching point: a person decides
        (12, {12}, True),
    ],
)
def test_which_classes_leave(grade, grades, leaves):
    assert rules.leaves(grade, grades) is leaves


class TestToday:
    def test_a_row_from_june_on_until_it_is_prepared(self, cast, year, admin):
        user = cast.users["admin"]
        may = timezone.make_aware(datetime(2027, 5, 1, 9))
        assert work_for(user, may) == []
        assert len(work_for(user, JULY)) == len(work_for(user, SEPTEMBER)) == 1
        assert work_for(cast.users["teacher"], JULY) == []
        done(cast, admin)
        assert work_for(user, JULY) == work_for(user, SEPTEMBER) == []


class TestTheRosterThatFollows:
    AUGUST = timezone.make_aware(datetime(2027, 8, 20, 10))

    def test_says_who_is_missing_and_nothing_of_who_has_left(self, cast, year, admin):
        done(cast, admin)
        children = [cast.students["mengyao"], cast.students["xiaobao"]]
        rows = [f"{child.name},{child.born_on},四年级2班" for child in children]
        content = "\n".join(["姓名,出生日期,班级", *rows]).encode()
        roster = bring_in(cast, content, at=self.AUGUST, name="新学年.csv")
        checked, world = roster_queries.checked(roster, self.AUGUST.date())
        assert world.is_ahead
        assert [row.changes for row in checked.rows] == [[], []]
        missing = [child.fields["name"] for child in checked.absent]
        assert missing == [cast.students["haitao"].name]

    def test_a_new_child_has_its_pictures_before_the_first_day(self, cast, year, admin):
        done(cast, admin)
        rows = "姓名,出生日期,班级\n何小雨,2018-02-03,四年级2班\n"
        bring_in(cast, rows.encode(), at=self.AUGUST, name="新学年.csv")
        new = Enrolment.objects.get(student__name="何小雨")
        assert (new.school_class.name, new.starts_on) == ("四年级2班", FIRST)
        assert new.student.picture_code
        there = Enrolment.objects.filter(school_class=new.school_class)
        codes = list(there.values_list("student__picture_code", flat=True))
        assert len(set(codes)) == len(codes) == 3

    def test_a_child_in_another_class_moves_on_the_first_day_only(self, cast, year, admin):
        done(cast, admin)
        born_on = cast.students["mengyao"].born_on
        rows = f"姓名,出生日期,班级\n徐梦瑶,{born_on},四年级1班\n"
        roster = bring_in(cast, rows.encode(), at=self.AUGUST, name="新学年.csv")
        [result] = roster.results.all()
        [change] = [one for one in result.changes if one["field"] == "class"]
        assert (change["before"], change["after"]) == ("四年级2班", "四年级1班")
        assert classes_in(self.AUGUST.date())["徐梦瑶"] == "三年级2班"
        assert classes_in(FIRST)["徐梦瑶"] == "四年级1班"
        undoing_roster.undo_import(roster=roster, by=cast.users["admin"], at=self.AUGUST)
        assert classes_in(FIRST)["徐梦瑶"] == "四年级2班"

    def test_a_roster_of_this_year_leaves_the_next_one_as_it_is(self, cast, year, admin):
        done(cast, admin)
        born_on = cast.students["mengyao"].born_on
        rows = f"姓名,出生日期,班级\n徐梦瑶,{born_on},三年级1班\n"
        roster = bring_in(cast, rows.encode(), at=JULY, name="本学年.csv")
        assert roster.state == "done"
        assert classes_in(JULY.date())["徐梦瑶"] == "三年级1班"
        assert classes_in(FIRST)["徐梦瑶"] == "四年级2班"
        undoing_roster.undo_import(roster=roster, by=cast.users["admin"], at=JULY)
        assert classes_in(JULY.date())["徐梦瑶"] == "三年级2班"


class TestTheSummerBetween:
    """The real clock: a rollover next summer, and a change today."""

    def move(self, admin, cast, to: SchoolClass, day: date):
        url = reverse("students:file_class", args=[cast.students["mengyao"].pk])
        return admin.post(url, {"school_class": to.pk, "starts_on": day.isoformat()})

    def test_a_child_moves_today_and_goes_up_all_the_same(self, cast, year, admin):
        done(cast, admin)
        today = timezone.localdate()
        assert self.move(admin, cast, cast.next_class, today).status_code == 302
        assert classes_in(today)["徐梦瑶"] == "三年级1班"
        assert classes_in(FIRST)["徐梦瑶"] == "四年级2班"
        page = admin.get(reverse("staff:child", args=[cast.students["mengyao"].pk]))
        text = page.content.decode()
        assert "三年级1班" in text
        assert "2027年9月1日起：四年级2班" in text

    def test_no_child_enters_a_class_before_its_year_begins(self, cast, year, admin):
        done(cast, admin)
        new = SchoolClass.objects.get(name="四年级1班", school=cast.school)
        answer = self.move(admin, cast, new, timezone.localdate())
        assert answer.status_code == 422
        assert "2027年9月1日" in answer.content.decode()
        assert classes_in(timezone.localdate())["徐梦瑶"] == "三年级2班"


class TestTwoClassesBecomeOne:
    def merge(self, cast, admin, **changes):
        changes = {f"number_{cast.school_class.pk}": "1"} | changes
        return prepare(admin, **changes)

    def test_by_mistake_it_is_refused_and_asked(self, cast, year, admin):
        answer = self.merge(cast, admin)
        assert answer.status_code == 422
        assert answer.context["form"].shows_merging
        assert not prepare(admin).context

    def test_said_so_the_preview_names_the_children_of_both(self, cast, year, admin):
        twin = make_student(cast.next_class, "徐梦瑶", born_on=date(2017, 1, 1))
        assert self.merge(cast, admin, merges="on").status_code == 302
        page = admin.get(reverse("staff:new_year_check"))
        [merged] = page.context["preview"].merged
        assert merged.to == "四年级1班"
        assert merged.children == 4
        assert dict(merged.sources)["三年级2班"] == "徐梦瑶、徐小宝"
        assert twin.name in dict(merged.sources)["三年级1班"]
        assert [one for one in page.context["preview"].incomplete if "徐梦瑶" in one]

    def test_all_are_in_one_class_with_both_teachers_and_it_is_undone(self, cast, year, admin):
        before = without_history(snapshot())
        assert self.merge(cast, admin, merges="on").status_code == 302
        assert carry_out(admin).status_code == 302
        new = SchoolClass.objects.get(grade__year__starts_on=FIRST)
        assert new.name == "四年级1班"
        after = classes_in(FIRST)
        assert {after[name] for name in ("徐梦瑶", "徐小宝", "丁海涛")} == {"四年级1班"}
        posts = Post.objects.filter(school_class=new).values_list("user__name", flat=True)
        assert sorted(posts) == ["张丽华", "李桂英"]
        rollover = Rollover.objects.get(state="done")
        undoing.undo(rollover=rollover, by=cast.users["admin"], at=timezone.now())
        assert without_history(snapshot()) == before
        assert verifying.broken() == []

    def test_one_teacher_is_chosen(self, cast, year, admin):
        changes = {f"teacher_{cast.school_class.pk}": str(cast.users["next_teacher"].pk)}
        assert self.merge(cast, admin, merges="on", **changes).status_code == 302
        carry_out(admin)
        new = SchoolClass.objects.get(grade__year__starts_on=FIRST)
        posts = Post.objects.filter(school_class=new).values_list("user__name", flat=True)
        assert list(posts) == ["李桂英"]

    def test_whose_teacher_may_not_hear_of_a_child_of_the_other_class(self, cast, year, admin):
        set_barrier(
            student=cast.students["mengyao"],
            user=cast.users["next_teacher"],
            reason="亲戚",
            by=cast.users["principal"],
            at=timezone.now(),
        )
        self.merge(cast, admin, merges="on")
        page = admin.get(reverse("staff:new_year_check"))
        assert not page.context["plan"].is_sound


@pytest.mark.parametrize(
    ("ends_on", "first_on", "last_on"),
    [
        (date(2026, 8, 31), date(2026, 9, 1), date(2027, 8, 31)),
        (date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31)),
        (date(2028, 2, 29), date(2028, 3, 1), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 28)),
        (date(2028, 8, 29), date(2028, 8, 30), date(2029, 8, 29)),
    ],
)
def test_the_next_year_follows_without_a_gap(ends_on, first_on, last_on):
    assert rules.next_year(ends_on) == (first_on, last_on)


@pytest.mark.parametrize(
    ("days", "problem"),
    [(0, "too_early"), (-1, "too_early"), (1, None), (92, None), (93, "too_late")],
)
def test_its_first_day(days, problem):
    this_ends_on = date(2026, 8, 31)
    assert rules.first_day_problem(this_ends_on + timedelta(days=days), this_ends_on) == problem


@pytest.mark.parametrize(
    ("days", "problem"), [(269, "too_short"), (270, None), (380, None), (381, "too_long")]
)
def test_its_last_day(days, problem):
    first_on = date(2026, 9, 1)
    assert rules.last_day_problem(first_on, first_on + timedelta(days=days - 1)) == problem


@pytest.mark.parametrize(("days", "is_due"), [(93, False), (92, True), (0, True), (-1, True)])
def test_from_when_it_is_time_to_prepare_it(days, is_due):
    ends_on = date(2026, 8, 31)
    assert rules.is_due(ends_on - timedelta(days=days), ends_on) is is_due
