"""Take apart a file from outside and re-encode it, in a separate process.

Decoders are written in C, and meet files made to break them. If a process dies, hangs or uses up memory here,
it takes no web worker with it, and there are no settings, keys or database in its environment. It takes about
a fifth of a second to start.
"""
