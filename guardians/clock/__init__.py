"""The weekly clock: parent and child talked, or nobody knows."""
