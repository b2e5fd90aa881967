"""The shared queue of several schools: a brief without a name, and one counsellor who takes the child."""
