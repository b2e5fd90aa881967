"""家桥来拨: at the agreed minute Jiaqiao rings the child's phone and the parent's, and connects them."""
