"""How fast the pages are that people open most, against the least that could answer them.

Staff, signed in as a class teacher: `today`, `class_list` (45 children), `child`, `child_1000` (a child
with a thousand events, beside one with one event from each room) and its `timeline` (the fragment that htmx
fetches); as the counsellor: `triage` and `caseload` (40 concerns and 30 cases more than the demo's). Family:
`family_check_in` (GET by link), `family_home`, `family_child`. Requests a second under the production server,
through the policies. The limit is `floor.py`: the same rows by raw SQL, put into text by f-strings, under the
same server with as many workers. Five interleaved rounds, median; p50 and p99 over all rounds; processor time
of the web processes and of PostgreSQL. `after_write`: the class list after a write, of the same page
before it. `row_security`: processor time of four pages as the server serves them, under a role that row-level
security holds for, and as the owner, for whom it does not. For the check-in also bytes and requests of a
first visit in Chromium, and the time until it can be answered at 50 kbit/s with 500 ms latency.

    python -m tests.benchmarks.pages [--children 20000] [--rounds 5] [--seconds 0.7]
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from runtime import redis_server
from runtime.layout import ROOT
from tests.benchmarks import harness
from tests.benchmarks.cold_visit import cold_visit
from tests.benchmarks.load import Load, Page, press, warm_up

CLASS_SIZE = 45
CHILDREN_PER_SCHOOL = 570
CONNECTIONS = 4
# Before what counts: so many at once that every thread of the server answers, some eight times each. The
# first answer of a thread takes PostgreSQL up to ten times as long as the next: it connects, and plans.
WARM_CONNECTIONS, WARM_EACH = 32, 2
TEACHER, COUNSELLOR = "zhanglihua", "chenmin"  # of the demo's first school
CONCERNS, CASES = 40, 30  # a full desk
RATIO_GOAL = 0.5  # of class_list and child; the others show it, too
FAMILY_GOALS = {
    "html_css_bytes_goal": 8000,
    "bytes_goal": 30_000,
    "requests_goal": 6,
    "answerable_s_goal": 4.0,
}
# What htmx says when it fetches the timeline alone.
FRAGMENT = {"HX-Request": "true", "HX-Target": "timeline-part"}
AFTER_WRITE_TURNS, AFTER_WRITE_GOAL = 60, 1.2
BEHIND_THE_WALL, WALL_GOAL = ("class_list", "today", "child", "family_home"), 1.5
FEW, MANY = 11, 1000  # events: one of each room; and many


@dataclass(frozen=True)
class Asked:
    """A page that both sides are asked for. `keys` are the floor's."""

    path: str
    keys: dict[str, int | str]
    cookie: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    has_limit: bool = True

    def at(self, port: int) -> Page:
        lines = tuple(f"{name}: {value}" for name, value in self.headers)
        return Page(port, self.path, self.cookie, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    parser.add_argument("--seconds", type=float, default=0.7, help="of each side of each round")
    options = parser.parse_args()
    if not (ROOT / "static" / "dist").is_dir():
        raise SystemExit("The front end is not built yet: run ./start once, or npm run build.")
    with tempfile.TemporaryDirectory(prefix="benchmark-pages-") as folder:
        os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        os.environ["DATABASE_ROLES"] = "1"
        with harness.servers("pages"):
            results = _measure(Path(folder), options)
    harness.report("pages", results)


def _measure(folder: Path, options: argparse.Namespace) -> list[harness.Result]:
    pages, children = fill(options.children)
    queries = {name: statements_of(page) for name, page in pages.items()}
    with ExitStack() as stack:
        ours, limit, as_owner = serve(stack, folder, pages)
        sides: dict[str, Callable[[], Load]] = {}
        for name, page in pages.items():
            servers = {"ours": ours, "limit": limit} if page.has_limit else {"ours": ours}
            servers |= {"as owner": as_owner} if name in BEHIND_THE_WALL else {}
            for side, server in servers.items():
                sides[f"{name} {side}"] = partial(press_page, page, server, options.seconds)
        found = harness.interleave(sides, options.rounds)
        after_write = _after_write(pages["class_list"], ours.port)
        visit = cold_visit(f"http://127.0.0.1:{ours.port}{pages['family_check_in'].path}")
    rows = {name: row_of(name, found, queries[name]) for name in pages if pages[name].has_limit}
    rows["class_list"]["children"] = children
    rows["child_1000"] |= _beside_few(found, queries)
    rows["family_check_in"] |= visit | FAMILY_GOALS
    return [*rows.values(), after_write, _row_security(found)]


def _row_security(found: dict[str, list[Load]]) -> harness.Result:
    """Of web processes and PostgreSQL together, in milliseconds for one answer of each page, added up."""

    def cost(name: str, side: str) -> float:
        rounds = found[f"{name} {side}"]
        return _each_ms(rounds, "cpu_seconds") + _each_ms(rounds, "postgres_seconds")

    behind = {name: cost(name, "ours") for name in BEHIND_THE_WALL}
    open_ = {name: cost(name, "as owner") for name in BEHIND_THE_WALL}
    row = harness.ratio(
        "row_security", [sum(behind.values())], [sum(open_.values())], "ms", WALL_GOAL
    )
    return row | {name: round(behind[name] / open_[name], 3) for name in BEHIND_THE_WALL}


def _after_write(page: Asked, port: int) -> harness.Result:
    """The class list right after a write, beside the same page just before; in milliseconds, one at a time.
    The write is a form that is refused: what a write makes old is old all the same.
    """
    times: dict[str, list[float]] = {"warm": [], "after": []}
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:

        def ask(method: str, status: int) -> float:
            began = time.perf_counter()
            connection.request(method, page.path, headers={"Cookie": page.cookie})
            response = connection.getresponse()
            response.read()
            if response.status != status:
                raise SystemExit(f"{method} {page.path} answers {response.status}")
            return 1000 * (time.perf_counter() - began)

        for _turn in range(AFTER_WRITE_TURNS):
            ask("GET", 200)
            times["warm"].append(ask("GET", 200))
            ask("POST", 403)
            times["after"].append(ask("GET", 200))
    return harness.ratio("after_write", times["after"], times["warm"], "ms", AFTER_WRITE_GOAL)


def press_page(page: Asked, server: "Server", seconds: float) -> Load:
    pids = server.pid, harness.postgres_pid()
    before = [harness.cpu_seconds(pid) for pid in pids]
    load = press(page.at(server.port), connections=CONNECTIONS, seconds=seconds)
    web, postgres = (
        harness.cpu_seconds(pid) - spent for pid, spent in zip(pids, before, strict=True)
    )
    return replace(load, cpu_seconds=web, postgres_seconds=postgres)


def row_of(name: str, found: dict[str, list[Load]], queries: int) -> harness.Result:
    ours, limit = found[f"{name} ours"], found[f"{name} limit"]
    row = harness.ratio(
        name,
        [load.per_second for load in ours],
        [load.per_second for load in limit],
        "requests/s",
        RATIO_GOAL,
    )
    row |= {"p50_ms": _slowest_of(ours, 50), "p99_ms": _slowest_of(ours, 99)}
    row |= {"cpu_ms": _each_ms(ours, "cpu_seconds"), "limit_cpu_ms": _each_ms(limit, "cpu_seconds")}
    row |= {
        "postgres_ms": _each_ms(ours, "postgres_seconds"),
        "limit_postgres_ms": _each_ms(limit, "postgres_seconds"),
    }
    return row | {"limit_p99_ms": _slowest_of(limit, 99), "queries": queries}


def _beside_few(found: dict[str, list[Load]], queries: dict[str, int]) -> harness.Result:
    """What the same page costs for a child with one event from each room."""
    few, thousand = found["child_11 ours"], found["child_1000 ours"]
    of_few = statistics.median(load.per_second for load in thousand) / statistics.median(
        load.per_second for load in few
    )
    return {
        "of_few_events": round(of_few, 3),
        "few_p99_ms": _slowest_of(few, 99),
        "few_queries": queries["child_11"],
    }


def _each_ms(rounds: list[Load], of: str) -> float:
    """Processor time for one answer, of the web processes or of PostgreSQL."""
    answers = sum(len(load.latencies) for load in rounds)
    return round(1000 * sum(getattr(load, of) for load in rounds) / answers, 2)


def _slowest_of(rounds: list[Load], percent: int) -> float:
    """The latency in ms that `percent` of all answers stayed below."""
    latencies = [latency for load in rounds for latency in load.latencies]
    return round(statistics.quantiles(latencies, n=100)[percent - 1] * 1000, 1)


def fill(children: int) -> tuple[dict[str, Asked], int]:
    """The pages by the names of their rows, and how many children are in the class."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    harness.say(f"{children} children …")
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    schools = max(1, children // CHILDREN_PER_SCHOOL)
    call_command("seed_demo", schools=schools, students=children)
    settings.ALLOWED_HOSTS = ["*"]
    pages, count = _choose()
    analyze()
    return pages, count


def analyze() -> None:
    """As autovacuum would have done after a day of use."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _choose() -> tuple[dict[str, Asked], int]:
    """The demo teacher's class cut to 45, its child with the longest file, a question that waits; and two
    children of the class whose files are filled.
    """
    from django.db.models import Count
    from django.utils import timezone

    from accounts.models import User
    from schools.models import Post
    from students.models import Enrolment, Student
    from tests.factories.long_file import fill_file

    at = timezone.now()
    post = Post.objects.get(user__username=TEACHER, role="class_teacher")
    class_ = Enrolment.objects.filter(school_class_id=post.school_class_id, ends_on=None)
    kept = list(class_.order_by("pk").values_list("student_id", flat=True)[:CLASS_SIZE])
    class_.exclude(student_id__in=kept).delete()
    longest = Student.objects.filter(pk__in=kept).annotate(n=Count("contacts")).order_by("-n", "pk")
    student, few, thousand = longest[0], longest[1], longest[2]
    for child, events in ((few, FEW), (thousand, MANY)):
        fill_file(child, child.guardianships.all()[0].adult, post.user, events, at)
    common = {
        "class": post.school_class_id,
        "school": post.school_id,
        "user": post.user_id,
        "on": timezone.localdate(at).isoformat(),
    }
    teacher = {"cookie": signed_in(User.objects.get(pk=post.user_id))}
    fragment = tuple(FRAGMENT.items())
    pages = {
        "today": Asked("/", common, **teacher),
        "class_list": Asked("/children/", common, **teacher),
        "child": _of_child(student.pk, common, teacher),
        "child_11": _of_child(few.pk, common, teacher | {"has_limit": False}),
        "child_1000": _of_child(thousand.pk, common, teacher),
        "timeline": _of_child(thousand.pk, common, teacher | {"headers": fragment}, "?shown=20"),
    }
    pages |= _counsellors_pages(post.school_id, common, at)
    return pages | _family_pages(student, common), len(kept)


def _counsellors_pages(school_id: int, common: dict[str, Any], at: datetime) -> dict[str, Asked]:
    """A desk that is full: children of other classes, so that the teacher's pages stay as they are."""
    from accounts.models import User
    from counselling.cases import actions as case_actions
    from safeguarding import actions
    from students.models import Student

    counsellor = User.objects.get(username=COUNSELLOR)
    others = Student.objects.filter(school_id=school_id, cases=None, concerns=None).exclude(
        enrolments__school_class_id=common["class"]
    )
    for number, student in enumerate(others.order_by("pk")[: CONCERNS + CASES]):
        concern = actions.raise_worry(
            student=student,
            by=counsellor,
            words="总一个人待着",
            is_urgent=False,
            at=at,
            key=f"benchmark-{number}",
        )
        if number < CASES:
            case_actions.open_case(concern=concern, by=counsellor, at=at)
    keys, cookie = common | {"user": counsellor.pk}, signed_in(counsellor)
    return {
        "triage": Asked("/concerns/", keys, cookie),
        "caseload": Asked("/concerns/cases/", keys, cookie),
    }


def _of_child(pk: int, common: dict[str, Any], more: dict[str, Any], shown: str = "") -> Asked:
    return Asked(f"/children/{pk}/{shown}", common | {"student": pk}, **more)


def _family_pages(student: Any, common: dict[str, Any]) -> dict[str, Asked]:
    """Of a parent who was asked, with the link as the message carried it, and of the child's own parent."""
    from accounts.models import User
    from guardians.models import ContactPoint
    from guardians.policies import SESSION_ADDRESS
    from messaging import links
    from messaging.models import CheckIn

    waiting = CheckIn.objects.filter(state="waiting", school_id=common["school"])
    check_in = waiting.order_by("-expires_at", "pk")[0]
    point = ContactPoint.objects.filter(adult_id=check_in.adult_id).exclude(address="").first()
    token = links.token_for(
        check_in_id=check_in.pk,
        adult_id=check_in.adult_id,
        contact_point_id=point.pk if point else None,
    )
    parent = ContactPoint.objects.filter(
        adult__guardianships__student=student,
        adult__guardianships__kind="parent",
        failing_since=None,
    ).exclude(address="")[0]
    user = parent.adult.user or User.objects.create_user(username="parent", password=None)
    parent.adult.user = user
    parent.adult.save()
    own = {"cookie": signed_in(user, **{SESSION_ADDRESS: parent.address})}
    keys = common | {"adult": parent.adult_id, "student": student.pk}
    return {
        "family_check_in": Asked(f"/f/c/{token}/", common | {"check_in": check_in.pk}),
        "family_home": Asked("/f/", keys, **own),
        "family_child": Asked(f"/f/children/{student.pk}/", keys, **own),
    }


def signed_in(user: Any, **kept: str) -> str:
    """A cookie whose session holds `kept` besides."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    session = client.session
    session.update(kept)
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def statements_of(page: Asked) -> int:
    """Of one page, with what is kept between pages already there."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"cookie": page.cookie} | dict(page.headers))
    client.get(page.path)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(page.path)
    if response.status_code != 200:
        raise SystemExit(f"{page.path} answers {response.status_code}")
    return len(captured)


@dataclass(frozen=True)
class Server:
    port: int
    pid: int


def serve(stack: ExitStack, folder: Path, pages: dict[str, Asked]) -> tuple[Server, Server, Server]:
    """Our server; the floor's, which is given our pages as its frames; and ours once more, as the owner."""
    ours, limit = redis_server.free_port(), redis_server.free_port()
    pid = stack.enter_context(
        harness.gunicorn("homeschool.wsgi:application", ours, {}, folder / "ours.log")
    )
    measured = {name: page for name, page in pages.items() if page.has_limit}
    for name, page in measured.items():
        (folder / f"{name}.html").write_bytes(harness.fetch(page.at(ours)))
    told = {name: {"path": page.path, "keys": page.keys} for name, page in measured.items()}
    floor = folder / "floor.json"
    floor.write_text(json.dumps({"pages": told, "folder": str(folder)}))
    env = {"FLOOR": str(floor)}
    floor_pid = stack.enter_context(
        harness.gunicorn("tests.benchmarks.floor:application", limit, env, folder / "floor.log")
    )
    open_ = redis_server.free_port()
    env, log = {"DATABASE_ROLES": "0"}, folder / "open.log"
    open_pid = stack.enter_context(harness.gunicorn("homeschool.wsgi:application", open_, env, log))
    for name, page in pages.items():
        asked = [ours]
        asked += [limit] if page.has_limit else []
        asked += [open_] if name in BEHIND_THE_WALL else []
        for port in asked:
            harness.fetch(page.at(port))
            warm_up(page.at(port), connections=WARM_CONNECTIONS, each=WARM_EACH)
    return Server(ours, pid), Server(limit, floor_pid), Server(open_, open_pid)


if __name__ == "__main__":
    main()
