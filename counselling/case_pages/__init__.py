"""The pages of a case, which also show its plan, letters and files, and the acts on them."""
