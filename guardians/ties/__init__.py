"""What an adult is to a child: relation, rights, order and when it ends."""
