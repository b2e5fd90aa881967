from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """What needs a family's consent.

    What the law itself requires of a school (the file, the weekly contact) needs none and is listed with its
    source in privacy.texts.DUTIES.
    """

    PHOTO = "photo", _("pictures for my family")
    CLASS_PHOTO = "class_photo", _("pictures that the class's families see")
    VOICE = "voice", _("the child's recorded voice")
    VILLAGE = "village", _("telling the village worker what a visit needs")
    OTHER_PARENT = "other_parent", _("showing my place and travel days to the other parent")
    SCREENING = "screening", _("questions about how the child feels")
    WEEKLY = "weekly", _("a question each week about how the child feels")
    CARER = "carer", _("questions about how I am myself")
