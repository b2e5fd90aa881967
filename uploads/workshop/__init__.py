"""Takes a stranger's file apart and makes it anew, in a separate process.

Decoders are written in C and meet files made to break them. A process that dies, hangs or uses up memory
here takes no web worker with it, and finds no settings, keys or database in its environment. It takes
about a fifth of a second to start.
"""
