"""Run a program with its files 3 and 4 on two pipes: python on_pipes.py READ WRITE PROGRAM ARGUMENT...

A browser's DevTools pipe has these numbers by definition, and a Popen cannot give a child other numbers
than the parent's.
"""

import fcntl
import os
import sys

# First out of each other's way: one of the two may be 3 or 4 already.
there, back = (fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3])
os.dup2(there, 3)
os.dup2(back, 4)
os.execvp(sys.argv[3], sys.argv[3:])
