"""The token against forged forms, in every template: masked, escaped and put into its field once for each
rendering.

Django's own stand-in for it goes through a dozen calls each time that a form writes it, 80 µs, and a list has
forty forms. This one is asked as late (a page without a form sets no cookie) and then remembers.
"""

from functools import cached_property
from typing import Any

from django import template
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


class FormToken:
    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _shown(self) -> SafeString:
        # Letters and digits alone: nothing in it has to be escaped.
        return SafeString(get_token(self._request))

    def __str__(self) -> str:
        return self._shown

    def __html__(self) -> SafeString:
        return self._shown

    @cached_property
    def field(self) -> SafeString:
        return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', self)


def form_token(request: HttpRequest) -> dict[str, FormToken]:
    """Context processor: stands in the place of the token that Django's engine adds before all others."""
    return {"csrf_token": FormToken(request)}


class FormTokenNode(CsrfTokenNode):
    def render(self, context: Any) -> str:
        token = context.get("csrf_token")
        return token.field if isinstance(token, FormToken) else super().render(context)


@register.tag
def csrf_token(parser: Any, token: Any) -> FormTokenNode:
    """In settings (`builtins`), in the place of Django's."""
    return FormTokenNode()
