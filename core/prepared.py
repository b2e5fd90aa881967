"""Queries whose SQL always has the same text: Django builds it once for each process, and PostgreSQL parses
it once for each connection and may keep its plan.

Building and compiling a queryset takes Django longer than PostgreSQL needs to answer it: 0.5 to 4 ms.
Planning it again takes PostgreSQL as long as answering. For the few queries that run on nearly every page:

    @prepared
    def rows_of(*, student_ids, on):
        return Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)

    rows_of(student_ids=[1, 2], on=today)  # a list of Enrolment

The function is called once, with placeholders for its values; it may use them in filters and do nothing else
with them. The results of the queryset (objects, dicts, tuples) are returned as a list. Do not use it for
querysets whose form varies, or for those that PostgreSQL should plan for their values, such as one that may
have to start with everything that has happened since a certain day.

Such a function may use a policy: it takes `user`, and `Anybody` is a placeholder for the user while the SQL
is made.
What a policy reads about its user before the query (schools, classes, barriers) is marked `@read_first`: in
the SQL it is a placeholder, filled for each call by reading it for the current user:

    @prepared
    def open_ones(*, user, on):
        return concerns_visible_to(user, on).filter(closed_at=None)

    open_ones(user=request.user, on=today)

`Anybody` has nothing else that a policy might want of its user, so other uses fail on the first call. Only
two uses would give wrong results instead: whether a list is empty (no) and whether a key equals another (no).
A policy must therefore put what it has read into a filter and not test it.

A page with parts from many apps first collects the queries they will make and sends them in one statement.
Each part then calls its function as usual, and finds its rows already there:

    ask_together([rows_of.question(student_ids=[1], on=today), open_ones.question(user=user, on=today)])
    rows_of(student_ids=[1], on=today)  # no statement

A collected query that nobody makes afterwards, or that is made with another value, costs time and changes
nothing. For queries that nearly always return nothing, the page can ask less, and PostgreSQL plans a tenth:

    ask_together([open_ones.first_look(user=user, on=today)])

This reads whether the table has any row that meets those conditions which concern its own columns. If there
is none, `open_ones` has no rows either and makes no query; otherwise it makes its query as usual.
"""

import itertools
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache, wraps
from operator import add, attrgetter, sub
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS
from django.db import connection as db
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Model, QuerySet, Value, prefetch_related_objects
from django.db.models.expressions import Col
from django.db.models.query import ModelIterable
from django.db.models.sql import Query
from django.db.models.sql.where import AND, WhereNode
from pghistory import runtime as history
from psycopg2 import extensions

from core import replica, walls
from core.per_page import is_kept, keep, take, until_written
from core.rows_made_objects import Maker

USER = "user"
PREFIX = "jiaqiao_"
# What a prepared statement reads leaves no trace in the history, so it need not carry the acting user, just
# as a SELECT need not; carrying it doubled what was sent and parsed. The same goes for statements that begin
# and end a savepoint, which core.walls also has to recognise.
cast(Any, history).IGNORED_SQL_PREFIXES = (
    *history.IGNORED_SQL_PREFIXES,
    f"execute {PREFIX}",
    "savepoint",
    "release",
    "rollback",
)
# The codes for a list with no, one or several values, and the pattern of a placeholder in one of Django's
# statements, with or without a list.
NONE, ONE, MANY = "01n"
PLACES = re.compile(r"(?P<is_list>\bIN )?%s|%%")
NAMED = re.compile(r"%\((\w+)\)s")
# Types (pg_type.oid) that PostgreSQL sends as text anyway, so that the driver reads them as usual: bool,
# bytea, int8, int2, int4, text, json, float8, arrays of int2, int4, text, varchar and int8, varchar, date,
# time, timestamptz, interval, numeric, uuid, jsonb.
AS_TEXT = frozenset((
    16, 17, 20, 21, 23, 25, 114, 701, 1005, 1007, 1009, 1015, 1016, 1043, 1082, 1083, 1184, 1186, 1700, 2950,
    3802,
))  # fmt: skip
TEXTS = frozenset((25, 1043))
SINGLE = frozenset((int, str, bool, date, datetime))
# The number of combined statements that one connection keeps, the most recently used ones: each holds the
# plans of all its parts (decision 0093).
MOST_TOGETHER = 8
TOGETHER = f"{PREFIX}together_"
Reading = TypeVar("Reading", bound=Callable[..., Any])


class Place(Value):
    """A placeholder for the value with that name.

    The value is not known yet, so nothing can be decided by it.
    """

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def filled(self, asking: "_Asking") -> Any:
        return asking.values[self.value]

    # Django's own operators would put the sum into the SQL; here a date plus a span is calculated before the
    # query.
    def __add__(self, other: Any) -> "Derived":  # type: ignore[override]
        return Derived((add, (self, other)))

    def __sub__(self, other: Any) -> "Derived":  # type: ignore[override]
        return Derived((sub, (self, other)))


class Derived(Place):
    """A placeholder whose value is read or calculated from other values: once for a page that only reads, and
    for each query elsewhere.
    """

    def filled(self, asking: "_Asking") -> Any:
        if self not in asking.read:
            known_by = asking.known_by(self.needs)
            if known_by is None:
                asking.read[self] = self._read(asking)
            else:
                asking.read[self] = until_written((self, *known_by), lambda: self._read(asking))
        return asking.read[self]

    def _read(self, asking: "_Asking") -> Any:
        read, args = self.value
        return _in_sql(read(*asking.fill(args)))

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Names of the values from which it is read."""
        names: set[str] = set()
        for one in self.value[1]:
            if isinstance(one, Derived):
                names.update(one.needs)
            elif isinstance(one, Place):
                names.add(one.value)
        return tuple(sorted(names))

    # Compared by identity, which is fast; _one_of_each merges equal ones.
    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Anybody:
    """A placeholder for the user while the SQL is made."""

    is_authenticated = True
    pk = Derived((attrgetter("pk"), (Place(USER),)))


UNKNOWN = (Place, Anybody)


def read_first(read: Reading) -> Reading:
    """Decorate a function that a policy calls before its query, and that returns a key, a list of keys or a
    date.
    """

    @wraps(read)
    def answer(*args: Any) -> Any:
        if any(isinstance(arg, UNKNOWN) for arg in args):
            named = (Place(USER) if isinstance(arg, Anybody) else arg for arg in args)
            return Derived((read, tuple(named)))
        return read(*args)

    return cast(Reading, answer)


# All readings of this process.
_derived: dict[Any, Derived] = {}


def _one_of_each(places: Iterable[Any]) -> tuple[Any, ...]:
    """Merge equal readings, so that each is done only once, no matter how many statements use it."""

    def same(one: Any) -> Any:
        if not isinstance(one, Derived):
            return one
        read, args = one.value
        args = _one_of_each(args)
        return _derived.setdefault((read, tuple(map(_known_as, args))), Derived((read, args)))

    return tuple(map(same, places))


def _known_as(arg: Any) -> Any:
    if isinstance(arg, Place):
        return arg if isinstance(arg, Derived) else ("place", arg.value)
    return tuple(arg) if isinstance(arg, list) else arg


class _Asking:
    """One call of one statement: its values, and what was already read for it."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.read: dict[Derived, Any] = {}

    def fill(self, places: Iterable[Any]) -> tuple[Any, ...]:
        return tuple([one.filled(self) if isinstance(one, Place) else one for one in places])

    def known_by(self, names: Iterable[str]) -> tuple[Any, ...] | None:
        """Return the key under which an answer read from these values is kept; None if one of them
        is a list.
        """
        told: list[Any] = [replica.alias(), walls.reached()]
        for name in names:
            value = self.values[name]
            if name == USER:
                told += [type(value), value.pk]
            elif type(value) in SINGLE:
                told.append(value)
            else:
                return None
        return tuple(told)


@dataclass(frozen=True)
class _Compiled:
    """The parts that are the same for every call of a statement."""

    compiler: Any
    converters: dict[int, Any]  # of its columns
    sql: str
    params: tuple[Any, ...]

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(one for one in self.params if isinstance(one, Place))

    @cached_property
    def lists(self) -> tuple[bool, ...]:
        """For each placeholder, whether it takes a list."""
        found = (one["is_list"] is not None for one in PLACES.finditer(self.sql) if one[0] != "%%")
        return tuple(
            is_list for is_list, param in zip(found, self.params, strict=True) if _is_place(param)
        )

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """Names of the values in the placeholders; None if one of them has to be read for each call."""
        if any(isinstance(one, Derived) for one in self.places):
            return None
        return tuple(one.value for one in self.places)

    def filled(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if self.names is None:
            return _Asking(values).fill(self.places)
        return tuple([values[name] for name in self.names])

    def told(self, filled: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the call as a key. In a condition, the order of a list does not matter."""
        return tuple(
            [
                one if type(one) is not list else frozenset(one) if is_list else tuple(one)
                for one, is_list in zip(filled, self.lists, strict=True)
            ]
        )

    def shaped(self, filled: Iterable[Any]) -> tuple[str, list[Any]]:
        """Return a letter for each list, and the values to send: none for an empty list, one value for a list
        of one.

        PostgreSQL plans a statement before it knows the values, and assumes that a list of unknown length has
        ten elements. If a policy says "in my schools, or in my classes", somebody without a school would
        otherwise get a plan for a whole county.
        """
        shape, sent = [], []
        for is_list, value in zip(self.lists, filled, strict=True):
            if not is_list:
                sent.append(value)
                continue
            shape.append((NONE, ONE, MANY)[min(len(value), 2)])
            sent += [_array(value)] if len(value) > 1 else value
        return "".join(shape), sent


class _Statement:
    """One queryset with its SQL.

    The first caller compiles it, and only once: making SQL changes the query, and if two threads did it at
    the same time, one could keep a text without some of its joins.
    """

    _numbers = itertools.count(1)

    def __init__(self, queryset: QuerySet) -> None:
        # This uses parts of Django that are not public; tests/core/test_prepared.py checks them.
        self.queryset: Any = queryset
        self.number = next(self._numbers)
        # Maps each shape of its lists to the name in PostgreSQL and to what is prepared under that name.
        self._texts: dict[str, tuple[str, str]] = {}
        # The types of its columns, as PostgreSQL reported with its first answer to this process.
        self.types: tuple[int, ...] = ()
        # One for each database that is read from.
        self._makers: dict[str, Maker] = {}
        self._made: _Compiled | None = None
        self._making = threading.Lock()

    @property
    def compiled(self) -> "_Compiled":
        if self._made is None:
            with self._making:
                self._made = self._made or self._make()
        return self._made

    def _make(self) -> "_Compiled":
        compiler: Any = self.queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return _Compiled(compiler, compiler.get_converters(columns), sql, _one_of_each(params))

    @cached_property
    def first_look(self) -> "_Statement":
        return _Statement(QuerySet(self.queryset.model, _any_row(self.queryset.query)))

    def question(self, values: Mapping[str, Any]) -> "Question":
        made = self.compiled
        filled = made.filled(values)
        key = self.number, replica.alias(), walls.reached(), made.told(filled)
        return Question(self, filled, key)

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        """Return what the queryset would yield: its own iterable runs over rows that have already been
        fetched.

        If two parts of a page make the same query, both get the same objects.
        """
        asked = self.question(values)
        return list(until_written(asked.key, lambda: self._objects(asked)))

    def _objects(self, asked: "Question") -> list[Any]:
        found = take(asked.ahead)
        if found is None:
            found = self.found(asked.filled)
        # Most statements of a page find nothing, and preparing to convert rows takes as long as the query.
        if not found:
            return []
        rows = self._made_of(found)
        prefetch_related_objects(rows, *self.queryset._prefetch_related_lookups)
        return rows

    def _made_of(self, found: list[tuple]) -> list[Any]:
        connection, made = replica.reading(), self.compiled
        read = _Read(made, connection, found)
        if self.queryset._iterable_class is ModelIterable:
            if connection.alias not in self._makers:
                self._makers[connection.alias] = Maker(made.compiler, connection.alias)
            return self._makers[connection.alias].objects(read.results_iter())
        answered = SimpleNamespace(
            db=connection.alias,
            query=_Answered(self.queryset.query, read),
            _fields=self.queryset._fields,
        )
        return list(self.queryset._iterable_class(answered))

    def found(self, filled: tuple[Any, ...]) -> list[tuple]:
        connection, made = replica.reading(), self.compiled
        shape, sent = made.shaped(filled)
        execute = f"EXECUTE {self._prepare(connection, made, shape)}"
        if sent:
            execute += f" ({', '.join(['%s'] * len(sent))})"
        with connection.cursor() as cursor:
            cursor.execute(execute, sent)
            self.types = self.types or tuple(one.type_code for one in cursor.description)
            return cursor.fetchall()

    def _prepare(self, connection: BaseDatabaseWrapper, made: "_Compiled", shape: str) -> str:
        """Return the statement's name in PostgreSQL; it is prepared once for each connection and shape."""
        return _ready(
            connection, self._texts, shape, PREFIX, lambda cursor: _text(cursor, made, shape)
        )


class _Read:
    """A compiler whose rows have already been fetched."""

    def __init__(
        self, made: _Compiled, connection: BaseDatabaseWrapper, found: list[tuple]
    ) -> None:
        self.made, self.connection, self.found = made, connection, found

    def results_iter(self, *, tuple_expected: bool = False, **_how: Any) -> Iterable[Any]:
        made, rows = self.made, cast(Iterable[Any], self.found)
        if made.compiler.has_extra_select:  # columns used only for sorting
            rows = [row[: made.compiler.col_count] for row in self.found]
        if made.converters:
            rows = map(self._converted, rows)
        return map(tuple, rows) if tuple_expected else rows

    def _converted(self, row: tuple) -> list[Any]:
        values = [*row]
        for place, (converters, expression) in self.made.converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, self.connection)
        return values


class _Answered:
    """A query that has been answered; everything else is delegated to it."""

    def __init__(self, query: Any, read: _Read) -> None:
        self._query, self._read = query, read

    def get_compiler(self, *args: Any, **kwargs: Any) -> _Read:
        return self._read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


class PreparedSQL:
    """A hand-written statement that is used again and again.

    `%(name)s` marks a value, followed by its type if PostgreSQL cannot infer it; there may be no other
    percent sign.

    It may write, but not to a table with a history, which would not say who did it (IGNORED_SQL_PREFIXES),
    and not on a page that only reads, which would not drop what it kept (core.per_page).
    """

    def __init__(self, sql: str) -> None:
        self._names = tuple(dict.fromkeys(NAMED.findall(sql)))
        self._text = NAMED.sub(lambda found: f"${self._names.index(found[1]) + 1}", sql)
        self._texts: dict[str, tuple[str, str]] = {}

    def execute(self, cursor: Any, values: Mapping[str, Any]) -> None:
        """Run it with a cursor of the default connection."""
        name = _ready(db, self._texts, "", PREFIX, lambda _cursor: self._text)
        given = (values[one] for one in self._names)
        sent = [_array(value) if type(value) is list else value for value in given]
        places = f" ({', '.join(['%s'] * len(sent))})" if sent else ""
        cursor.execute(f"EXECUTE {name}{places}", sent)


# The names prepared on each connection. PostgreSQL drops them when a connection ends, and so does this.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
# Those of them that are combined statements, the most recently used one last.
_used_together: WeakKeyDictionary[Any, OrderedDict[str, None]] = WeakKeyDictionary()
_names = itertools.count(1)


def _ready(
    connection: BaseDatabaseWrapper,
    texts: dict[str, tuple[str, str]],
    shape: str,
    prefix: str,
    write: Callable[[Any], str],
) -> str:
    # A page may begin with this call after PostgreSQL was away. So check first, as before each cursor,
    # whether the connection still works; what was prepared on an earlier one is gone.
    connection.close_if_health_check_failed()
    raw = connection.connection
    name, text = texts.get(shape, ("", ""))
    if raw is not None and name in _prepared.get(raw, ()):
        return name
    with connection.cursor() as cursor:
        if not name:
            text = write(cursor)
            name, text = texts.setdefault(shape, (f"{prefix}{next(_names)}", text))
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors:
            # Not counted as a statement of the page, because it happens only once, like connecting.
            cursor.cursor.execute(f"PREPARE {name} AS {text}")
        _prepared.setdefault(connection.connection, set()).add(name)
    return name


class Question(NamedTuple):
    """A prepared query with its values."""

    statement: _Statement
    filled: tuple[Any, ...]
    key: tuple[Any, ...]
    looks_for: "Question | None" = None  # the query that has no rows if this one has none

    @property
    def ahead(self) -> tuple[Any, ...]:
        """The key under which its rows wait until they are read."""
        return "ahead", *self.key

    @property
    def told_apart_by(self) -> tuple[Any, ...]:
        """Queries that differ only in what a first look leaves out share its key."""
        return self.key, self.looks_for and self.looks_for.key

    def keep(self, rows: list[tuple]) -> None:
        if self.looks_for is None:
            keep(self.ahead, rows)
        elif not rows:
            keep(self.looks_for.ahead, [])


class _Together:
    """Several statements as one: a column for each, with its rows as an array of texts."""

    def __init__(self, statements: Sequence[_Statement]) -> None:
        self.statements = statements
        self._texts: dict[str, tuple[str, str]] = {}

    def ask(self, questions: Sequence[Question]) -> list[list[tuple]]:
        """Return the rows of each query."""
        connection = replica.reading()
        shapes, sent = [], []
        for question in questions:
            own, values = question.statement.compiled.shaped(question.filled)
            shapes.append(own)
            sent += values
        name = _ready(
            connection,
            self._texts,
            " ".join(shapes),
            TOGETHER,
            lambda cursor: self._text(cursor, shapes),
        )
        _let_go_of_old(connection, name)
        places = f" ({', '.join(['%s'] * len(sent))})" if sent else ""
        with connection.cursor() as cursor:
            cursor.execute(f"EXECUTE {name}{places}", sent)
            found = zip(self.statements, cursor.fetchone(), strict=True)
            return [_read(texts, one.types, cursor.cursor) if texts else [] for one, texts in found]

    def _text(self, cursor: Any, shapes: Sequence[str]) -> str:
        numbers, parts = itertools.count(1), []
        for statement, shape in zip(self.statements, shapes, strict=True):
            text = _text(cursor, statement.compiled, shape, numbers)
            names = [f"c{number}" for number, _type in enumerate(statement.types)]
            columns = ", ".join(f"{name}::text" for name in names)
            # Consists only of our own texts and numbers.
            parts.append(f"ARRAY(SELECT ARRAY[{columns}] FROM ({text}) q({', '.join(names)}))")  # noqa: S608
        # EXECUTE copies the expressions of the outer SELECT each time, which took a sixth of the statement's
        # time. From a subquery it copies only column names.
        return f"SELECT together.* FROM (SELECT {', '.join(parts)}) together"  # noqa: S608


def _let_go_of_old(connection: BaseDatabaseWrapper, name: str) -> None:
    """Mark `name` as used, and drop the least recently used statements beyond the limit of this
    connection.
    """
    raw = connection.connection
    used = _used_together.setdefault(raw, OrderedDict())
    used[name] = None
    used.move_to_end(name)
    while len(used) > MOST_TOGETHER:
        old, _none = used.popitem(last=False)
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.cursor.execute(f"DEALLOCATE {old}")
        _prepared[raw].discard(old)


def _read(texts: Sequence[Sequence[str | None]], types: Sequence[int], cursor: Any) -> list[tuple]:
    """Return the rows as the driver would have read them."""
    known = {**extensions.string_types, **cursor.connection.string_types}
    casts = [None if one in TEXTS else known[one] for one in types]
    return [
        tuple(
            text if cast is None or text is None else cast(text, cursor)
            for cast, text in zip(casts, row, strict=True)
        )
        for row in texts
    ]


_together = lru_cache(maxsize=64)(_Together)


def ask_together(questions: Iterable[Question]) -> None:
    """Read in one statement what the parts of a page will query; see the module's docstring.

    Outside a page that only reads, nothing is kept for later, so this does nothing. If this process has never
    made one of the queries, each is made separately once, because only an answer reveals the types of its
    columns. If nothing is kept, a generator is not started: what it reads about the person, to know the
    queries, would be read twice.
    """
    if not is_kept():
        return
    wanted = {question.told_apart_by: question for question in questions}.values()
    if not all(one.statement.types for one in wanted):
        for one in wanted:
            one.keep(one.statement.found(one.filled))
        return
    asked = [one for one in wanted if AS_TEXT.issuperset(one.statement.types)]
    if len(asked) < 2:
        return
    together = _together(tuple(one.statement for one in asked))
    for one, rows in zip(asked, together.ask(asked), strict=True):
        one.keep(rows)


def _any_row(asked: Query) -> Query:
    """Return a query for any one row of the table of `asked` that meets the conditions on this table's own
    columns.

    Every row of `asked` has such a row behind it: what is left out (joins and other conditions) only removes
    rows.
    """
    table = asked.get_initial_alias()
    found = Query(asked.model)
    found.get_initial_alias()
    found.where = WhereNode([one for one in _together_true(asked.where) if _is_of(table, one)])
    found.clear_ordering(force=True)
    found.set_values(["pk"])
    found.set_limits(high=1)
    return found


def _together_true(node: Any) -> Iterator[Any]:
    """Yield the conditions that must all hold."""
    if isinstance(node, WhereNode) and node.connector == AND and not node.negated:
        for one in node.children:
            yield from _together_true(one)
    else:
        yield node


def _is_of(table: str, node: Any) -> bool:
    if isinstance(node, WhereNode):
        return all(_is_of(table, one) for one in node.children)
    if not isinstance(node, Lookup) or not isinstance(node.lhs, Col) or node.lhs.alias != table:
        return False
    values = node.rhs if isinstance(node.rhs, list | tuple | set) else [node.rhs]
    return all(isinstance(one, Place) or not hasattr(one, "as_sql") for one in values)


def _is_place(param: Any) -> bool:
    return isinstance(param, Place)


def _text(cursor: Any, made: _Compiled, shape: str, numbers: Iterator[int] | None = None) -> str:
    """Return the SQL for PREPARE.

    Constants are part of the text, so that PostgreSQL can use partial indexes.
    """
    left, numbers, shapes = iter(made.params), numbers or itertools.count(1), iter(shape)

    def place(found: re.Match) -> str:
        if found[0] == "%%":
            return "%"
        behind, param = found["is_list"] or "", next(left)
        if not _is_place(param):
            return behind + cursor.mogrify("%s", [param]).decode()
        if not behind:
            return f"${next(numbers)}"
        how = next(shapes)
        if how == NONE:
            return "= ANY ('{}')"
        return f"= ${next(numbers)}" if how == ONE else f"= ANY (${next(numbers)})"

    return PLACES.sub(place, made.sql)


class Prepared(Protocol):
    def __call__(self, **values: Any) -> list[Any]: ...

    def question(self, **values: Any) -> Question:
        """Return the query with these values, for `ask_together`."""

    def first_look(self, **values: Any) -> Question:
        """Return a query for whether there may be any row, for `ask_together`; see the module's docstring."""


def prepared(build: Callable[..., QuerySet]) -> Prepared:
    """Turn a function that returns a queryset into a prepared query; see the module's docstring.

    The argument `limit` becomes part of the SQL, so each of a few limits gets a statement of its own.
    """

    @lru_cache(maxsize=8)
    def statement(names: frozenset[str], numbers: tuple[tuple[str, int], ...]) -> _Statement:
        places = {name: Anybody() if name == USER else Place(name) for name in names}
        return _Statement(build(**places, **dict(numbers)))

    def asking(values: dict[str, Any]) -> tuple[_Statement, dict[str, Any]]:
        limit = values.pop("limit", None)
        numbers = () if limit is None else (("limit", limit),)
        # The user is not sent, only used to read values.
        asked = {
            name: value if type(value) in SINGLE or name == USER else _in_sql(value)
            for name, value in values.items()
        }
        return statement(frozenset(asked), numbers), asked

    def question(**values: Any) -> Question:
        known, asked = asking(values)
        return known.question(asked)

    def first_look(**values: Any) -> Question:
        known, asked = asking(values)
        return known.first_look.question(asked)._replace(looks_for=known.question(asked))

    @wraps(build)
    def rows(**values: Any) -> list[Any]:
        known, asked = asking(values)
        return known.rows(asked)

    rows.question = question  # type: ignore[attr-defined]
    rows.first_look = first_look  # type: ignore[attr-defined]
    return cast(Prepared, rows)


def joined(rows: QuerySet, *columns: str) -> Any:
    """Return `rows` joined with the columns of other tables that are shown, and no others: `joined(rows,
    "student__name")`.

    A child has sixty columns, and each would be prepared, sent and read even if only the name is needed.
    Tables in between, such as the seat in `seat__student__name`, contribute only their keys.
    """
    tables = dict.fromkeys(column.rpartition("__")[0] for column in columns)
    return rows.select_related(*tables).only(*own_fields(rows.model), *columns)


def own_fields(model: type[Model]) -> tuple[str, ...]:
    """Return a model's own fields, for `only(…)` where a list shows only a name from joined rows: making
    whole objects of those takes Python longer than the rest of the query.
    """
    return tuple(field.attname for field in model._meta.concrete_fields)


def _array(values: list[Any]) -> list[Any] | str:
    """Return keys as text that PostgreSQL reads as an array.

    The driver would write ARRAY[…], which PostgreSQL evaluates key by key; for a class that takes five to
    twenty times as long.
    """
    if all(type(one) is int for one in values):
        return "{" + ",".join(map(str, values)) + "}"
    return values


def array_text(values: Iterable[Any]) -> str:
    """Return the same text for numbers, dates, instants, None and keys of ours, that is, for values whose
    text has no quote or backslash.

    The statement gives the type (`%s::date[]`).
    """
    return "{" + ",".join("NULL" if one is None else f'"{one}"' for one in values) + "}"


def _in_sql(value: Any) -> Any:
    """Return a list of keys as a list, which the driver writes as an array; other values unchanged."""
    if type(value) in SINGLE:  # checking an abstract class takes ten times as long
        return value
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return list(value)
    return value
