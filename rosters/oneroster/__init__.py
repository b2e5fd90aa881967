"""OneRoster 1.2 CSV: a ZIP of linked tables, in (as the rows of a roster) and out.

Source: 1EdTech OneRoster 1.2, CSV Binding; Rostering Information Model. Pure but for `export`.
"""
