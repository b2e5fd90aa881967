"""Who may import a roster at a school sees that school's imports, and no other's."""

from django.http import Http404

from rosters.models import RosterImport
from schools.policies import Viewer


def imports_for(viewer: Viewer):
    return RosterImport.objects.filter(school=viewer.school)


def get_import_for(viewer: Viewer, pk: int) -> RosterImport:
    """Raise Http404 for a stranger, who does not learn that the import exists."""
    roster = imports_for(viewer).select_related("school", "uploaded_by").filter(pk=pk).first()
    if roster is None:
        raise Http404
    return roster
