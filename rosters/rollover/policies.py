"""Who may carry out rollovers: those who may import a roster at the school, and only for that school."""

from django.http import Http404

from rosters.models import Rollover
from schools.policies import Viewer


def get_rollover_for(viewer: Viewer, pk: int) -> Rollover:
    """Return a rollover that was carried out; 404 if there is none."""
    rows = Rollover.objects.filter(school=viewer.school).exclude(state=Rollover.State.DRAFT)
    related = rows.select_related("school", "from_year", "done_by", "undone_by")
    found = related.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
