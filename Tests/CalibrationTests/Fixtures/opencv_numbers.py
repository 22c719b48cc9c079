"""Image size, camera matrix and distortion of a FileStorage camera file as OpenCV reads them, as JSON."""

import json
import sys

import cv2

file = cv2.FileStorage(sys.argv[1], cv2.FILE_STORAGE_READ)
numbers = [file.getNode("image_width").real(), file.getNode("image_height").real()]
for key in ("camera_matrix", "distortion_coefficients"):
    numbers += file.getNode(key).mat().flatten().tolist()
json.dump(numbers, sys.stdout)
