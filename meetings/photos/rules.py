"""How many photos of a meeting are kept, and for how long; our own figures."""

PHOTOS_AT_MOST = 6  # of one meeting: at 60 kB each a minute of a 50 kbit/s line
KEPT_DAYS = 365  # days after it was added until a photo is deleted
