"""Leave: a family asks for a child to stay away from school, a teacher agrees, and attendance shows it."""
