"""Packs as ZIP files, in and out; a county's library of them; and lessons that a school writes itself."""
