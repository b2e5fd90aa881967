"""An officer reads a lesson for every school of the county: who may send it then, and what ends that."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.addresses import page_above
from core.weeks import monday_of
from delivery.models import OutboxMessage
from doors.family.aloud.text import parts_of
from learning import actions as lessons
from learning.county import actions
from learning.county.work import work_for
from learning.curriculum import actions as curriculum
from learning.curriculum.queries import open_between
from learning.exchange import actions as exchange
from learning.models import (
    CountyPack,
    CountyReading,
    Lesson,
    LessonPlan,
    LessonReading,
    LessonSent,
    LessonVoice,
    SchoolPack,
)
from learning.queries import is_out, lessons_to_send, lessons_to_teach
from schools.models import County, School
from schools.policies import today_in
from tests.factories.cast import make_post, make_user
from tests.factories.files import recording
from tests.factories.learning import (
    archive,
    class_files,
    class_lesson,
    county_pack,
    files,
    load,
    own_lesson,
    recorded,
    school_pack,
    sent,
    term,
    text,
    ticked,
    token_of,
)
from tests.learning.test_pages import client_of

pytestmark = pytest.mark.django_db
READ = "王志强（古浪县教育局）审读并批准"


@pytest.fixture(autouse=True)
def _sends(cast):
    School.objects.filter(county=cast.county).update(is_demo=True)
    cast.school.refresh_from_db()


def url(name: str, lesson: Lesson) -> str:
    return reverse(f"learning:county_{name}", args=[lesson.digest])


def let_out(cast, lesson: Lesson, county: County | None = None) -> bool:
    by, at = cast.users["county"], clock.now()
    return actions.let_out(county=county or cast.county, lesson=lesson, by=by, at=at)


def take_back(cast, lesson: Lesson) -> bool:
    return actions.take_back(
        county=cast.county,
        lesson=lesson,
        reason="电话号码变了",
        by=cast.users["county"],
        at=clock.now(),
    )


def send(cast, lesson: Lesson) -> int:
    keys = [cast.students["mengyao"].pk]
    return lessons.send(lesson=lesson, school=cast.school, student_ids=keys, at=clock.now())


def shown(cast, who: str, lesson: Lesson) -> str:
    return client_of(cast, who).get(reverse("learning:lesson", args=[lesson.pk])).content.decode()


def states() -> set[str]:
    return set(OutboxMessage.objects.values_list("state", flat=True))


class TestRead:
    def test_every_school_of_the_county_may_send_it_and_sees_who_has_read_it(self, cast):
        lesson = load()["praise"]
        assert send(cast, lesson) == 0
        officer = client_of(cast, "county")
        html = officer.get(url("lesson", lesson)).content.decode()
        assert "小事也算，一次说一件。" in html  # the transcript, in both languages
        assert html.count("小事也算。") == 2
        assert officer.post(url("let_out", lesson), {}).status_code == 422
        assert not CountyReading.objects.exists()
        assert officer.post(url("let_out", lesson), {"has_read": "on"}).status_code == 302
        reading = CountyReading.objects.get()
        assert (reading.by, reading.title) == (cast.users["county"], "夸他做了什么")
        assert not LessonReading.objects.exists()
        for who, school in (("teacher", cast.school), ("far_teacher", cast.other_school)):
            html = shown(cast, who, lesson)
            assert READ in html
            assert "还没有人审读" not in html
            assert is_out(lesson, school.pk)
        choose = client_of(cast, "teacher").get(reverse("learning:send", args=[lesson.pk]))
        assert choose.status_code == 200
        assert send(cast, lesson) == 2
        assert states() == {"due"}

    def test_the_family_reads_who_has_read_it(self, cast):
        row = sent(cast)
        lesson = load(files(praise__en_md=text("Better")))["praise"]
        LessonSent.objects.filter(pk=row.pk).update(lesson=lesson)
        row.refresh_from_db()
        path = reverse("family_learning:link", args=[token_of(row)])
        client = client_of(cast, "mother")
        assert "学校收回了这一课" in client.get(path).content.decode()
        let_out(cast, lesson)
        assert "古浪县教育局的王志强审读过" in client.get(path).content.decode()

    def test_the_plan_of_the_term_sends_it_and_a_class_may_be_taught_it(self, cast):
        lesson, of_class = load()["praise"], class_lesson(cast, is_out=False)
        assert not lessons_to_teach(cast.school.pk)
        let_out(cast, lesson)
        let_out(cast, of_class)
        assert list(lessons_to_send(cast.school.pk)) == [lesson]
        assert list(lessons_to_teach(cast.school.pk)) == [of_class]
        term(cast)
        on = today_in(cast.school, clock.now())
        LessonPlan.objects.create(school=cast.school, is_on=True, weekday=on.weekday())
        assert lessons.send_planned(at=clock.now()) > 0

    def test_said_twice_it_is_one_reading(self, cast):
        lesson = load()["praise"]
        assert [let_out(cast, lesson), let_out(cast, lesson)] == [True, False]
        assert CountyReading.objects.count() == 1
        assert [take_back(cast, lesson), take_back(cast, lesson)] == [True, False]

    def test_another_countys_word_does_nothing_here(self, cast):
        lesson = load()["praise"]
        let_out(cast, lesson, County.objects.create(name="另一个县"))
        assert not is_out(lesson, cast.school.pk)
        assert send(cast, lesson) == 0
        assert "还没有人审读" in shown(cast, "teacher", lesson)
        there = client_of(cast, "county").get(url("lesson", lesson)).content.decode()
        assert "还没有人审读" in there

    def test_a_new_version_is_read_anew(self, cast):
        old = load()["praise"]
        let_out(cast, old)
        new = load(files(praise__en_md=text("Better")))["praise"]
        assert is_out(old, cast.school.pk)
        assert not is_out(new, cast.school.pk)
        page = client_of(cast, "county").get(reverse("learning:county_lessons")).content.decode()
        assert url("lesson", new) in page
        assert url("lesson", old) in page  # still out, and can be taken back

    def test_loaded_between_reading_and_saying_so_the_words_read_are_let_out(self, cast):
        old = load()["praise"]
        new = load(files(praise__en_md=text("Better")))["praise"]
        client_of(cast, "county").post(url("let_out", old), {"has_read": "on"})
        assert not is_out(new, cast.school.pk)


class TestTakenBack:
    def test_who_relied_on_it_sends_no_more_and_what_was_sent_says_so(self, cast):
        lesson = load()["praise"]
        let_out(cast, lesson)
        send(cast, lesson)
        officer = client_of(cast, "county")
        assert officer.post(url("take_back", lesson), {"reason": ""}).status_code == 422
        assert states() == {"due"}
        assert officer.post(url("take_back", lesson), {"reason": "号码错了"}).status_code == 302
        assert states() == {"suppressed"}
        html = shown(cast, "teacher", lesson)
        assert "王志强（古浪县教育局）" in html
        assert "号码错了" in html
        choose = client_of(cast, "teacher").get(reverse("learning:send", args=[lesson.pk]))
        assert choose.status_code == 404
        row = LessonSent.objects.filter(lesson=lesson, adult=cast.adults["mother"]).get()
        family = client_of(cast, "mother").get(reverse("family_learning:lesson", args=[lesson.pk]))
        assert "学校收回了这一课" in family.content.decode()
        let_out(cast, lesson)
        assert send(cast, lesson) == 2  # what had not left may go after all
        row.refresh_from_db()
        assert states() == {"due"}

    def test_a_school_that_has_read_it_itself_goes_on_and_sees_it(self, cast):
        lesson = load()["praise"]
        by, at = cast.users["counsellor"], clock.now()
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        let_out(cast, lesson)
        send(cast, lesson)
        take_back(cast, lesson)
        assert states() == {"due"}
        html = shown(cast, "counsellor", lesson)
        assert "陈敏审读过" in html
        assert "电话号码变了" in html
        assert "请再看一遍" in html
        assert not is_out(lesson, cast.other_school.pk)

    def test_what_the_school_has_taken_back_stays_so(self, cast):
        lesson = load()["praise"]
        let_out(cast, lesson)
        by, at = cast.users["counsellor"], clock.now()
        assert lessons.take_back(lesson=lesson, school=cast.school, reason="x", by=by, at=at)
        assert not is_out(lesson, cast.school.pk)
        assert is_out(lesson, cast.other_school.pk)
        take_back(cast, lesson)
        let_out(cast, lesson)
        assert not is_out(lesson, cast.school.pk)
        assert lessons.let_out(lesson=lesson, school=cast.school, by=by, at=clock.now())
        assert is_out(lesson, cast.school.pk)

    def test_a_school_confirms_for_itself_while_the_countys_word_stands(self, cast):
        lesson = load()["praise"]
        address = reverse("learning:let_out", args=[lesson.pk])
        let_out(cast, lesson)
        send(cast, lesson)
        assert address not in shown(cast, "teacher", lesson)
        counsellor = client_of(cast, "counsellor")
        assert address in shown(cast, "counsellor", lesson)
        assert counsellor.post(address, {}).status_code == 422
        said = counsellor.post(address, ticked(counsellor, lesson), follow=True).content.decode()
        assert "学校自己也审读过了" in said
        assert "陈敏审读过" in said
        assert address not in said
        assert counsellor.post(address, {"has_read": "on"}).status_code == 302
        assert LessonReading.objects.count() == 1
        take_back(cast, lesson)
        assert states() == {"due"}
        assert is_out(lesson, cast.school.pk)
        assert not is_out(lesson, cast.other_school.pk)

    def test_a_planned_lesson_is_not_taught(self, cast):
        lesson = class_lesson(cast, is_out=False)
        let_out(cast, lesson)
        on = monday_of(today_in(cast.school, clock.now()))
        curriculum.plan(
            school=cast.school,
            classes=[cast.school_class],
            week_on=on,
            lesson=lesson,
            by=cast.users["counsellor"],
            at=clock.now(),
        )
        assert open_between([cast.school_class.pk], on, on)
        take_back(cast, lesson)
        assert not open_between([cast.school_class.pk], on, on)


class TestLibrary:
    def test_read_in_the_library_it_is_out_as_a_school_takes_it(self, cast):
        pack = county_pack(cast)
        officer = client_of(cast, "county")
        page = officer.get(reverse("learning:library_pack", args=[pack.pk])).content.decode()
        found, _faults = exchange.opened(bytes(pack.content))
        digest = next(one.digest for one in found.pack.lessons if one.key == "praise")
        address = reverse("learning:county_lesson", args=[digest])
        assert address in page
        assert "小事也算，一次说一件。" in officer.get(address).content.decode()
        say = reverse("learning:county_let_out", args=[digest])
        assert officer.post(say, {"has_read": "on"}).status_code == 302
        school_pack(cast)
        taken = {one.key: one for one in Lesson.objects.filter(owner=cast.school)}
        assert READ in shown(cast, "teacher", taken["praise"])
        assert send(cast, taken["praise"]) == 2
        assert not is_out(taken["calling"], cast.school.pk)

    def test_removed_from_the_library_it_can_still_be_taken_back(self, cast):
        pack = county_pack(cast)
        school_pack(cast)
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        let_out(cast, lesson)
        CountyPack.objects.filter(pk=pack.pk).delete()
        officer = client_of(cast, "county")
        page = officer.get(reverse("learning:county_lessons")).content.decode()
        assert "夸他做了什么" in page
        assert url("lesson", lesson) in page
        assert officer.post(url("take_back", lesson), {"reason": "x"}).status_code == 302
        assert not is_out(lesson, cast.school.pk)

    def test_a_pack_that_can_no_longer_be_read(self, cast):
        pack = county_pack(cast)
        CountyPack.objects.filter(pk=pack.pk).update(content=b"x")
        page = client_of(cast, "county").get(reverse("learning:library_pack", args=[pack.pk]))
        assert "读不出来了" in page.content.decode()

    def test_what_the_library_alone_has_is_found_without_opening_every_pack(self, cast):
        rows = [county_pack(cast, f"hills-{n}", praise__en_md=text(f"Hills {n}")) for n in range(3)]
        found, _faults = exchange.opened(bytes(rows[0].content))
        digest = next(one.digest for one in found.pack.lessons if one.key == "praise")
        officer = client_of(cast, "county")
        with CaptureQueriesContext(connection) as asked:
            page = officer.get(reverse("learning:county_lesson", args=[digest]))
        assert "Hills 0" in page.content.decode()
        assert sum('countypack"."content"' in one["sql"] for one in asked.captured_queries) == 1
        newer = county_pack(cast, "hills-0")  # the digests follow the content
        assert digest not in newer.digests
        assert officer.get(reverse("learning:county_lesson", args=[digest])).status_code == 404

    def test_a_pack_that_was_stored_before_its_digests_were_kept(self, cast):
        pack = county_pack(cast, praise__en_md=text("Hills alone"))
        found, _faults = exchange.opened(bytes(pack.content))
        digest = next(one.digest for one in found.pack.lessons if one.key == "praise")
        CountyPack.objects.update(digests=[])
        page = client_of(cast, "county").get(reverse("learning:county_lesson", args=[digest]))
        assert "Hills alone" in page.content.decode()


class TestDropped:
    def drop(self, cast) -> None:
        pack = SchoolPack.objects.get(school=cast.school)
        exchange.drop(pack=pack, by=cast.users["counsellor"], at=clock.now())

    def test_taken_again_it_is_out_as_it_comes(self, cast):
        school_pack(cast)
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        let_out(cast, lesson)
        send(cast, lesson)
        row = LessonSent.objects.filter(lesson=lesson, adult=cast.adults["mother"]).get()
        family = reverse("family_learning:link", args=[token_of(row)])
        self.drop(cast)
        assert not LessonReading.objects.exists()
        assert states() == {"suppressed"}
        assert not is_out(lesson, cast.school.pk)
        assert "学校收回了这一课" in client_of(cast, "mother").get(family).content.decode()
        html = shown(cast, "counsellor", lesson)
        assert "课程包移除了" in html
        assert READ not in html
        school_pack(cast)
        assert is_out(lesson, cast.school.pk)
        assert READ in shown(cast, "counsellor", lesson)
        assert send(cast, lesson) == 2

    def test_a_planned_lesson_is_not_taught(self, cast):
        found, _faults = exchange.opened(archive(given=class_files()))
        by, at = cast.users["counsellor"], clock.now()
        pack = exchange.look_at(school=cast.school, found=found, by=by, at=at)
        exchange.take(pack=pack, by=by, at=at)
        lesson = Lesson.objects.get(owner=cast.school)
        let_out(cast, lesson)
        on = monday_of(today_in(cast.school, at))
        classes = [cast.school_class]
        whole = {"school": cast.school, "classes": classes, "week_on": on, "lesson": lesson}
        assert curriculum.plan(**whole, by=by, at=at) == 1
        self.drop(cast)
        assert not open_between([cast.school_class.pk], on, on)

    def test_what_the_county_lets_out_afterwards_stays_away(self, cast):
        school_pack(cast)
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        self.drop(cast)
        let_out(cast, lesson)
        assert not is_out(lesson, cast.school.pk)

    def test_whoever_still_has_its_page_open_lets_nothing_out(self, cast):
        school_pack(cast)
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        self.drop(cast)
        by, at = cast.users["counsellor"], clock.now()
        assert not lessons.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        assert not is_out(lesson, cast.school.pk)

    def test_what_the_school_has_read_itself_is_read_again(self, cast):
        school_pack(cast)
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        let_out(cast, lesson)
        by = cast.users["counsellor"]
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=clock.now())
        self.drop(cast)
        school_pack(cast)
        assert not is_out(lesson, cast.school.pk)


class TestRecording:
    """The county reads words; a recording that came with a pack is not what it approves."""

    SILENT = "学校有人听过"

    @pytest.fixture
    def row(self, cast) -> LessonSent:
        """A pack whose lesson has a recording, sent by the county's word alone."""
        given = files() | {"praise/zh-hans.opus": recording("ogg")}
        found, faults = exchange.opened(archive(given=given))
        assert found, faults
        by, at = cast.users["counsellor"], clock.now()
        pack = exchange.look_at(school=cast.school, found=found, by=by, at=at)
        exchange.take(pack=pack, by=by, at=at)
        exchange.keep_sounds(at=at)
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        assert LessonVoice.objects.get(lesson=lesson).came_with_pack
        let_out(cast, lesson)
        send(cast, lesson)
        return LessonSent.objects.get(lesson=lesson, adult=cast.adults["mother"])

    def addresses(self, row: LessonSent) -> list[tuple[str, str]]:
        """Page and sound, behind the link and signed in."""
        sealed, key = token_of(row), row.lesson_id
        return [
            (
                reverse("family_learning:link", args=[sealed]),
                reverse("family_learning:link_voice", args=[sealed, "zh-hans"]),
            ),
            (
                reverse("family_learning:lesson", args=[key]),
                reverse("family_learning:voice", args=[key, "zh-hans"]),
            ),
        ]

    def is_heard(self, cast, row: LessonSent) -> bool:
        mother, found = client_of(cast, "mother"), set()
        for page, sound in self.addresses(row):
            html = mother.get(page).content.decode()
            spoken = any("小事也算，一次说一件。" in part for part in parts_of(html))
            served = mother.get(sound).status_code == 200
            assert (sound in html) == served
            assert spoken != served  # the phone's own voice reads instead
            found.add(served)
        (heard,) = found
        return heard

    def test_by_the_countys_word_alone_no_family_hears_it(self, cast, row):
        assert not self.is_heard(cast, row)
        html = shown(cast, "counsellor", row.lesson)
        assert self.SILENT in html
        # Colleagues can listen to it.
        sound = reverse("learning:voice", args=[row.lesson_id, "zh-hans"])
        assert sound in html
        assert client_of(cast, "counsellor").get(sound).status_code == 200

    def test_once_the_school_has_read_it_itself_it_is_heard(self, cast, row):
        assert "也听过它的录音" in shown(cast, "counsellor", row.lesson)
        address = reverse("learning:let_out", args=[row.lesson_id])
        client = client_of(cast, "counsellor")
        # From a page on which the recording did not stand yet: nobody has listened.
        answer = client.post(address, ticked(client, row.lesson) | {"heard": ""})
        assert answer.status_code == 422
        assert "刚才有一段录音准备好了" in answer.content.decode()
        assert not self.is_heard(cast, row)
        assert client.post(address, ticked(client, row.lesson)).status_code == 302
        assert self.is_heard(cast, row)
        assert self.SILENT not in shown(cast, "counsellor", row.lesson)

    def test_another_schools_word_is_not_this_schools(self, cast, row):
        by, at = cast.users["far_teacher"], clock.now()
        lessons.let_out(lesson=row.lesson, school=cast.other_school, by=by, at=at)
        assert not self.is_heard(cast, row)

    def test_what_the_school_has_recorded_itself_is_heard(self, cast, row):
        recorded(cast, row.lesson)
        assert self.is_heard(cast, row)
        assert self.SILENT not in shown(cast, "counsellor", row.lesson)


class TestToday:
    """The person who lets lessons out hears that the county took back what the school relied on."""

    def lines(self, cast, who: str, at=None) -> list[str]:
        return [one.why for one in work_for(cast.users[who], at or clock.now())]

    def test_one_line_for_whoever_lets_lessons_out(self, cast):
        lesson = load()["praise"]
        let_out(cast, lesson)
        send(cast, lesson)
        assert self.lines(cast, "counsellor") == []
        take_back(cast, lesson)
        for who in ("counsellor", "principal"):
            (line,) = self.lines(cast, who)
            assert "电话号码变了" in line
        for who in ("teacher", "admin", "far_teacher", "county"):
            assert self.lines(cast, who) == [], who
        html = client_of(cast, "counsellor").get(page_above("today")).content.decode()
        assert "电话号码变了" in html
        assert reverse("learning:lesson", args=[lesson.pk]) in html

    def test_it_ends_after_a_week_or_when_the_school_says_something(self, cast):
        lesson = load()["praise"]
        let_out(cast, lesson)
        send(cast, lesson)
        take_back(cast, lesson)
        assert self.lines(cast, "counsellor", clock.now() + timedelta(days=8)) == []
        by = cast.users["counsellor"]
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=clock.now())
        assert self.lines(cast, "counsellor") == []

    def test_let_out_again_there_is_nothing_to_say(self, cast):
        lesson = load()["praise"]
        let_out(cast, lesson)
        send(cast, lesson)
        take_back(cast, lesson)
        let_out(cast, lesson)
        assert self.lines(cast, "counsellor") == []

    def test_a_school_that_never_used_it_is_not_told(self, cast):
        lesson = load()["praise"]
        let_out(cast, lesson)
        take_back(cast, lesson)
        assert self.lines(cast, "counsellor") == []

    def test_of_a_planned_lesson_and_as_many_queries_for_more(self, cast):
        lesson = class_lesson(cast, is_out=False)
        let_out(cast, lesson)
        on = monday_of(today_in(cast.school, clock.now()))
        by, at = cast.users["counsellor"], clock.now()
        classes = [cast.school_class]
        whole = {"school": cast.school, "classes": classes, "week_on": on, "lesson": lesson}
        assert curriculum.plan(**whole, by=by, at=at) == 1
        take_back(cast, lesson)
        counts = []
        for _run in range(2):
            with CaptureQueriesContext(connection) as asked:
                counts.append((len(self.lines(cast, "counsellor")), len(asked)))
            for other in load().values():
                let_out(cast, other)
                send(cast, other)
                take_back(cast, other)
        (first, queries), (more, as_many) = counts
        assert (first, more) == (1, 3)
        assert as_many <= queries


class TestWho:
    def test_nobody_opens_what_a_school_has_written_or_another_county_has(self, cast):
        own = own_lesson(cast)
        officer = client_of(cast, "county")
        assert officer.get(url("lesson", own)).status_code == 404
        assert officer.post(url("let_out", own), {"has_read": "on"}).status_code == 404
        pack = county_pack(cast)
        other = County.objects.create(name="另一个县")
        CountyPack.objects.filter(pk=pack.pk).update(county=other)
        assert officer.get(reverse("learning:library_pack", args=[pack.pk])).status_code == 404
        found, _faults = exchange.opened(bytes(pack.content))
        for one in found.pack.lessons:
            address = reverse("learning:county_lesson", args=[one.digest])
            assert officer.get(address).status_code == 404

    def test_an_officer_of_another_county(self, cast):
        lesson = load()["praise"]
        user = cast.users["elsewhere"] = make_user("elsewhere", "赵敏", phone="+8613909350091")
        make_post(user, "county_officer", county=County.objects.create(name="另一个县"))
        client_of(cast, "elsewhere").post(url("let_out", lesson), {"has_read": "on"})
        assert CountyReading.objects.get().county.name == "另一个县"
        assert not is_out(lesson, cast.school.pk)

    @pytest.mark.parametrize("who", ["counsellor", "principal", "county_admin", "admin"])
    def test_nobody_else_reads_for_the_county(self, cast, who):
        lesson = load()["praise"]
        answer = client_of(cast, who).post(url("let_out", lesson), {"has_read": "on"})
        assert answer.status_code == 404
        assert not CountyReading.objects.exists()

    def test_no_child_no_family_and_no_figure_on_any_of_the_pages(self, cast):
        lesson = sent(cast).lesson
        let_out(cast, lesson)
        officer = client_of(cast, "county")
        for address in (reverse("learning:county_lessons"), url("lesson", lesson)):
            html = officer.get(address).content.decode()
            people = [*cast.students.values(), *cast.adults.values()]
            assert not [one.name for one in people if one.name in html]
            assert "l-counts" not in html


def test_a_reading_cannot_be_changed_or_deleted(cast):
    let_out(cast, load()["praise"])
    with pytest.raises(Exception, match="Cannot update or delete"):
        CountyReading.objects.update(at=clock.now() - timedelta(days=1))


def test_as_many_queries_for_ten_as_for_one(cast):
    let_out(cast, load()["praise"])
    officer, address = client_of(cast, "county"), reverse("learning:county_lessons")
    officer.get(address)
    counts = []
    for _run in range(2):
        with CaptureQueriesContext(connection) as asked:
            officer.get(address)
        counts.append(len(asked))
        lessons.load_shipped(at=clock.now())
        for lesson in Lesson.objects.filter(pack="jiaqiao", place__isnull=False)[:10]:
            let_out(cast, lesson)
    assert counts[0] == counts[1]
