"""The shared queue of several schools: a brief without a name, and one who takes the child."""
