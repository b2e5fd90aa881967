"""What an adult is to a child: rights, order, the end."""
