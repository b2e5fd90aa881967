"""No odd value makes a page fail or writes half of something, whoever sends it and wherever.

Before, anybody could fill the log with failures and keep a form from ever being answered: a NUL, a
year 9999 or a cookie of eight octal zeros was enough. The list of addresses and of who may open them is
the access matrix; the fields are what each page reads. A fixed choice of the cases runs with every
test; all of them by `./test attacks`.
"""

import copy
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.cookies import SimpleCookie
from urllib.parse import quote_from_bytes

import pytest
from django import forms
from django.core.cache import cache as redis
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse

from schools.models import School
from tests.access.test_matrix import EVERYONE, ROLES, TABLE, arguments, visitor
from tests.attacks import odd_values
from tests.attacks.form_reading import OnPage, Reading, Watch, plausible
from tests.factories.cast import Cast, make_cast
from tests.undoing import undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_log")]
IN_SAMPLE = 6  # cases of each address: with all addresses about a minute and a half on two cores
# Written by every page that is looked at, whatever it answers; a page with an error shows a child, too.
ALWAYS_WRITTEN = {
    "django_session",
    "accounts_accessrecord",
    "accounts_chainhead",
    "accounts_attemptcount",
}
# A conversation is shown again above the form that was refused: it was seen, and need not be told of.
SEEN = {"threads_sighting", "delivery_outboxmessage"}
# A wrong number is refused and counted: after a few the offer is over.
COUNTED = {"staff:answer_offer": {"schools_postoffer"}}
Pairs = list[tuple[bytes, bytes]]


@dataclass
class Endpoint:
    """One address for one role: what it reads, and a form that could be meant."""

    name: str
    role: str
    address: str
    who: Client
    cookies: SimpleCookie
    query: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    takes_post: bool = False
    filled: list[dict[str, list[str]]] = field(default_factory=list)  # one for each button
    fields: dict[str, forms.Field] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    label: str
    method: str = "GET"
    address: str = ""
    body: bytes = b""
    kind: str = odd_values.FORM
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker) -> Iterator[Cast]:
    """Made once for the whole file; each address, and each case, is taken back."""
    with django_db_blocker.unblock(), undone():
        cast = make_cast()
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        yield cast
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_choice_of_odd_values(cast, name):
    roles = roles_let_in(name)
    role = min(roles, key=lambda one: _lot(name, one))
    found = []
    with undone():
        endpoint = explored(cast, name, role)
        cases = sorted(every_case(endpoint), key=lambda case: _lot(name, case.label))
        found = [trouble for case in cases[:IN_SAMPLE] if (trouble := tried(endpoint, case))]
        transaction.set_rollback(True)
    assert not found, "\n".join(found)


@pytest.mark.attacks
@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_odd_value(cast, name):
    found, count, roles = [], 0, roles_let_in(name)
    for role in roles:
        with undone():
            endpoint = explored(cast, name, role)
            cases = [*every_case(endpoint)]
            for case in cases if role == roles[0] else _thinned(cases, f"{name} {role}"):
                count += 1
                if trouble := tried(endpoint, case):
                    found.append(trouble)
            transaction.set_rollback(True)
    print(f"{name}: {count} cases, {len(found)} failed")  # noqa: T201
    assert not found, "\n".join(found)


def roles_let_in(name: str) -> list[str]:
    """Whom the matrix lets in; where nobody is, a stranger knocks all the same."""
    if TABLE[name] == EVERYONE:  # who asks makes no difference but at the edges
        return ["anonymous", "mother", "pupil", "teacher"]
    return [role for role in ROLES if "A" in TABLE[name][role]] or ["anonymous", "admin"]


def _lot(*words: str) -> int:
    return zlib.crc32("|".join(words).encode())


def explored(cast: Cast, name: str, role: str) -> Endpoint:
    """Asks for the page, then sends what it offers until it asks for nothing new."""
    address = reverse(name, kwargs=arguments(cast, name))
    who = visitor(cast, role)
    who.raise_request_exception = False
    endpoint = Endpoint(name, role, address, who, copy.deepcopy(who.cookies))
    with Watch() as watch:
        seen = watch.read(lambda: send(endpoint, Case("page")))
        endpoint.query |= seen.query
        page = _page_of(seen)
        form = _filled({}, page, seen)
        for _round in range(3):
            seen = watch.read(lambda form=form: send(endpoint, form_case("form", _pairs(form))))
            if seen.response.status_code == 405:
                return endpoint
            endpoint.takes_post = True
            endpoint.fields |= {name: one for name, (one, _) in seen.fields.items()}
            page = page if page.values else _page_of(seen)
            endpoint.query |= seen.query
            endpoint.files |= seen.files | page.files
            fuller = _filled(form, page, seen)
            if fuller.keys() == form.keys():
                break
            form = fuller
    endpoint.filled = [form, *_other_buttons(form, page, seen)]
    return endpoint


def _page_of(seen: Reading) -> OnPage:
    response = seen.response
    is_page = not response.streaming and "html" in response.get("Content-Type", "")
    return OnPage(response.content.decode(errors="replace") if is_page else "")


def _filled(form: dict, page: OnPage, seen: Reading) -> dict[str, list[str]]:
    """`form` with what the page holds and the fields that were asked for."""
    for name in seen.form - form.keys():
        known = page.values.get(name)
        one, initial = seen.fields.get(name, (None, None))
        if known and any(known):
            form = form | {name: [next(value for value in known if value)]}
        else:
            form = form | {name: plausible(one, initial) if one else ["1"]}
    for name, (one, initial) in seen.fields.items():
        if name not in form and name not in seen.files:
            form = form | {name: plausible(one, initial)}
    return form


def _other_buttons(form: dict, page: OnPage, seen: Reading) -> list[dict[str, list[str]]]:
    """The same form sent by another button, or with a way chosen that no form field checks."""
    raw = [name for name in form if name not in seen.fields]
    ways = [(name, value) for name in raw for value in page.values.get(name, []) if value]
    others = [{**form, name: [value]} for name, value in ways if [value] != form[name]]
    return others[:6]


def every_case(endpoint: Endpoint) -> Iterator[Case]:
    yield from _odd_queries(endpoint)
    yield from _odd_headers(endpoint)
    yield from _odd_addresses(endpoint)
    if not endpoint.takes_post:
        return
    yield from _odd_bodies()
    for number, form in enumerate(endpoint.filled):
        cases = [*_odd_fields(f"form {number}", form, endpoint.fields)]
        cases += _odd_uploads(f"form {number}", form, endpoint.files)
        yield from cases if number == 0 else _thinned(cases, endpoint.name)


def _thinned(cases: list[Case], name: str) -> Iterator[Case]:
    """One in five, another for each role and each button: the same lines of code read the rest."""
    return (case for case in cases if not _lot(name, case.label) % 5)


def _odd_queries(endpoint: Endpoint) -> Iterator[Case]:
    methods = ["GET", "POST"] if endpoint.takes_post else ["GET"]
    for method in methods:
        for query in odd_values.QUERIES:
            yield Case(f"{method} ?{query!r}", method, f"?{query.decode()}")
        for name in sorted(endpoint.query):
            for label in odd_values.QUERY_VALUES:
                values = [_quoted(value[:4000]) for value in odd_values.FIELD_VALUES[label]]
                asked = "&".join(f"{name}={value}" for value in values)
                yield Case(f"{method} ?{name}: {label}", method, f"?{asked}")


def _odd_headers(endpoint: Endpoint) -> Iterator[Case]:
    for label, headers in odd_values.HEADERS.items():
        yield Case(f"header {label}", headers=headers)
        if endpoint.takes_post:
            yield Case(f"POST with header {label}", "POST", "", b"a=1", headers=headers)
    for method in ("HEAD", "PUT", "OPTIONS", "DELETE", "NONSENSE"):
        yield Case(method, method)


def _odd_addresses(endpoint: Endpoint) -> Iterator[Case]:
    """Each part of the address that names something, in turn."""
    given = resolve(endpoint.address).kwargs
    for name in given:
        mark, marked = _marked(endpoint.name, given, name)
        for label, part in odd_values.PARTS.items() if mark else ():
            address = marked.replace(mark, part)
            yield Case(f"/{name}: {label}", address=address)
            if endpoint.takes_post:
                yield Case(f"POST /{name}: {label}", "POST", address, b"a=1")


def _marked(name: str, given: dict, part: str) -> tuple[str, str]:
    """(a mark, the address with it for one of its parts); a part that takes none of them is a fixed word."""
    for mark in ("987650123", "00000000-0000-4000-8000-987650123000"):
        try:
            return mark, reverse(name, kwargs={**given, part: mark})
        except NoReverseMatch:
            continue
    return "", ""


def _odd_bodies() -> Iterator[Case]:
    for label, (kind, body) in odd_values.BODIES.items():
        yield Case(f"body {label}", "POST", "", body, kind)


def _odd_fields(said: str, form: dict, fields: dict[str, forms.Field]) -> Iterator[Case]:
    yield form_case(f"{said} as it is", _pairs(form))
    # Of a list with a field in each row, one row.
    for name in {re.sub(r"\d+", "#", name): name for name in reversed(form)}.values():
        for label in _labels_for(fields.get(name)):
            values = odd_values.FIELD_VALUES[label]
            yield form_case(f"{said}, {name}: {label}", _pairs(form, **{name: values}))
    for label in odd_values.TOGETHER:
        values = odd_values.FIELD_VALUES[label]
        like = {name: values for name in form if _could_hold(form[name], values[0])}
        yield form_case(f"{said}, all: {label}", _pairs(form, **like))
    yield form_case(f"{said}, by script", _pairs(form), headers=odd_values.HEADERS["offline"])


def _labels_for(one: forms.Field | None) -> Iterable[str]:
    """Everything where a page reads by itself; for a form's field what its kind could take for good."""
    for kinds, labels in odd_values.BY_KIND:
        if isinstance(one, kinds):
            return (*odd_values.ALWAYS, *labels)
    return odd_values.FIELD_VALUES


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _could_hold(known: list[str], value: bytes) -> bool:
    """Days for days, numbers for numbers, words for words."""
    first = known[0] if known else ""
    if _DAY.match(value.decode()):
        return bool(_DAY.match(first))
    return first.isdecimal() if value.isdigit() else not first.isdecimal()


def _odd_uploads(said: str, form: dict, files: set[str]) -> Iterator[Case]:
    for name in sorted(files):
        for label, upload in odd_values.UPLOADS.items():
            kind, body = multipart(_pairs(form), [(name.encode(), upload)])
            yield Case(f"{said}, {name}: {label}", "POST", "", body, kind)
        kind, body = multipart([*_pairs(form), (name.encode(), b"words")], [])
        yield Case(f"{said}, {name}: no file but words", "POST", "", body, kind)
    for name in list(form)[:2]:
        kind, body = multipart(
            _pairs(form, **{name: []}), [(name.encode(), odd_values.UPLOADS["NUL in the name"])]
        )
        yield Case(f"{said}, {name}: a file", "POST", "", body, kind)


def _pairs(form: dict[str, list[str]], **odd: list[bytes]) -> Pairs:
    sent = {name: [value.encode() for value in values] for name, values in form.items()} | odd
    return [(name.encode(), value) for name, values in sent.items() for value in values] or [
        (b"a", b"1")
    ]


@cache
def _quoted(value: bytes) -> str:
    return quote_from_bytes(value)


def form_case(label: str, pairs: Pairs, **more) -> Case:
    body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()
    return Case(label, "POST", "", body, **more)


def multipart(pairs: Pairs, uploads: list[tuple[bytes, odd_values.Upload]]) -> tuple[str, bytes]:
    lines = []
    for name, value in pairs:
        lines += [b"--odd", b'Content-Disposition: form-data; name="%s"' % name, b"", value]
    for name, upload in uploads:
        lines += [
            b"--odd",
            b'Content-Disposition: form-data; name="%s"; filename="%s"' % (name, upload.name),
            b"Content-Type: " + upload.kind,
            b"",
            upload.content,
        ]
    return "multipart/form-data; boundary=odd", b"\r\n".join([*lines, b"--odd--", b""])


def send(endpoint: Endpoint, case: Case):
    endpoint.who.cookies = copy.deepcopy(endpoint.cookies)
    redis.clear()
    with undone():
        response = endpoint.who.generic(
            case.method,
            case.address if case.address.startswith("/") else endpoint.address + case.address,
            case.body,
            case.kind,
            headers=case.headers,
        )
        transaction.set_rollback(True)
    if response.streaming:
        response.getvalue()  # behind it is a file, closed at its end
    return response


def tried(endpoint: Endpoint, case: Case) -> str:
    """What went wrong, in a line; empty when nothing did."""
    writes = Writes()
    with connection.execute_wrapper(writes), Watch() as watch:
        seen = watch.read(lambda: send(endpoint, case))
    response = seen.response
    where = f"{endpoint.name} {endpoint.role} {case.label}: "
    if response.status_code >= 500:
        return where + _why(response)
    seen_again = SEEN if "threads:" in endpoint.name else set()
    left = writes.left - ALWAYS_WRITTEN - seen_again - COUNTED.get(endpoint.name, set())
    if left and response.status_code >= 400:
        return f"{where}{response.status_code}, but written: {sorted(left)}"
    return ""


def _why(response) -> str:
    kind, error, trace = getattr(response, "exc_info", None) or (None, None, None)
    while trace and trace.tb_next:
        if "/site-packages/" in trace.tb_next.tb_frame.f_code.co_filename and not _ours_below(
            trace.tb_next
        ):
            break
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return f"{response.status_code} {kind.__name__ if kind else ''} {str(error)[:120]!r} at {place}"


def _ours_below(trace) -> bool:
    while trace:
        name = trace.tb_frame.f_code.co_filename
        if "/site-packages/" not in name and "/lib/python" not in name:
            return True
        trace = trace.tb_next
    return False


class Writes:
    """Tables that were written and not taken back."""

    WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)

    def __init__(self) -> None:
        self.found: list[str] = []
        self.marks: dict[str, int] = {}
        self.at_end: set[str] = set()

    def __call__(self, execute, sql, params, many, context):
        text = str(sql)
        if text.startswith("SAVEPOINT"):
            self.marks[text.split()[-1]] = len(self.found)
        elif text.startswith("ROLLBACK TO SAVEPOINT"):
            self.at_end = set(self.found)  # the last one is the test's own
            del self.found[self.marks.get(text.split()[-1], 0) :]
        elif written := self.WRITE.match(text):
            self.found.append(written[1])
        return execute(sql, params, many, context)

    @property
    def left(self) -> set[str]:
        return self.at_end
