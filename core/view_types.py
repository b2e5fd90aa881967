"""Types of decorators that decide who may open a page: they take a view whose request has more than Django's,
and return one that any request can come to.
"""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")  # what the address gives to the view
Request = TypeVar("Request", bound=HttpRequest)
View = Callable[Concatenate[Request, P], HttpResponseBase]
Page = View[HttpRequest, P]
