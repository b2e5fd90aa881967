"""How was your week? Two taps of a pupil, where family and pupil agree."""
