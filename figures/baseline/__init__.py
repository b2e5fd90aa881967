"""What has changed since the beginning: classes, or schools, against their own first weeks."""
