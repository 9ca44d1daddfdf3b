"""`python -I -S controlling.py COMMAND...`: make standard input the controlling terminal, then become COMMAND.

A script of its own: what is done between fork and exec of a process with threads may hang for ever.
"""

import fcntl
import os
import signal
import sys
import termios

# Under nohup it is ignored, and would be by all that runs here: nothing would end when the terminal goes away.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
try:
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is what is wanted
except OSError as error:
    sys.exit(f"cannot run {sys.argv[1]}: {error.strerror}")
