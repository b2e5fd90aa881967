class BackupTrouble(Exception):
    """Why there is no backup, or why one cannot be restored, in words for whoever runs the server."""
