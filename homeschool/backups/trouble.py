class BackupTrouble(Exception):
    """Says why there is no backup, or why one cannot be restored, in words for the person who runs the
    server.
    """
