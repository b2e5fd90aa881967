"""An adult's ties to a child: relation, rights, order and end."""
