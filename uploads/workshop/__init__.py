"""Takes a stranger's file apart and makes it anew, in a process of its own.

Decoders are written in C and meet files made to break them. A process that dies, hangs or eats
memory here takes no web worker with it, and finds neither settings, keys nor a database in its
environment. It costs about a fifth of a second to start.
"""
