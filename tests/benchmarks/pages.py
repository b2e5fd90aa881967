"""How fast the pages are that people open most, against the least that could answer them.

Rows `class_list` (45 children), `child` and `family_check_in` (GET by link): requests a second under the
production server, signed in and through the policies. The limit is `floor.py`: the same rows by raw SQL,
put into text by f-strings, under the same server with as many workers. Five interleaved rounds, median;
p99 over all rounds. For the family's page also bytes and requests of a first visit in Chromium, and the
time until it can be answered at 50 kbit/s with 500 ms latency.

    python -m tests.benchmarks.pages [--children 20000] [--rounds 5] [--seconds 1.5]
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from homeschool.local import redis_server
from homeschool.local.layout import ROOT
from tests.benchmarks import harness
from tests.benchmarks.cold_visit import cold_visit
from tests.benchmarks.load import Load, Page, press

CLASS_SIZE = 45
CHILDREN_PER_SCHOOL = 570
CONNECTIONS = 4
TEACHER = "zhanglihua"  # of the demo's first school
RATIO_GOAL = 0.5  # of class_list and child; family_check_in shows it too, beside goals of its own
FAMILY_GOALS = {
    "html_css_bytes_goal": 8000,
    "bytes_goal": 30_000,
    "requests_goal": 6,
    "answerable_s_goal": 4.0,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each side of each round")
    options = parser.parse_args()
    if not (ROOT / "static" / "dist").is_dir():
        raise SystemExit("The front end is not built yet: run ./start once, or npm run build.")
    with tempfile.TemporaryDirectory(prefix="benchmark-pages-") as folder:
        os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        with harness.servers("pages"):
            results = _measure(Path(folder), options)
    harness.report("pages", results)


def _measure(folder: Path, options: argparse.Namespace) -> list[harness.Result]:
    asked = _fill(options.children)
    queries = {name: _queries(asked, path) for name, path in asked.paths.items()}
    with ExitStack() as stack:
        ours, limit = _serve(stack, folder, asked)
        sides: dict[str, Callable[[], Load]] = {}
        for name, path in asked.paths.items():
            cookie = asked.cookie if name != "family_check_in" else ""
            for side, port in (("ours", ours), ("limit", limit)):
                page = Page(port, path, cookie)
                sides[f"{name} {side}"] = partial(
                    press, page, connections=CONNECTIONS, seconds=options.seconds
                )
        found = harness.interleave(sides, options.rounds)
        visit = cold_visit(f"http://127.0.0.1:{ours}{asked.paths['family_check_in']}")
    rows = [_row(name, found, queries[name]) for name in asked.paths]
    rows[0]["children"] = asked.children
    rows[-1] |= visit | FAMILY_GOALS
    return rows


def _row(name: str, found: dict[str, list[Load]], queries: int) -> harness.Result:
    ours, limit = found[f"{name} ours"], found[f"{name} limit"]
    row = harness.ratio(
        name,
        [load.per_second for load in ours],
        [load.per_second for load in limit],
        "requests/s",
        RATIO_GOAL,
    )
    return row | {"p99_ms": _p99(ours), "limit_p99_ms": _p99(limit), "queries": queries}


def _p99(rounds: list[Load]) -> float:
    latencies = [latency for load in rounds for latency in load.latencies]
    return round(statistics.quantiles(latencies, n=100)[98] * 1000, 1)


@dataclass(frozen=True)
class Asked:
    """What both sides are asked for."""

    paths: dict[str, str]
    keys: dict[str, int]
    on: str
    children: int
    cookie: str


def _fill(children: int) -> Asked:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    harness.say(f"{children} children …")
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    schools = max(1, children // CHILDREN_PER_SCHOOL)
    call_command("seed_demo", schools=schools, students=children)
    settings.ALLOWED_HOSTS = ["*"]
    keys, paths, on, count = _choose()
    from accounts.models import User

    client = Client()
    client.force_login(User.objects.get(pk=keys["user"]))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    return Asked(paths, keys, on, count, cookie)


def _choose() -> tuple[dict[str, int], dict[str, str], str, int]:
    """The demo teacher's class cut to 45, its child with the longest file, a question that waits."""
    from django.db.models import Count
    from django.utils import timezone

    from messaging import links
    from messaging.models import CheckIn
    from schools.models import Post
    from students.models import Enrolment, Student

    on = timezone.localdate()
    post = Post.objects.get(user__username=TEACHER, role="class_teacher")
    class_ = Enrolment.objects.filter(school_class_id=post.school_class_id, ends_on=None)
    kept = list(class_.order_by("pk").values_list("student_id", flat=True)[:CLASS_SIZE])
    class_.exclude(student_id__in=kept).delete()
    student = (
        Student.objects.filter(pk__in=kept).annotate(n=Count("contacts")).order_by("-n", "pk")[0]
    )
    check_in = CheckIn.objects.filter(
        state="waiting", expires_at__gt=timezone.now(), school_id=post.school_id
    ).order_by("pk")[0]
    token = links.token_for(check_in_id=check_in.pk, adult_id=check_in.adult_id)
    keys = {
        "class": post.school_class_id,
        "school": post.school_id,
        "user": post.user_id,
        "student": student.pk,
        "check_in": check_in.pk,
    }
    paths = {
        "class_list": "/children/",
        "child": f"/children/{student.pk}/",
        "family_check_in": f"/f/c/{token}/",
    }
    return keys, paths, on.isoformat(), len(kept)


def _queries(asked: Asked, path: str) -> int:
    """Of one page, with what is kept between pages already there."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"cookie": asked.cookie})
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    if response.status_code != 200:
        raise SystemExit(f"{path} answers {response.status_code}")
    return len(captured)


def _serve(stack: ExitStack, folder: Path, asked: Asked) -> tuple[int, int]:
    """Ports of our server and of the floor's, which is given our pages as its frames."""
    ours, limit = redis_server.free_port(), redis_server.free_port()
    stack.enter_context(
        harness.gunicorn("homeschool.wsgi:application", ours, {}, folder / "ours.log")
    )
    for name, path in asked.paths.items():
        cookie = asked.cookie if name != "family_check_in" else ""
        page = harness.fetch(f"http://127.0.0.1:{ours}{path}", cookie)
        (folder / f"{name}.html").write_bytes(page)
    floor = folder / "floor.json"
    told = asked.keys | {"paths": asked.paths, "on": asked.on, "folder": str(folder)}
    floor.write_text(json.dumps(told))
    env = {"FLOOR": str(floor)}
    stack.enter_context(
        harness.gunicorn("tests.benchmarks.floor:application", limit, env, folder / "floor.log")
    )
    for path in asked.paths.values():
        harness.fetch(f"http://127.0.0.1:{limit}{path}")
    return ours, limit


if __name__ == "__main__":
    main()
