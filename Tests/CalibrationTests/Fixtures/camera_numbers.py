"""Camera matrix and distortion of a ROS camera file as PyYAML reads them, as JSON on standard output."""

import json
import sys

import yaml

with open(sys.argv[1]) as file:
    camera = yaml.safe_load(file)
json.dump(camera["camera_matrix"]["data"] + camera["distortion_coefficients"]["data"], sys.stdout)
