"""Render `{% translate "…" %}`, `{% url "…" %}` and `{% static "…" %}` once for each process, and look up the
blocks of the template that all pages extend only once.

A page has about eighty of them, and each took 10 to 25 µs to find the same text or address again: a fifth of
the cost of all templates. Texts and addresses do not change while a process runs. We keep only what a
template names literally: a text for each language, an address without arguments or with one key.
"""

from collections.abc import Callable, Hashable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context, Node, Template, Variable, defaulttags, loader_tags
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.defaulttags import URLNode
from django.template.loader_tags import ExtendsNode
from django.templatetags import i18n
from django.templatetags import static as static_tags
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.html import escape
from django.utils.translation import get_language

KEY = 987_654_321  # a placeholder for a key while an address is looked up


class _Kept:
    """Replaces a Django node: it renders like the original the first time, and afterwards returns that
    result.
    """

    kept: dict[Hashable, Any]

    @classmethod
    def of(cls, node: Node) -> Node:
        made: Any = cls.__new__(cls)
        made.__dict__.update(node.__dict__, kept={})
        return made

    def keep(self, key: Hashable, context: Context, name: str | None) -> Any:
        """Return the kept result, or store it in the context variable `name` if there is one."""
        if key not in self.kept:
            shown = super().render(context)  # type: ignore[misc]
            self.kept[key] = context[name] if name else shown
        if not name:
            return self.kept[key]
        context[name] = self.kept[key]
        return ""


class KeptWords(_Kept, TranslateNode):
    def render(self, context: Context) -> Any:
        return self.keep((get_language(), context.autoescape), context, self.asvar)


class KeptAddress(_Kept, URLNode):
    def render(self, context: Context) -> Any:
        return self.keep((_urls(), context.autoescape), context, self.asvar)


class KeptFile(_Kept, StaticNode):
    def render(self, context: Context) -> Any:
        key = staticfiles_storage.__class__, settings.STATIC_URL, context.autoescape
        return self.keep(key, context, self.varname)


class AddressOfKey(_Kept, URLNode):
    """An address with the key of a row, which appears in it unchanged."""

    def render(self, context: Context) -> Any:
        key = self.args[0].resolve(context)
        if type(key) is not int or key < 0:
            return super().render(context)
        urls = _urls()
        if urls not in self.kept:
            self.kept[urls] = self._around_key(context)
        around = self.kept[urls]
        if around is None:
            return super().render(context)
        url = f"{around[0]}{key}{around[1]}"
        if not self.asvar:
            return url
        context[self.asvar] = url
        return ""

    def _around_key(self, context: Context) -> tuple[str, str] | None:
        try:
            before, _key, after = reverse(self.view_name.resolve(context), args=[KEY]).partition(
                str(KEY)
            )
        except NoReverseMatch:
            return None
        # Leave anything that would have to be escaped to Django.
        return (before, after) if escape(f"{before}{after}") == f"{before}{after}" else None


class KnownNodes(NodeList):
    """A template's nodes, which do not change after loading.

    Django would search all of them, including nested ones, each time that a page extends the template.
    """

    def __init__(self, nodes: NodeList) -> None:
        super().__init__(nodes)
        self.contains_nontext = nodes.contains_nontext
        self._found: dict[type[Node], list[Node]] = {}

    def get_nodes_by_type(self, nodetype: type[Node]) -> list[Node]:
        if nodetype not in self._found:
            self._found[nodetype] = super().get_nodes_by_type(nodetype)
        return self._found[nodetype]


class ExtendsKnown(_Kept, ExtendsNode):
    def get_parent(self, context: Context) -> Template:
        parent = super().get_parent(context)
        if not isinstance(parent.nodelist, KnownNodes):
            parent.nodelist = KnownNodes(parent.nodelist)
        return parent


def _urls() -> str:
    return get_urlconf() or settings.ROOT_URLCONF


def _is_fixed(found: FilterExpression | None) -> bool:
    """Return whether the template contains the value literally, without filters."""
    if found is None:
        return True
    said = found.var.literal if isinstance(found.var, Variable) else found.var
    return isinstance(said, str) and not found.filters


def _words(node: Any) -> Node:
    is_fixed = _is_fixed(node.filter_expression) and _is_fixed(node.message_context)
    return KeptWords.of(node) if is_fixed else node


def _address(node: Any) -> Node:
    if not _is_fixed(node.view_name) or node.kwargs:
        return node
    if not node.args:
        return KeptAddress.of(node)
    return AddressOfKey.of(node) if len(node.args) == 1 else node


def _file(node: Any) -> Node:
    return KeptFile.of(node) if _is_fixed(node.path) else node


def keep_what_is_fixed() -> None:
    """Apply this to every template that the process loads from now on."""
    for library, tag, kept in (
        (i18n, "translate", _words),
        (i18n, "trans", _words),
        (defaulttags, "url", _address),
        (static_tags, "static", _file),
        (loader_tags, "extends", ExtendsKnown.of),
    ):
        tags: dict[str, Callable[[Parser, Token], Any]] = library.register.tags
        tags[tag] = _keeping(tags[tag], kept)


def _keeping(
    read: Callable[[Parser, Token], Any], kept: Callable[[Any], Node]
) -> Callable[[Parser, Token], Node]:
    return lambda parser, token: kept(read(parser, token))
