"""`./bundle`: one archive that installs a server without internet. What runs there: runtime/server."""
