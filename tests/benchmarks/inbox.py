"""How fast a teacher's inbox opens among 100,000 threads, against the least that could be done.

Row `inbox`: pages a second of `/messages/`, as a class teacher of a thousand threads gets it, here in
this process. The limit reads the same rows by two statements of raw SQL and joins f-strings: no sign-in, no
policy, no template. Row `growth`: milliseconds of that page among 100,000 threads; the limit is the same
page among the teacher's own thousand, measured as often before the others are there, and the goal a ratio to
stay below. Rows `search` and `search_name`: the same for a search by two Chinese characters, which stand in
every message, and by a mother's name. Medians of five rounds.

    python -m tests.benchmarks.inbox [--threads 100000] [--pages 20] [--rounds 5]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

from tests.benchmarks import harness

CLASS_SIZE = 45
STARTED_ON = "2020-09-01"
OWN = 1000  # threads of each teacher: some years of a class
WORDS = "她今天{n}咳嗽好多了，作业也写完了"

SEARCHES = {"search": "/messages/?q=咳嗽", "search_name": "/messages/?q=王芳"}

LIST = """
SELECT t.id, s.name, t.last_at, said.text,
    (SELECT string_agg(a.name, '、') FROM threads_threadadult p
        JOIN guardians_adult a ON a.id = p.adult_id WHERE p.thread_id = t.id) AS people
FROM threads_thread t
LEFT JOIN students_student s ON s.id = t.student_id
LEFT JOIN LATERAL (SELECT text FROM threads_threadmessage m WHERE m.thread_id = t.id
    ORDER BY m.at DESC, m.id DESC LIMIT 1) said ON true
WHERE t.owner_id = %s AND t.state = %s ORDER BY {order} LIMIT 50
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=20, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    options = parser.parse_args()
    with harness.servers("inbox"):
        results = _measure(options.threads, options.pages, options.rounds)
    harness.report("inbox", results)


def _measure(threads: int, pages: int, rounds: int) -> list[harness.Result]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    teacher = _fill(OWN)
    few = {path: _page(teacher, path) for path in ("/messages/", *SEARCHES.values())}
    _vacuum()
    at_first = {path: [_median(ask, pages) for _ in range(rounds)] for path, ask in few.items()}
    for _more in range(threads // OWN - 1):
        _fill(OWN)
    _vacuum()
    sides = {
        "inbox": lambda: _rate(few["/messages/"], pages),
        "floor": lambda: _rate(lambda: _floor(teacher), pages),
    } | {name: partial(_median, few[path], pages) for name, path in SEARCHES.items()}
    found = harness.interleave(sides, rounds)
    mine = [1000 / rate for rate in found["inbox"]]
    return [
        harness.ratio("inbox", found["inbox"], found["floor"], "pages/s", 0.3),
        harness.ratio("growth", mine, at_first["/messages/"], "ms", 1.2),
        *(
            harness.ratio(name, found[name], at_first[path], "ms", 1.2)
            for name, path in SEARCHES.items()
        ),
    ]


def _fill(count: int) -> int:
    """One more teacher with a class and `count` threads of three messages each; the teacher's id."""
    from django.db import connection

    from accounts.models import User
    from schools.models import County, Post, School
    from tests.factories.cast import make_class, make_post, make_school

    number = Post.objects.count()
    county = County.objects.first() or County.objects.create(name="古浪县")
    school = School.objects.first() or make_school(county, "黄羊川中心小学", "620622001")
    own = make_class(school, 1 + number // 90, 1 + number % 90)
    teacher = User.objects.create_user(f"teacher{number}", "x", name="张丽华")
    make_post(teacher, "class_teacher", school=school, school_class=own)
    students, adults = _families(own)
    values = {
        "school": school.pk,
        "owner": teacher.pk,
        "students": students,
        "adults": adults,
        "size": CLASS_SIZE,
        "count": count,
        "words": WORDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(FILL, values)
    return teacher.pk


def _families(own) -> tuple[list[int], list[int]]:
    """A class of children, each with a mother: their keys in the same order."""
    from guardians.models import Adult, Guardianship
    from students.models import Enrolment, Student

    school = own.school
    students = Student.objects.bulk_create(
        Student(school=school, name=f"徐小{i}", name_pinyin=f"xu xiao{i}", name_initials="xx")
        for i in range(CLASS_SIZE)
    )
    adults = Adult.objects.bulk_create(
        Adult(school=school, name=f"王芳{i}", name_pinyin=f"wang fang{i}")
        for i in range(CLASS_SIZE)
    )
    Enrolment.objects.bulk_create(
        Enrolment(school=school, student=one, school_class=own, starts_on=STARTED_ON)
        for one in students
    )
    Guardianship.objects.bulk_create(
        Guardianship(
            school=school, student=student, adult=adult, relation="mother", kind="parent",
            starts_on=STARTED_ON,
        )
        for student, adult in zip(students, adults, strict=True)
    )  # fmt: skip
    return [one.pk for one in students], [one.pk for one in adults]


FILL = """
WITH thread AS (
    INSERT INTO threads_thread
        (school_id, student_id, owner_id, state, opened_at, last_at, waiting_since)
    SELECT %(school)s, (%(students)s::bigint[])[i %% %(size)s + 1], %(owner)s,
        CASE WHEN i %% 20 = 0 THEN 'waiting_school' WHEN i %% 10 = 1 THEN 'waiting_family'
            ELSE 'done' END,
        now() - i * interval '7 hours', now() - i * interval '6 hours',
        CASE WHEN i %% 20 = 0 OR i %% 10 = 1 THEN now() - i * interval '6 hours' END
    FROM generate_series(1, %(count)s) i
    RETURNING id, student_id, last_at
), pairs AS (
    SELECT * FROM unnest(%(students)s::bigint[], %(adults)s::bigint[]) AS pair (child, adult)
), placed AS (
    INSERT INTO threads_threadadult (school_id, thread_id, adult_id, joined_at)
    SELECT %(school)s, thread.id, adult, last_at FROM thread JOIN pairs ON child = student_id
)
INSERT INTO threads_threadmessage (school_id, thread_id, key, adult_id, user_id, text, via,
    calls_for_help, wants_call, opens_exchange, at)
SELECT %(school)s, thread.id, gen_random_uuid(), CASE WHEN k <> 2 THEN adult END,
    CASE WHEN k = 2 THEN %(owner)s END, replace(%(words)s, '{n}', (thread.id %% 97)::text),
    'page', false, false, k = 1, last_at - (3 - k) * interval '1 minute'
FROM thread JOIN pairs ON child = student_id, generate_series(1, 3) k
"""


def _page(user_id: int, path: str) -> Callable[[], None]:
    from django.test import Client

    from accounts.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(pk=user_id), "django.contrib.auth.backends.ModelBackend")

    def ask() -> None:
        response = client.get(path)
        if response.status_code != 200 or "王芳" not in response.content.decode():
            raise SystemExit(f"{path} answered {response.status_code}: the figures mean nothing")

    return ask


def _floor(user_id: int) -> None:
    from django.db import connection

    rows = []
    with connection.cursor() as cursor:
        for state, order in (
            ("waiting_school", "t.waiting_since"),
            ("waiting_family", "t.last_at DESC"),
        ):
            cursor.execute(LIST.format(order=order), [user_id, state])
            rows += cursor.fetchall()
    "".join(
        f'<li><a class="mail" href="/messages/{pk}/"><b>{child}</b> {people}'
        f"<time>{at:%H:%M}</time>{text}</a></li>"
        for pk, child, at, text, people in rows
    )


def _rate(ask: Callable[[], None], pages: int) -> float:
    began = time.perf_counter()
    for _page_number in range(pages):
        ask()
    return pages / (time.perf_counter() - began)


def _median(ask: Callable[[], None], pages: int) -> float:
    """Milliseconds of one page."""
    taken = []
    for _page_number in range(pages):
        began = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
