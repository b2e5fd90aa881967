"""Which yes a picture needs, and until when it stays. Pure."""

# Our own figures.
PICTURES_A_WEEK = 6  # of one class's week: at 60 kB each a minute of a 50 kbit/s line
PICTURES_A_NOTE = 3  # of one piece of good news
PICTURES_AT_ONCE = 6  # of one form: a week's
MEANWHILE_SECONDS = (
    60  # seconds; as long as a request takes at most: a no may come while a picture is added
)
GONE_DAYS = 60  # days after a child's last day, through a summer, until a picture of it is deleted

OWN_FAMILY, CLASS_FAMILIES = "photo", "class_photo"  # privacy.purposes.Purpose


def purpose_of(*, of_week: bool, pictured: int) -> str:
    """A child alone, in its own good news, is for its family; anything else other families see, too."""
    return OWN_FAMILY if pictured == 1 and not of_week else CLASS_FAMILIES
