"""Today's sums of each class: kept until something about the class changes, then counted again."""
