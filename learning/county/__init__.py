"""An officer of the county reads a lesson, and lets it out for every school of the county."""
