"""The fixed sentences of phone calls and of pages read aloud, which a school can record in its local
dialect.
"""
