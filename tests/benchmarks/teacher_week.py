"""What a class teacher's week costs at the screen: the demo's acts of one week × the seconds of each.

Each kind of act is done once in a browser on a phone's screen. The hand counts taps, characters typed and
characters that have to be read, and the browser's clock the waiting; a model of the hand makes seconds of
them. What is said on the phone, at a door or in class is no work at the screen and is not counted.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from runtime.suite import find_chromium
from tests.benchmarks import harness
from tests.benchmarks.cold_visit import FLAGS
from tests.benchmarks.harness import ROOT, say

PORT = 8795
GOAL_MINUTES = 60  # product: a class teacher's week, 50 children of whom 30 have a parent away
DAYS = 7
MOMENT = 3  # children whose families one moment in class is good news for
# Seconds. The keystroke-level model (Card, Moran & Newell 1980): pointing and pressing 1.1, a decision 1.35.
TAP, DECISION = 1.1, 1.35
# Chinese on a phone: sixty characters a minute typed, five a second read; ours, on the slow side.
TYPED, READ = 1.0, 0.2


@dataclass
class Hand:
    """A teacher's thumb, and what it did for one act."""

    page: Any
    taps: int = 0
    typed: int = 0
    read: int = 0
    waited: float = 0.0

    def opens(self, path: str) -> None:
        """A link is tapped that leads there."""
        self.taps += 1
        self._wait(lambda: self.page.goto(path))

    def taps_on(self, selector: str) -> None:
        self.taps += 1
        self.page.locator(selector).first.click()

    def types(self, selector: str, words: str) -> None:
        self.taps += 1
        self.typed += len(words)
        self.page.locator(selector).first.fill(words)

    def reads(self, words: str) -> None:
        self.read += len(words)

    def saves(self, selector: str) -> None:
        """A button that leads to the next page."""
        self.taps += 1

        def press() -> None:
            with self.page.expect_navigation():
                self.page.locator(selector).first.click()

        self._wait(press)

    def _wait(self, act: Callable[[], Any]) -> None:
        began = time.perf_counter()
        act()
        self.waited += time.perf_counter() - began

    @property
    def seconds(self) -> float:
        hand = self.taps * TAP + self.typed * TYPED + self.read * READ
        return DECISION + hand + self.waited


@dataclass(frozen=True)
class Sample:
    """What the acts are done with: children of the class, usual words, a thread and a visit that wait."""

    child: int
    others: tuple[int, ...]
    words: str
    school_day: date
    thread: int
    asked: str
    visit: int
    row: str


@dataclass(frozen=True)
class Act:
    """One kind of act, once in the browser, and how often it came in the week."""

    name: str
    times: int
    do: Callable[[Hand, Sample], None]
    # The same week's work done for several at once, where a page offers it.
    at_once: Callable[[Hand, Sample], None] | None = None
    times_at_once: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=583)
    options = parser.parse_args()
    if not (ROOT / "static" / "dist").is_dir():
        raise SystemExit("The front end is not built yet: run ./start once, or npm run build.")
    with tempfile.TemporaryDirectory(prefix="benchmark-week-") as folder:
        os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        with harness.servers("teacher_week"):
            results = _measure(Path(folder), options.children)
    harness.report("teacher_week", results)


def _measure(folder: Path, children: int) -> list[harness.Result]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed_demo", students=children)
    call_command("collectstatic", interactive=False, verbosity=0)
    user, at = _teacher()
    sample, acts = _sample(user, at), _acts(user, at)
    with harness.gunicorn("homeschool.wsgi:application", PORT, {}, folder / "ours.log"):
        return _walk(user, sample, acts)


def _teacher() -> tuple[Any, datetime]:
    from accounts.models import User
    from core import clock
    from runtime.demo_accounts import DEMO_ACCOUNTS

    login = next(one.login for one in DEMO_ACCOUNTS if one.role == "class_teacher")
    return User.objects.get(username=login), clock.now()


def _acts(user: Any, at: datetime) -> list[Act]:
    """The week behind the demo's clock: what the teacher wrote, and the rows that came to Today and stand."""
    from classroom.models import ClassRegister, FamilyRequest, Letter, MissedHomework, Observation
    from classroom.queries.observing import for_families
    from doors.staff.today import work_of
    from notices.models import Notice
    from threads.models import Thread, ThreadMessage
    from visits.models import CallLog, Visit

    since = at - timedelta(days=DAYS)

    def count(rows: Any, who: str, when: str) -> int:
        return rows.filter(**{who: user, f"{when}__gte": since, f"{when}__lte": at}).count()

    notes = Observation.objects.filter(retracted_at=None)
    written = count(notes, "written_by", "recorded_at")
    good = count(for_families(), "written_by", "recorded_at")
    # Good news of one moment in class goes to three families by one form; the other notes stay single.
    forms = written - good + -(-good // MOMENT)
    waiting = Thread.objects.filter(owner=user, waiting_since__gte=since).count()
    rows = sum(item.since_at >= since for item in work_of(user, at))
    return [
        Act("a note, told at home", written, _note, _note_of_several, forms),
        Act("attendance", count(ClassRegister.objects, "taken_by", "taken_at"), _attendance),
        Act("missing homework", count(MissedHomework.objects, "noted_by", "noted_at"), _homework),
        Act("a call written down", count(CallLog.objects, "called_by", "started_at"), _call),
        Act("a letter home", count(Letter.objects, "written_by", "written_at"), _letter),
        Act("a request", count(FamilyRequest.objects, "asked_by", "asked_at"), _request),
        Act("a notice", count(Notice.objects, "author", "written_at"), _notice),
        Act("an answer", count(ThreadMessage.objects, "user", "at") + waiting, _answer),
        Act("a visit written down", count(Visit.objects, "recorded_by", "recorded_at"), _visit),
        Act("a row of Today", rows, _row),
    ]


def _sample(user: Any, at: datetime) -> Sample:
    from classroom.models import ClassRegister, Observation
    from doors.staff.today import work_of
    from guardians.clock.connection import away_with_talks
    from schools.policies import own_class_ids
    from students.models import Enrolment, Student
    from threads.models import Thread
    from visits.models import Visit

    on = timezone.localdate(at)
    classes = own_class_ids(user, on)
    held = Enrolment.objects.filter(school_class__in=classes, ends_on=None)
    children = Student.objects.filter(pk__in=held.values("student_id")).order_by("name_pinyin")
    say(f"{len(children)} children, {away_with_talks(children, on).count()} with a parent away")
    words = sorted(
        Observation.objects.filter(written_by=user).values_list("words", flat=True), key=len
    )
    rows = sorted((f"{item.student_name} {item.why}" for item in work_of(user, at)), key=len)
    thread = Thread.objects.filter(owner=user, waiting_since__isnull=False).first()
    last = thread.messages.order_by("-pk").first()
    visits = Visit.objects.filter(student__in=children, recorded_at=None, called_off_at=None)
    return Sample(
        child=children[0].pk,
        others=tuple(one.pk for one in children[1:MOMENT]),
        words=words[len(words) // 2],
        # Today may be a Sunday.
        school_day=ClassRegister.objects.filter(school_class__in=classes)
        .latest("taken_on")
        .taken_on,
        thread=thread.pk,
        asked=last.text,
        visit=visits.first().pk,
        row=rows[len(rows) // 2],
    )


# --- The acts --------------------------------------------------------------------------------------


def _note(hand: Hand, sample: Sample, others: tuple[int, ...] = ()) -> None:
    hand.opens(f"/class/observe/{sample.child}/")
    hand.types("#id_words", sample.words)
    hand.taps_on(".chip-strength")
    if others:
        hand.taps_on("[data-also] summary")
    for pk in others:
        hand.taps_on(f"[data-also] label:has([value='{pk}'])")
    hand.taps_on("label.tell")
    hand.saves(".obs-save .btn-primary")


def _note_of_several(hand: Hand, sample: Sample) -> None:
    _note(hand, sample, sample.others)


def _attendance(hand: Hand, sample: Sample) -> None:
    hand.opens(f"/class/attendance/?on={sample.school_day}")
    hand.taps_on(".roll li label.k-absent")
    hand.saves(".roll footer button")


def _homework(hand: Hand, sample: Sample) -> None:
    hand.opens(f"/class/homework/?on={sample.school_day}")
    hand.taps_on(".chips-names label")
    hand.saves(".roll-save button")


def _call(hand: Hand, sample: Sample) -> None:
    hand.opens(f"/visits/call/{sample.child}/")
    hand.saves("main form button[name=adult]")
    hand.saves("button[value=talked]")


def _letter(hand: Hand, sample: Sample) -> None:
    hand.opens(f"/class/letter/{sample.child}/")
    hand.types("#id_good_news", sample.words)
    hand.saves("main form .btn-primary")
    hand.reads(sample.words)
    hand.saves("main form .btn-primary")


def _request(hand: Hand, sample: Sample) -> None:
    hand.opens(f"/class/requests/new/{sample.child}/")
    hand.taps_on("main form input[type=radio]")
    hand.types("main form textarea", "请给孩子带一件厚外套")
    hand.saves("main form .btn-primary")


def _notice(hand: Hand, sample: Sample) -> None:
    hand.opens("/notices/new/")
    hand.types("#id_title", sample.words[:12])
    hand.types("#id_words", sample.words * 2)
    hand.saves("main form .btn-primary")
    hand.saves("main form .btn-primary")


def _answer(hand: Hand, sample: Sample) -> None:
    hand.opens(f"/messages/{sample.thread}/")
    hand.reads(sample.asked)
    hand.types("main form textarea", "好的，收到了，明天我和他说。")
    hand.saves("main form:has(textarea) .btn-primary")


def _visit(hand: Hand, sample: Sample) -> None:
    hand.opens(f"/visits/{sample.visit}/record/")
    hand.taps_on("label.chip:has([name=outcome])")
    hand.taps_on("main form input[type=checkbox]")
    hand.types("main form textarea", sample.words)
    hand.saves("form.after button.btn-primary")


def _row(hand: Hand, sample: Sample) -> None:
    """Read and acted on in its place: its one button, and a second where a form opens there. Not done in the
    browser: what stands on Today differs from run to run.
    """
    hand.reads(sample.row)
    hand.taps += 2


def _walk(user: Any, sample: Sample, acts: list[Act]) -> list[harness.Result]:
    from playwright.sync_api import sync_playwright

    cookie = _session(user)
    base = f"http://127.0.0.1:{PORT}"
    harness.fetch(harness.Page(PORT, "/accounts/login/", ""))
    results, total, at_once = [], 0.0, 0.0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=base)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
        context.set_default_timeout(15_000)
        page = context.new_page()
        for act in acts:
            seconds = _seconds(page, sample, act.do)
            many = less = seconds * act.times
            if act.at_once:
                less = _seconds(page, sample, act.at_once) * act.times_at_once
            total, at_once = total + many, at_once + less
            results.append(
                {"name": act.name, "times": act.times, "seconds": round(seconds, 1)}
                | {"minutes": round(many / 60, 1), "minutes_at_once": round(less / 60, 1)}
            )
            say(f"{act.name:<22} {act.times:>3} × {seconds:5.1f} s = {many / 60:4.1f} min")
        browser.close()
    week = harness.ratio("week", [at_once / 60], [GOAL_MINUTES], "minutes", 1.0)
    return [*results, week | {"one_by_one": round(total / 60, 1)}]


def _session(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def _seconds(page: Any, sample: Sample, do: Callable[[Hand, Sample], None]) -> float:
    hand = Hand(page)
    do(hand, sample)
    return hand.seconds


if __name__ == "__main__":
    main()
