"""Who may import a roster at a school carries out its rollovers, and no other school's."""

from django.http import Http404

from rosters.models import Rollover
from schools.policies import Viewer


def get_rollover_for(viewer: Viewer, pk: int) -> Rollover:
    """One that was carried out, or 404."""
    rows = Rollover.objects.filter(school=viewer.school).exclude(state=Rollover.State.DRAFT)
    related = rows.select_related("school", "from_year", "done_by", "undone_by")
    found = related.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
