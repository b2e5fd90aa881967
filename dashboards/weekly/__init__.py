"""The week in a few lines, every Monday by e-mail, for whoever asked for it on the dashboard."""
