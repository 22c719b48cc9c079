"""The arrays `anchor` and `values` of a compressed numpy file, as JSON on standard output.

    python columns.py FILE.npz
"""

import json
import sys

import numpy

arrays = numpy.load(sys.argv[1])
json.dump({"anchor": arrays["anchor"].tolist(), "values": arrays["values"].tolist()}, sys.stdout)
