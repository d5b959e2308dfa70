"""`python -m gisapp`."""

import sys

from gisapp.main import main

sys.exit(main())
