"""Points and where OpenCV projects them, for every lens model, as JSON on standard output.

    python projections.py > projections.json
"""

import json
import sys

import cv2
import numpy as np

LENSES = {
    "plumb_bob": [[0, 0, 0, 0, 0], [-0.28088, 0.02517, 0.00122, -0.00014, 0.16345], [0.12, -0.31, -0.002, 0.003, 0.08]],
    "rational_polynomial": [
        [6.31, 2.95, 0.00012, -0.00008, 0.117, 6.67, 4.84, 0.69],
        [0.41, -0.12, 0.0009, -0.0004, 0.03, 0.62, 0.05, 0.01, 0.002, -0.001, -0.0015, 0.0008],
        [0.41, -0.12, 0.0009, -0.0004, 0.03, 0.62, 0.05, 0.01, 0.002, -0.001, -0.0015, 0.0008, 0.03, -0.02]],
    "equidistant": [[0, 0, 0, 0], [-0.012, 0.004, -0.0021, 0.0002], [0.1018, -0.0897, 0.0449, -0.0077]],
}

random = np.random.default_rng(5)
cases = []
for model, lenses in LENSES.items():
    for coefficients in lenses:
        camera = np.array([[812.5, 0, 655.25], [0, 809.75, 351.5], [0, 0, 1]])
        spread = 2.0 if model == "equidistant" else 0.55
        points = np.column_stack([random.uniform(-spread, spread, (40, 2)), np.ones(40)]) * random.uniform(0.5, 50, (40, 1))
        project = cv2.fisheye.projectPoints if model == "equidistant" else cv2.projectPoints
        pixels = project(points.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), camera, np.array(coefficients, float))[0]
        cases.append({"model": model, "coefficients": coefficients, "points": points.tolist(),
                      "pixels": pixels.reshape(-1, 2).tolist()})
json.dump({"opencv": cv2.__version__, "matrix": [812.5, 809.75, 655.25, 351.5], "size": [1280, 720], "cases": cases}, sys.stdout)
