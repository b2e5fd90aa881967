"""A family asks that a child may stay away from school; a teacher agrees, and attendance says so."""
