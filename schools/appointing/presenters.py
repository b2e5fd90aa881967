from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schools.appointing.apart import NotApart

NOT_LOOKED_UP_IN_TIME = gettext_lazy(
    "Nobody has looked up this person's record within the last year, so the post cannot begin. The school"
    " must look it up and ask again."
)


def not_apart(found: NotApart) -> str:
    """Return why one person would have two roles in the request."""
    return {
        "officer": _(
            "This person is an officer of the county already, or shares a sign-in, phone or e-mail with"
            " one. An officer holds no post at a school."
        ),
        "school": _(
            "This person holds a post at a school. It must end before they become an officer."
        ),
        "named": _(
            "You share a sign-in, phone or e-mail with the person named here. Somebody else must agree."
        ),
        "asked": _(
            "You share a sign-in, phone or e-mail with the person who asked for it. Somebody else must agree."
        ),
    }[found.who]
