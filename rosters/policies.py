"""Who may see imports: those who may import a roster at a school see the imports of that school only."""

from django.http import Http404

from rosters.models import RosterImport
from schools.policies import Viewer


def imports_for(viewer: Viewer):
    return RosterImport.objects.filter(school=viewer.school)


def get_import_for(viewer: Viewer, pk: int) -> RosterImport:
    """Return the import. Raises Http404 for others, who do not learn that it exists."""
    roster = imports_for(viewer).select_related("school", "uploaded_by").filter(pk=pk).first()
    if roster is None:
        raise Http404
    return roster
