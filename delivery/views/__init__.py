"""Pages and the addresses that providers call, one file per noun."""
