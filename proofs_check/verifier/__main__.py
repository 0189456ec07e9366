"""``python -I proofs_check/verifier FILE...``, and the same with ``-m proofs_check.verifier``."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    if __package__:
        from . import main

        sys.exit(main(sys.argv[1:]))
    # Run as a folder this is no package yet, and nothing in it can be imported by its relative
    # name. What holds the folder goes last on the path, where it hides nothing.
    here = Path(__file__).resolve().parent
    sys.path[:] = [*sys.path[1:], str(here.parent)]
    runpy.run_module(here.name, run_name="__main__")
