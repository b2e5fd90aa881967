"""OneRoster 1.2 CSV: read a ZIP of linked tables as the rows of a roster, and write one.

Source: 1EdTech OneRoster 1.2, CSV Binding; Rostering Information Model. Pure, except for `export`.
"""
