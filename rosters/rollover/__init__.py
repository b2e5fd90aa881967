"""Create the next school year from this one: who moves up, who leaves, who stays down."""
