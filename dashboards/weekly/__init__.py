"""The week in a few lines, every Monday by e-mail, for those who asked for it on the dashboard."""
