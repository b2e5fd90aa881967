"""Queries whose SQL is always the same text: Django builds it once for each process, and PostgreSQL parses it
once for each connection and may keep its plan.

Building and compiling a queryset takes Django longer than PostgreSQL needs to answer it, 0.5 to 4 ms;
planning it again takes PostgreSQL as long as answering. For the few that stand on nearly every page:

    @prepared
    def rows_of(*, student_ids, on):
        return Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)

    rows_of(student_ids=[1, 2], on=today)  # a list of Enrolment

The function is called once, with places for its values; it may put them into filters and do nothing else with
them. What the queryset yields (objects, dicts, tuples) comes as a list. Not for querysets that look different
from case to case, nor for those that PostgreSQL should plan for their values: one that may as well begin with
all that has happened since some day.

A policy may stand in such a function: it takes `user`, and while the SQL is made `Anybody` stands for them.
What a policy reads of its user before it asks (schools, classes, barriers) is marked `@read_first`: in the
SQL it is a place, filled for each asking by reading it for the user who asks:

    @prepared
    def open_ones(*, user, on):
        return concerns_visible_to(user, on).filter(closed_at=None)

    open_ones(user=request.user, on=today)

Whatever else a policy would want of its user, `Anybody` does not have: it fails when it is first asked. Two
questions would be answered wrongly instead, whether a list is empty (no) and whether a key equals another
(no): a policy puts what it has read into a filter and asks nothing of it.

A page that asks many rooms gathers first what they will ask, and sends it in one statement. Each room then
asks as it does alone, and finds its rows there already:

    ask_together([rows_of.question(student_ids=[1], on=today), open_ones.question(user=user, on=today)])
    rows_of(student_ids=[1], on=today)  # no statement

A question that nobody asks afterwards, or that is asked with another value, costs time and changes nothing.
Where there is nearly always nothing, the page asks less, and PostgreSQL plans a tenth:

    ask_together([open_ones.first_look(user=user, on=today)])

reads whether the table has a row at all for those conditions that stand on its own columns. Where it has none
`open_ones` has none, and asks nothing any more; else it asks as it does alone.
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
# What a prepared statement reads leaves no trace in the history: who asks need not go with it, as it need not
# with a SELECT. It doubled what is sent and parsed. Nor with what begins and ends a savepoint, which
# core.walls has to know again.
cast(Any, history).IGNORED_SQL_PREFIXES = (
    *history.IGNORED_SQL_PREFIXES,
    f"execute {PREFIX}",
    "savepoint",
    "release",
    "rollback",
)
# Where a value goes in a statement of Django's, and where a list of them does.
NONE, ONE, MANY = "01n"
PLACES = re.compile(r"(?P<is_list>\bIN )?%s|%%")
NAMED = re.compile(r"%\((\w+)\)s")
# Types (pg_type.oid) whose text is what PostgreSQL sends anyway, so that the driver reads it as ever: bool,
# bytea, int8, int2, int4, text, json, float8, arrays of int2, int4, text, varchar and int8, varchar, date,
# time, timestamptz, interval, numeric, uuid, jsonb.
AS_TEXT = frozenset((
    16, 17, 20, 21, 23, 25, 114, 701, 1005, 1007, 1009, 1015, 1016, 1043, 1082, 1083, 1184, 1186, 1700, 2950,
    3802,
))  # fmt: skip
TEXTS = frozenset((25, 1043))
SINGLE = frozenset((int, str, bool, date, datetime))
# Statements asked together that one connection keeps, the last ones used: each holds the plans of all its
# parts (decision 0093).
MOST_TOGETHER = 8
TOGETHER = f"{PREFIX}together_"
Reading = TypeVar("Reading", bound=Callable[..., Any])


class Place(Value):
    """Where a value of that name goes. It is not known yet: nothing can be decided by it."""

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def filled(self, asking: "_Asking") -> Any:
        return asking.values[self.value]

    # Django's own would put the sum into the SQL; a day and a span are reckoned before it is asked.
    def __add__(self, other: Any) -> "Derived":  # type: ignore[override]
        return Derived((add, (self, other)))

    def __sub__(self, other: Any) -> "Derived":  # type: ignore[override]
        return Derived((sub, (self, other)))


class Derived(Place):
    """A place whose value is read or worked out from other values: once for a page that only reads, and for
    each query elsewhere.
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
        """Names of the values that it is read from."""
        names: set[str] = set()
        for one in self.value[1]:
            if isinstance(one, Derived):
                names.update(one.needs)
            elif isinstance(one, Place):
                names.add(one.value)
        return tuple(sorted(names))

    # Of itself only, and quickly; equal ones are made one by _one_of_each.
    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Anybody:
    """Stands for the user while the SQL is made."""

    is_authenticated = True
    pk = Derived((attrgetter("pk"), (Place(USER),)))


UNKNOWN = (Place, Anybody)


def read_first(read: Reading) -> Reading:
    """Over what a policy reads before it asks: a key, a list of keys, a day."""

    @wraps(read)
    def answer(*args: Any) -> Any:
        if any(isinstance(arg, UNKNOWN) for arg in args):
            named = (Place(USER) if isinstance(arg, Anybody) else arg for arg in args)
            return Derived((read, tuple(named)))
        return read(*args)

    return cast(Reading, answer)


# Of all statements of this process.
_derived: dict[Any, Derived] = {}


def _one_of_each(places: Iterable[Any]) -> tuple[Any, ...]:
    """Make equal readings one, so that each is done once, however many statements ask for it."""

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
    """One asking of one statement: its values, and what was read for it already."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.read: dict[Derived, Any] = {}

    def fill(self, places: Iterable[Any]) -> tuple[Any, ...]:
        return tuple([one.filled(self) if isinstance(one, Place) else one for one in places])

    def known_by(self, names: Iterable[str]) -> tuple[Any, ...] | None:
        """Under what an answer read from these values is kept; None where one of them is a list."""
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
    """What is the same for each asking of a statement."""

    compiler: Any
    converters: dict[int, Any]  # of its columns
    sql: str
    params: tuple[Any, ...]

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(one for one in self.params if isinstance(one, Place))

    @cached_property
    def lists(self) -> tuple[bool, ...]:
        """Of each place, whether a list goes there."""
        found = (one["is_list"] is not None for one in PLACES.finditer(self.sql) if one[0] != "%%")
        return tuple(
            is_list for is_list, param in zip(found, self.params, strict=True) if _is_place(param)
        )

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """Of the values in their places, where none of them is read for its asking."""
        if any(isinstance(one, Derived) for one in self.places):
            return None
        return tuple(one.value for one in self.places)

    def filled(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if self.names is None:
            return _Asking(values).fill(self.places)
        return tuple([values[name] for name in self.names])

    def told(self, filled: tuple[Any, ...]) -> tuple[Any, ...]:
        """What was asked, as a key. In a condition, the order of a list says nothing."""
        return tuple(
            [
                one if type(one) is not list else frozenset(one) if is_list else tuple(one)
                for one, is_list in zip(filled, self.lists, strict=True)
            ]
        )

    def shaped(self, filled: Iterable[Any]) -> tuple[str, list[Any]]:
        """A letter for each list, and what is sent: nothing for an empty list, one value for a list of one.

        PostgreSQL plans a statement before it knows what will be asked, and takes a list whose length it does
        not know for ten: for a whole county, where a policy says "in my schools, or in my classes" to
        somebody who has no school.
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
    """One queryset with its SQL. Compiled by the first who asks, once: making SQL changes the query, and of
    two threads that did it at the same time one would keep a text without some of its joins.
    """

    _numbers = itertools.count(1)

    def __init__(self, queryset: QuerySet) -> None:
        # What is needed of it here, Django keeps to itself: tests/core/test_prepared.py holds it to that.
        self.queryset: Any = queryset
        self.number = next(self._numbers)
        # By the shape of its lists: the name in PostgreSQL, and what is prepared under it.
        self._texts: dict[str, tuple[str, str]] = {}
        # Of its columns, as PostgreSQL told with its first answer to this process.
        self.types: tuple[int, ...] = ()
        # By the database that is read from.
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
        """As the queryset would yield them: its own iterable runs, over rows that are there already.

        Where two parts of a page ask the same, both get the same objects.
        """
        asked = self.question(values)
        return list(until_written(asked.key, lambda: self._objects(asked)))

    def _objects(self, asked: "Question") -> list[Any]:
        found = take(asked.ahead)
        if found is None:
            found = self.found(asked.filled)
        # Most statements of a page find nothing; making ready to read rows takes as long as asking.
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
        """Its name there; made ready once for each connection and shape."""
        return _ready(
            connection, self._texts, shape, PREFIX, lambda cursor: _text(cursor, made, shape)
        )


class _Read:
    """A compiler whose rows are fetched already."""

    def __init__(
        self, made: _Compiled, connection: BaseDatabaseWrapper, found: list[tuple]
    ) -> None:
        self.made, self.connection, self.found = made, connection, found

    def results_iter(self, *, tuple_expected: bool = False, **_how: Any) -> Iterable[Any]:
        made, rows = self.made, cast(Iterable[Any], self.found)
        if made.compiler.has_extra_select:  # what it only sorts by
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
    """A query that has been answered; all else as it is."""

    def __init__(self, query: Any, read: _Read) -> None:
        self._query, self._read = query, read

    def get_compiler(self, *args: Any, **kwargs: Any) -> _Read:
        return self._read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


class PreparedSQL:
    """A statement written by hand that is asked again and again: `%(name)s` where a value goes, with its type
    behind it where PostgreSQL cannot tell, and no other percent sign. It may write, but no table that has a
    history, which would not say who did it (IGNORED_SQL_PREFIXES), and not for a page that only reads, which
    would not forget what it kept (core.per_page).
    """

    def __init__(self, sql: str) -> None:
        self._names = tuple(dict.fromkeys(NAMED.findall(sql)))
        self._text = NAMED.sub(lambda found: f"${self._names.index(found[1]) + 1}", sql)
        self._texts: dict[str, tuple[str, str]] = {}

    def execute(self, cursor: Any, values: Mapping[str, Any]) -> None:
        """With a cursor of the default connection."""
        name = _ready(db, self._texts, "", PREFIX, lambda _cursor: self._text)
        sent = [_literal(values[one]) for one in self._names]
        places = f" ({', '.join(['%s'] * len(sent))})" if sent else ""
        cursor.execute(f"EXECUTE {name}{places}", sent)


def _literal(value: Any) -> Any:
    return _array(value) if type(value) is list else value


# What is prepared on each connection. PostgreSQL forgets it when a connection ends, and so does this.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
# Of these, those asked together, the last one used last.
_used_together: WeakKeyDictionary[Any, OrderedDict[str, None]] = WeakKeyDictionary()
_names = itertools.count(1)


def _ready(
    connection: BaseDatabaseWrapper,
    texts: dict[str, tuple[str, str]],
    shape: str,
    prefix: str,
    write: Callable[[Any], str],
) -> str:
    # A page may begin with this, and PostgreSQL may have been away: as before each cursor, look first
    # whether the connection still stands; what was prepared on another is gone.
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
            # Not counted among the statements of a page: it happens once, as connecting does.
            cursor.cursor.execute(f"PREPARE {name} AS {text}")
        _prepared.setdefault(connection.connection, set()).add(name)
    return name


class Question(NamedTuple):
    """A prepared query with the values that it is asked with."""

    statement: _Statement
    filled: tuple[Any, ...]
    key: tuple[Any, ...]
    looks_for: "Question | None" = None  # of which there is nothing where this finds nothing

    @property
    def ahead(self) -> tuple[Any, ...]:
        """The key under which its rows wait until they are asked for."""
        return "ahead", *self.key

    @property
    def told_apart_by(self) -> tuple[Any, ...]:
        """Questions that differ only in what a look leaves out share its key."""
        return self.key, self.looks_for and self.looks_for.key

    def keep(self, rows: list[tuple]) -> None:
        if self.looks_for is None:
            keep(self.ahead, rows)
        elif not rows:
            keep(self.looks_for.ahead, [])


class _Together:
    """Several statements as one: of each, a column with its rows as an array of texts."""

    def __init__(self, statements: Sequence[_Statement]) -> None:
        self.statements = statements
        self._texts: dict[str, tuple[str, str]] = {}

    def ask(self, questions: Sequence[Question]) -> list[list[tuple]]:
        """The rows of each."""
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
            # Made of our own texts and numbers alone.
            parts.append(f"ARRAY(SELECT ARRAY[{columns}] FROM ({text}) q({', '.join(names)}))")  # noqa: S608
        # EXECUTE copies the expressions of the outer SELECT each time, which took a sixth of the statement's
        # time. From a subquery it copies column names alone.
        return f"SELECT together.* FROM (SELECT {', '.join(parts)}) together"  # noqa: S608


def _let_go_of_old(connection: BaseDatabaseWrapper, name: str) -> None:
    """`name` is used now; of those used longest ago this connection keeps no more than it may."""
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
    """The rows as the driver would have read them."""
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
    """Read in one statement what the parts of a page will ask; see above. Elsewhere than on a page that reads
    nothing is kept for later, so nothing is asked. Where this process never asked one of them before, each is
    asked by itself once, since only an answer tells the types of its columns. A generator is not begun where
    nothing is kept: what it reads of the person, to know what will be asked, would be read twice.
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
    """One row, whichever, of the table of `asked` that meets the conditions on this table's own columns. Each
    row of `asked` has such a row behind it: what is left out, joins and other conditions, only takes rows
    away.
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
    """Conditions of which each has to hold."""
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
    """As PREPARE takes it. Constants are part of the text, so PostgreSQL can use partial indexes."""
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
        """The same, for `ask_together`."""

    def first_look(self, **values: Any) -> Question:
        """Whether there may be any row, for `ask_together`; see above."""


def prepared(build: Callable[..., QuerySet]) -> Prepared:
    """See above. Numbers (a limit, say) shape the text: each of a few gets its own."""

    @lru_cache(maxsize=8)
    def statement(names: frozenset[str], numbers: tuple[tuple[str, int], ...]) -> _Statement:
        places = {name: Anybody() if name == USER else Place(name) for name in names}
        return _Statement(build(**places, **dict(numbers)))

    def asking(values: dict[str, Any]) -> tuple[_Statement, dict[str, Any]]:
        limit = values.pop("limit", None)
        numbers = () if limit is None else (("limit", limit),)
        # The user is asked, never sent.
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
    """`rows` with what is shown of other tables, and no more of these: `joined(rows, "student__name")`. A
    child has sixty columns, and each is made ready, sent and read also where only the name is wanted. Tables
    on the way, as the seat of `seat__student__name`, bring their keys alone.
    """
    tables = dict.fromkeys(column.rpartition("__")[0] for column in columns)
    return rows.select_related(*tables).only(*own_fields(rows.model), *columns)


def own_fields(model: type[Model]) -> tuple[str, ...]:
    """For `only(…)`, where a list shows no more than the name of what is joined to its rows: making whole
    objects of it takes Python longer than all the rest of the query.
    """
    return tuple(field.attname for field in model._meta.concrete_fields)


def _array(values: list[Any]) -> list[Any] | str:
    """Keys as PostgreSQL reads an array from a text. ARRAY[…] is written by the driver and worked out by
    PostgreSQL key by key, which takes five to twenty times as long for a class.
    """
    if all(type(one) is int for one in values):
        return "{" + ",".join(map(str, values)) + "}"
    return values


def array_text(values: Iterable[Any]) -> str:
    """The same for numbers, days, instants, None and keys of ours: no text with a quote or a backslash. The
    statement gives its type (`%s::date[]`).
    """
    return "{" + ",".join("NULL" if one is None else f'"{one}"' for one in values) + "}"


def _in_sql(value: Any) -> Any:
    """A list of keys as the driver writes an array."""
    if type(value) in SINGLE:  # asking an abstract class takes ten times as long
        return value
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return list(value)
    return value
