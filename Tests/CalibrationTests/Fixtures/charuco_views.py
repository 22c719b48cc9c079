"""Pictures of a ChArUco board that OpenCV drew, seen through a known pinhole camera, some of them only in part.

    python charuco_views.py DICTIONARY FOLDER

Prints the pictures' paths and the corners' true places (column, row, x, y), also outside the picture, as JSON.
"""

import json
import sys

import cv2
import numpy as np

WIDTH, HEIGHT, FOCAL = 1280, 720, 900.0
SQUARE, SQUARES = 0.04, (8, 6)
PIXELS = 100  # per square of the drawn board

dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, sys.argv[1]))
board = cv2.aruco.CharucoBoard(SQUARES, SQUARE, 0.75 * SQUARE, dictionary)
drawn = board.generateImage((SQUARES[0] * PIXELS, SQUARES[1] * PIXELS))
drawn = cv2.copyMakeBorder(drawn, PIXELS, PIXELS, PIXELS, PIXELS, cv2.BORDER_CONSTANT, value=255)
camera = np.array([[FOCAL, 0, 643.0], [0, FOCAL, 355.0], [0, 0, 1]])
random = np.random.default_rng(2)
pictures, corners = [], []
for number in range(10):
    rotation = cv2.Rodrigues(random.uniform(-0.5, 0.5, 3) + [0, 0, (number % 4) * np.pi / 2])[0]
    depth = random.uniform(0.3, 0.5)
    # Every other view cuts part of the board off.
    shift = random.uniform(-0.3, 0.3, 2) * [1.0, 0.5] * depth * (1.6 if number % 2 else 0.3)
    centre = np.array([SQUARES[0] / 2, SQUARES[1] / 2, 0]) * SQUARE
    translation = np.array([*shift, depth]) - rotation @ centre
    to_image = camera @ np.column_stack([rotation[:, :2], translation])
    # A drawn pixel's centre (i, j) is the board's ((i + 0.5) / PIXELS - 1) squares.
    to_board = np.array([[SQUARE / PIXELS, 0, (0.5 / PIXELS - 1) * SQUARE], [0, SQUARE / PIXELS, (0.5 / PIXELS - 1) * SQUARE], [0, 0, 1]])
    scale = 3
    enlarge = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1.0]])
    large = cv2.warpPerspective(drawn, enlarge @ to_image @ to_board, (WIDTH * scale, HEIGHT * scale), flags=cv2.INTER_LINEAR, borderValue=150)
    picture = cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    picture = np.clip(picture * 0.7 + 30 + random.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
    path = f"{sys.argv[2]}/{number}.png"
    cv2.imwrite(path, picture)
    pictures.append(path)
    seen = []
    for row in range(SQUARES[1] - 1):
        for column in range(SQUARES[0] - 1):
            point = to_image @ [(column + 1) * SQUARE, (row + 1) * SQUARE, 1]
            x, y = point[:2] / point[2]
            seen.append([column, row, x, y])
    corners.append(seen)
json.dump({"pictures": pictures, "corners": corners, "matrix": [FOCAL, FOCAL, 643.0, 355.0]}, sys.stdout)
