"""Who sees, adds and deletes photos of a meeting.

Everybody who sees a meeting sees its photos; the person who leads it adds and deletes them. An invited family
sees them signed in, never behind a link that anybody at a shared phone may open.
"""

from django.http import Http404

from meetings.models import Meeting, MeetingPhoto


def get_photo_of(meeting: Meeting, pk: int) -> MeetingPhoto:
    rows = MeetingPhoto.objects.select_related("photo")
    found = rows.filter(meeting=meeting, meeting__off_at=None, pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_add(meeting: Meeting, at) -> bool:
    return meeting.off_at is None and meeting.starts_at <= at
