"""An officer of the county reads a lesson, and releases it for every school of the county."""
