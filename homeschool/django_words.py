"""Django's sentences that we word differently: marked here so that our catalogue contains them and takes
precedence.
"""

from django.utils.translation import gettext_noop

OURS = (gettext_noop("This field is required."),)
