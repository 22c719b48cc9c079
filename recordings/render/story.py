"""What happens: our own speed, the pitch that braking causes, the traffic light, other vehicles and people.

The car drives at 12 m/s through two bends, brakes for a red light at a pedestrian crossing behind another car, waits
while people cross, and drives on when the light turns green. Times in seconds from the first frame.
"""

import math

import numpy as np

FRAME_RATE = 15
DURATION = 21.0
CAMERA_HEIGHT = 1.32
CAMERA_PITCH = math.radians(2.0)  # looking down
LIGHT_TURNS_AMBER, LIGHT_TURNS_RED, LIGHT_TURNS_GREEN = 5.6, 7.4, 14.6

_STEP = 0.01
_TIMES = np.arange(0, DURATION + 1, _STEP)


def _integrate(speed_points, start):
    times, speeds = zip(*speed_points)
    speed = np.interp(_TIMES, times, speeds)
    kernel = np.hanning(61)
    padded = np.pad(speed, 30, mode="edge")
    speed = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return speed, start + np.cumsum(speed) * _STEP


# Own car: where the bonnet ends up behind the stop line is checked by the picture.
_EGO_SPEED, _EGO_DISTANCE = _integrate([(0, 12.0), (5.8, 12.0), (11.2, 0.0), (15.6, 0.0), (20.5, 8.5), (23, 10)], 30.0)
_LEADER_SPEED, _LEADER_DISTANCE = _integrate([(0, 11.5), (5.4, 11.5), (10.2, 0.0), (15.0, 0.0), (20.0, 9.5), (23, 11)], 52.0)


def _pitch_of_springs():
    """A damped spring driven by the deceleration: about a degree at 3 m/s^2, 1.4 Hz, with road roughness."""
    acceleration = np.gradient(_EGO_SPEED, _STEP)
    frequency, damping = 2 * math.pi * 1.4, 0.35
    roughness = np.random.default_rng(3).normal(size=len(_TIMES))
    roughness = np.convolve(roughness, np.hanning(25) / np.hanning(25).sum(), mode="same") * _EGO_SPEED / 12 * 0.9
    pitch, rate, result = 0.0, 0.0, []
    for now, rough in zip(acceleration, roughness):
        target = math.radians(-0.38) * now + math.radians(0.6) * rough
        rate += (frequency**2 * (target - pitch) - 2 * damping * frequency * rate) * _STEP
        pitch += rate * _STEP
        result.append(pitch)
    return np.array(result)


_PITCH = _pitch_of_springs()


def _at(values, time):
    return float(np.interp(time, _TIMES, values))


def ego(time):
    """Distance along the road, speed, and pitch beyond the mounting (positive looks further down)."""
    return _at(_EGO_DISTANCE, time), _at(_EGO_SPEED, time), _at(_PITCH, time)


def leader_distance(time):
    return _at(_LEADER_DISTANCE, time)


def light_state(time):
    if time < LIGHT_TURNS_AMBER or time >= LIGHT_TURNS_GREEN:
        return "green"
    return "amber" if time < LIGHT_TURNS_RED else "red"


# kind, class, colour, metallic, distance at time 0, offset to the left, speed along the road (negative: oncoming)
VEHICLES = [
    ("sedan", (0.55, 0.56, 0.58), 0.6, None, -1.75, 0.0),  # the leader: moves by the story
    ("hatchback", (0.35, 0.01, 0.015), 0.2, 88.0, 1.75, -10.0),
    ("suv", (0.70, 0.70, 0.70), 0.05, 135.0, 1.8, -11.0),
    ("truck", (0.05, 0.16, 0.38), 0.1, 178.0, 1.75, -10.5),
    ("sedan", (0.03, 0.03, 0.033), 0.4, 232.0, 1.75, -11.5),
    ("bus", (0.55, 0.10, 0.02), 0.1, 372.0, 1.7, -11.0),
    ("hatchback", (0.015, 0.05, 0.16), 0.4, 62.0, 5.0, 0.0),
    ("suv", (0.05, 0.12, 0.09), 0.3, 96.0, -5.05, 0.0),
    ("van", (0.75, 0.75, 0.72), 0.1, 128.0, 5.05, 0.0),
    ("sedan", (0.40, 0.02, 0.02), 0.3, 205.0, -5.0, 0.0),
    ("suv", (0.45, 0.46, 0.48), 0.5, 172.0, -1.75, 11.0),
]

# gender, ancestry, skirt, top, trousers, path: (time, distance, offset) corners walked at an even pace between them
PEOPLE = [
    ("male", "caucasian", False, (0.75, 0.70, 0.62), (0.03, 0.05, 0.13), [(0, 44, -4.6), (21, 72, -4.6)]),
    ("female", "asian", False, (0.75, 0.12, 0.05), (0.04, 0.04, 0.05), [(0, 78, -4.9), (21, 52, -4.9)]),
    ("female", "african", True, (0.85, 0.60, 0.08), (0.20, 0.03, 0.05), [(0, 70, 4.7), (21, 97, 4.7)]),
    ("male", "african", False, (0.10, 0.35, 0.60), (0.25, 0.22, 0.17), [(0, 104, -4.5), (21, 126, -4.5)]),
    ("male", "asian", False, (0.80, 0.80, 0.80), (0.05, 0.05, 0.06), [(0, 139, -4.8), (7.6, 149.6, -4.6), (8.6, 149.6, -4.2), (14.4, 149.6, 4.4), (21, 158, 4.8)]),
    ("female", "caucasian", False, (0.05, 0.45, 0.25), (0.02, 0.03, 0.08), [(0, 160, 4.8), (8.2, 150.6, 4.5), (9.2, 150.6, 4.2), (15.0, 150.6, -4.3), (21, 144, -4.8)]),
    ("male", "caucasian", False, (0.90, 0.35, 0.02), (0.10, 0.10, 0.12), [(0, 146.0, -4.6), (9.4, 149.0, -4.4), (14.6, 149.0, 4.2), (21, 140, 4.7)]),
    ("female", "asian", True, (0.65, 0.20, 0.50), (0.65, 0.20, 0.50), [(0, 118, 4.8), (21, 142, 4.7)]),
    ("male", "african", False, (0.70, 0.05, 0.05), (0.04, 0.05, 0.10), [(0, 176, -4.7), (21, 156, -4.7)]),
]


def person(path, time):
    """Distance, offset, and the direction walked (change of distance and offset per second)."""
    for (t0, s0, d0), (t1, s1, d1) in zip(path, path[1:]):
        if time <= t1:
            break
    share = (time - t0) / (t1 - t0)
    return s0 + (s1 - s0) * share, d0 + (d1 - d0) * share, ((s1 - s0) / (t1 - t0), (d1 - d0) / (t1 - t0))


SIGNS = [("limit:50", 62, -1, 1), ("bend", 84, -1, 1), ("crossing", 124, -1, 1), ("crossing", 144.6, 1, 1), ("crossing", 176, 1, -1), ("limit:30", 186, -1, 1), ("stop", 112, 1, -1)]
