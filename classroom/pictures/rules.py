"""Which consent a picture needs, and how long it is kept. Pure."""

# These limits are our own choice.
PICTURES_A_WEEK = 6  # pictures in one class's week; at 60 kB each a minute on a 50 kbit/s line
PICTURES_A_NOTE = 3  # pictures with one piece of good news
PICTURES_AT_ONCE = 6  # pictures in one form, enough for a week
MEANWHILE_SECONDS = (
    # seconds, the longest that a request takes: consent may be refused while a picture is being
    # added
    60
)
# days after a child's last day (long enough to cover a summer) until a picture of it is deleted
GONE_DAYS = 60

OWN_FAMILY, CLASS_FAMILIES = "photo", "class_photo"  # privacy.purposes.Purpose


def purpose_of(*, of_week: bool, pictured: int) -> str:
    """Return the purpose of a picture.

    A child alone in its own good news is shown to its family; other families see any other picture, too.
    """
    return OWN_FAMILY if pictured == 1 and not of_week else CLASS_FAMILIES
