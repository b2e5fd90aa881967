"""`./bundle`: one archive that installs a server without internet. runtime/server is what runs there."""
