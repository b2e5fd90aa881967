"""Pages about one class: which classes to offer, which one is chosen, and the tabs between them."""

from collections.abc import Callable, Collection
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404

from schools.models import SchoolClass
from schools.policies import Viewer, classes_editable_by, classes_visible_to
from schools.queries import classes_from, classes_on


def visible_classes(viewer: Viewer) -> list[SchoolClass]:
    return _classes(viewer, classes_visible_to(viewer.user, viewer.on))


def editable_classes(viewer: Viewer) -> list[SchoolClass]:
    return _classes(viewer, classes_editable_by(viewer.user, viewer.on))


def enterable_classes(viewer: Viewer) -> list[SchoolClass]:
    """Return the classes to which the viewer may add new children, including classes of a year to come."""
    if viewer.school is None:
        return []
    allowed = classes_editable_by(viewer.user, viewer.on)
    rows = classes_from(viewer.school, viewer.on).filter(pk__in=allowed.values("pk"))
    return list(rows.select_related("school"))


def _classes(viewer: Viewer, allowed: QuerySet[SchoolClass]) -> list[SchoolClass]:
    """Return the allowed classes of the viewer's school today; a viewer without a school has none."""
    if viewer.school is None:
        return []
    here = classes_on(viewer.school, viewer.on).filter(pk__in=allowed.values("pk"))
    return list(here.select_related("school"))


def chosen_class(
    classes: list[SchoolClass], wanted: str, own: Collection[int | None] = ()
) -> SchoolClass | None:
    """Return the class with the key `wanted`; if no key is given, the first one in `own`, else the first of
    all.

    Raise Http404 if `wanted` is not one of `classes`.
    """
    if not wanted:
        return next((one for one in classes if one.pk in own), classes[0] if classes else None)
    found = next((one for one in classes if str(one.pk) == wanted), None)
    if found is None:
        raise Http404
    return found


def class_tabs(
    classes: list[SchoolClass],
    chosen: SchoolClass | None,
    url: str = "",
    *,
    named: Callable[[SchoolClass], str] = str,
    **keep: str,
) -> list[dict]:
    """Return tabs if there are several classes to choose from. `keep` holds other parameters of the
    address.
    """
    return [
        {
            "url": f"{url}?{urlencode({'class': one.pk} | keep)}",
            "label": named(one),
            "count": None,
            "is_current": one == chosen,
        }
        for one in classes
        if len(classes) > 1
    ]
