"""The field that says which account did something."""

from typing import TYPE_CHECKING, Any, Literal, overload

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


@overload
def user_field(
    *, null: Literal[False] = False, **options: Any
) -> "models.ForeignKey[User, User]": ...
@overload
def user_field(
    *, null: Literal[True], **options: Any
) -> "models.ForeignKey[User | None, User | None]": ...
def user_field(*, null: bool = False, **options: Any) -> Any:
    """Return the field: an account that did something is never deleted, and does not list what it did."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=null, **options
    )
