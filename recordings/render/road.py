"""The road's course: a centre line with gentle bends, addressed by distance along it and offset to the left (metres)."""

import math

import numpy as np
from mathutils import Vector

HALF_WIDTH = 3.75
LANE_OFFSET = 1.75
KERB_WIDTH = 0.16
PAVEMENT_WIDTH = 2.4
PAVEMENT_HEIGHT = 0.13
START, END = -40.0, 460.0

_STEP = 0.5
_DISTANCE = np.arange(START, END + _STEP, _STEP)
_CURVATURE = 0.0085 * np.sin(_DISTANCE / 47.0) * (_DISTANCE > 0)
_HEADING = np.cumsum(_CURVATURE) * _STEP
_X = np.cumsum(np.cos(_HEADING)) * _STEP + START
_Y = np.cumsum(np.sin(_HEADING)) * _STEP


def heading(distance):
    """Direction of travel at a distance along the road, radians from the x axis."""
    return float(np.interp(distance, _DISTANCE, _HEADING))


def point(distance, left, height=0.0):
    """World position of a point on or beside the road."""
    angle = heading(distance)
    x = float(np.interp(distance, _DISTANCE, _X)) - math.sin(angle) * left
    y = float(np.interp(distance, _DISTANCE, _Y)) + math.cos(angle) * left
    return Vector((x, y, height))
