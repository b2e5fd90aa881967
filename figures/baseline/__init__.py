"""What has changed since the beginning: classes, or schools, compared with their own first weeks."""
