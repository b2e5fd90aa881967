"""What surrounds the content of every page.

Parts that are the same for everybody are rendered once for each process, without looking up variables that
the page does not pass.
"""

from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from core import languages

register = template.Library()
# Which child a staff page is about, if its address does not say so: context variable → where its key is.
ABOUT = (("student", "pk"), ("concern", "student_id"), ("case", "student_id"))


@register.simple_tag
@languages.once_per_language(1024)
def drawn_once(component: str, **said: Any) -> SafeString:
    """Like `include … only`, but cached in each process: only for components that say nothing about a
    person.
    """
    return render_to_string(component, said)


@register.simple_tag
def rail_item(item: dict[str, Any]) -> SafeString:
    """Render an entry of the rail.

    A page has up to sixteen, which used to take a tenth of a class list's time.
    """
    return drawn_once("components/rail_item.html", **item)


@register.simple_tag
@languages.once_per_language(8)
def other_languages() -> tuple[dict[str, str], ...]:
    """Return every language except the page's own, with its code and its own name, shortened for the narrow
    bar.
    """
    codes = [code for code, _name in settings.LANGUAGES if code != languages.active()]
    named = [(code, get_language_info(code)["name_local"].replace("简体", "")) for code in codes]
    return tuple({"code": code, "name": name} for code, name in named)


@register.simple_tag(takes_context=True)
def child_of_page(context: Context) -> Any:
    """Return the key of the child that a page is about, or nothing."""
    for name, key in ABOUT:
        found = context.get(name)
        of = found.get(key) if isinstance(found, dict) else getattr(found, key, None)
        if of:
            return of
    return context.get("about_child")
