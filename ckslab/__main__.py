"""`python -m ckslab`."""

import sys

from ckslab.cli import main

if __name__ == "__main__":
    sys.exit(main())
