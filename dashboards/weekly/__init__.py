"""The week in a few lines by e-mail, every Monday, for people who asked for it on the dashboard."""
