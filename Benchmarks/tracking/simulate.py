#!/usr/bin/env python3
"""Makes traffic whose truth is known, and detections of it as a network would give them.

    python simulate.py OUT_FOLDER

writes one file per scene, each with a line of JSON per frame:
  time_ns, width, height     stamp and picture
  camera                     focal_px, height_m, mounting_pitch_deg, and the truth: pitch_deg, speed_mps, yaw_rate_dps
  shift                      how far the distant picture moved since the last frame, px (with the noise of a measurement)
  truth                      [id, class, x1, y1, x2, y2, visible share, distance_m, forward_m, left_m, forward speed m/s]
  detections                 [x1, y1, x2, y2, score, class]

A vehicle is a body above the ground and four wheels that touch it; a box is what shows of them. Detections miss more of
what is small or hidden, their edges wander partly from frame to frame and partly slowly, scores follow size and
visibility, and some detections are of nothing. Everything follows from the seed.
"""

import json
import math
import os
import sys

import numpy as np

WIDTH, HEIGHT, FOCAL = 1280, 720, 1150.0
CAMERA_HEIGHT, MOUNTING_PITCH = 1.32, math.radians(2.0)
CLASSES = {"person": 0, "bicycle": 1, "car": 2, "motorcycle": 3, "bus": 5, "truck": 7}
# length, width, height; spread of each
SIZES = {"car": ((4.4, 1.82, 1.52), .07), "truck": ((8.0, 2.5, 3.2), .12), "person": ((.45, .55, 1.71), .06), "bus": ((11.5, 2.55, 3.1), .03)}


class Actor:
    """A box on wheels, or a person: position and heading in world metres, heading from the x axis."""

    def __init__(self, number, kind, x, y, speed, heading, rng, lane_change=None):
        self.number, self.kind, self.x, self.y, self.speed, self.heading = number, kind, x, y, speed, heading
        size, spread = SIZES[kind]
        self.length, self.width, self.height = (value * math.exp(rng.normal() * spread) for value in size)
        self.wander = 0.0
        self.edges = rng.normal(size=4)  # slow errors of the detector on this object
        self.lane_change = lane_change

    def move(self, seconds, time, rng):
        if self.kind == "person":
            self.wander = self.wander * math.exp(-seconds / 2) + rng.normal() * .1 * math.sqrt(seconds)
        else:
            self.speed = max(0, self.speed + rng.normal() * .5 * math.sqrt(seconds)) if self.speed > 0 else self.speed
        self.x += math.cos(self.heading + self.wander) * self.speed * seconds
        self.y += math.sin(self.heading + self.wander) * self.speed * seconds
        if self.lane_change and self.lane_change[0] <= time < self.lane_change[0] + 3:
            self.y += self.lane_change[1] / 3 * seconds

    def points(self):
        """Corners of the body and contact points of the wheels, world metres."""
        half, side = self.length / 2, self.width / 2
        low = 0.0 if self.kind == "person" else 0.25
        local = [(x, y, z) for x in (-half, half) for y in (-side, side) for z in (low, self.height)]
        if self.kind != "person":
            # Roofs are shorter than the body.
            local = [(x * (.75 if z > low and self.kind == "car" else 1), y, z) for x, y, z in local]
            local += [(x, y, 0.0) for x in (-half + .85, half - .85) for y in (-side * .9, side * .9)]
            local += [(x, y, low + .5) for x in (-half, half) for y in (-side, side)]
        local = np.array(local)
        c, s = math.cos(self.heading), math.sin(self.heading)
        return np.stack([self.x + local[:, 0] * c - local[:, 1] * s, self.y + local[:, 0] * s + local[:, 1] * c, local[:, 2]], 1)


class Ego:
    def __init__(self, speed=12.0):
        self.x, self.y, self.heading, self.speed, self.yaw_rate = 0.0, 0.0, 0.0, speed, 0.0
        self.pitch, self.pitch_rate = 0.0, 0.0

    def move(self, seconds, acceleration, roughness, rng):
        steps = max(1, int(seconds / .005))
        for _ in range(steps):
            step = seconds / steps
            self.speed = max(0, self.speed + acceleration * step)
            braking = acceleration if self.speed > 0 else 0
            target = math.radians(-.38) * braking
            frequency, damping = 2 * math.pi * 1.4, .35
            kick = roughness * rng.normal() * math.sqrt(step)
            self.pitch_rate += (frequency**2 * (target - self.pitch) - 2 * damping * frequency * self.pitch_rate) * step + kick
            self.pitch += self.pitch_rate * step
            self.heading += self.yaw_rate * step
            self.x += math.cos(self.heading) * self.speed * step
            self.y += math.sin(self.heading) * self.speed * step


def camera_points(points, ego):
    """Forward, left, up of world points as the level vehicle sees them, and their pixels."""
    c, s = math.cos(ego.heading), math.sin(ego.heading)
    dx, dy = points[:, 0] - ego.x, points[:, 1] - ego.y
    level = np.stack([dx * c + dy * s, -dx * s + dy * c, points[:, 2]], 1)
    pitch = MOUNTING_PITCH + ego.pitch
    up = level[:, 2] - CAMERA_HEIGHT
    depth = np.cos(pitch) * level[:, 0] - np.sin(pitch) * up
    height = np.sin(pitch) * level[:, 0] + np.cos(pitch) * up
    depth = np.maximum(depth, .3)
    return level, np.stack([WIDTH / 2 - FOCAL * level[:, 1] / depth, HEIGHT / 2 - FOCAL * height / depth], 1)


def see(actors, ego):
    """What shows of each actor, the nearest first: full box, visible box, visible share, level points."""
    seen = []
    for actor in actors:
        level, pixels = camera_points(actor.points(), ego)
        if level[:, 0].max() < 1.0:
            continue
        full = np.array([*pixels.min(0), *pixels.max(0)])
        cut = np.array([max(full[0], 0), max(full[1], 0), min(full[2], WIDTH), min(full[3], HEIGHT)])
        if cut[2] - cut[0] < 3 or cut[3] - cut[1] < 6:
            continue
        seen.append([actor, level, full, cut])
    seen.sort(key=lambda entry: entry[1][:, 0].min())
    scale = 4
    owner = np.full((HEIGHT // scale, WIDTH // scale), -1, np.int16)
    result = []
    for index, (actor, level, full, cut) in enumerate(seen):
        x1, y1, x2, y2 = (cut / scale).astype(int)
        x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
        window = owner[y1:y2, x1:x2]
        free = window < 0
        share = free.mean() if free.size else 0
        if share > 0:
            rows, columns = np.where(free)
            visible = np.array([max(cut[0], (x1 + columns.min()) * scale), max(cut[1], (y1 + rows.min()) * scale),
                                min(cut[2], (x1 + columns.max() + 1) * scale), min(cut[3], (y1 + rows.max() + 1) * scale)], float)
            result.append((actor, level, cut, visible, share))
        window[free] = index
    return result


def detect(visible_actors, seconds, rng, clutter):
    detections = []
    for actor, _, cut, visible, share in visible_actors:
        box = (.6 * visible + .4 * cut) if share < .98 else cut
        height, width = box[3] - box[1], box[2] - box[0]
        size = math.sqrt(max(width * height, 1))
        certainty = 1.6 * math.log(size / 24) + 3.0 * (share - .55) + rng.normal() * .7
        if rng.random() > 1 / (1 + math.exp(-(certainty + 1.2))):
            continue
        memory = math.exp(-seconds / .5)
        actor.edges = actor.edges * memory + rng.normal(size=4) * math.sqrt(1 - memory**2)
        spread = 1.0 + .018 * np.array([width, height, width, height])
        noise = spread * (.7 * actor.edges + .7 * rng.normal(size=4))
        noise[cut[[0, 1, 2, 3]] == [0, 0, WIDTH, HEIGHT]] = 0
        box = box + noise
        score = 1 / (1 + math.exp(-.8 * certainty))
        label = CLASSES[actor.kind]
        if actor.kind in ("truck", "bus") and rng.random() < .12:
            label = CLASSES["car"]
        if score > .1 and box[2] - box[0] > 2 and box[3] - box[1] > 2:
            detections.append([*np.round(box, 1).tolist(), round(score, 3), label])
    for _ in range(rng.poisson(clutter)):
        x, y, size = rng.uniform(0, WIDTH), rng.uniform(HEIGHT * .4, HEIGHT * .75), rng.uniform(15, 120)
        label = int(rng.choice([0, 2]))
        width, height = (size * .45, size) if label == 0 else (size * 1.3, size)
        detections.append([round(x - width / 2, 2), round(y - height / 2, 2), round(x + width / 2, 2), round(y + height / 2, 2), round(float(rng.beta(2, 5)) * .7 + .1, 3), label])
    detections.sort(key=lambda entry: -entry[4])
    return detections


def intervals(kind, rng):
    """Times between frames, seconds, for ever."""
    while True:
        if kind == "irregular":
            yield 1 / 30 * int(rng.choice([1, 1, 1, 2, 2, 3, 5, 8]))
        elif kind == "slow":
            yield 1 / 8 + rng.uniform(-.01, .01)
        else:
            yield 1 / 20


def run(name, seed, seconds, actors, ego, drive, pace="steady", roughness=.012, clutter=.3):
    rng = np.random.default_rng(seed)
    actors = actors(rng)
    time, frames, before = 0.0, [], None
    for step in intervals(pace, rng):
        time += step
        if time > seconds:
            return frames
        acceleration, ego.yaw_rate = drive(time)
        heading, pitch = ego.heading, ego.pitch
        ego.move(step, acceleration, roughness, rng)
        for actor in actors:
            actor.move(step, time, rng)
        shift = [0.0, 0.0] if before is None else [
            FOCAL * (ego.heading - heading) + rng.normal() * .3, FOCAL * (-(ego.pitch - pitch)) + rng.normal() * .3]
        before = time
        seen = see(actors, ego)
        truth = []
        for actor, level, cut, visible, share in seen:
            if share < .2 or cut[3] - cut[1] < 12:
                continue
            # Distance of the nearest point of the body, by its outline's corners and edges.
            outline = level[[0, 2, 6, 4]] if actor.kind == "person" else level[[0, 2, 6, 4]]
            nearest = min(nearest_on(outline[i, :2], outline[(i + 1) % 4, :2]) for i in range(4))
            middle = outline[:, :2].mean(0)
            forward = math.cos(actor.heading - ego.heading) * actor.speed - ego.speed + middle[1] * ego.yaw_rate
            truth.append([actor.number, CLASSES[actor.kind], *np.round(cut, 1).tolist(), round(float(share), 3), round(nearest, 3),
                          round(float(outline[:, 0].min()), 3), round(float(middle[1]), 3), round(forward, 3)])
        frames.append({
            "time_ns": round(time * 1e9), "width": WIDTH, "height": HEIGHT,
            "camera": {"focal_px": FOCAL, "height_m": CAMERA_HEIGHT, "mounting_pitch_deg": 2.0,
                       "pitch_deg": round(math.degrees(MOUNTING_PITCH + ego.pitch), 4), "speed_mps": round(ego.speed, 3),
                       "yaw_rate_dps": round(math.degrees(ego.yaw_rate), 3)},
            "shift": [round(value, 2) for value in shift], "truth": truth, "detections": detect(seen, step, rng, clutter)})


def nearest_on(a, b):
    along = b - a
    share = np.clip(-(a @ along) / max(along @ along, 1e-9), 0, 1)
    return float(np.hypot(*(a + share * along)))


def highway(rng):
    actors = [Actor(1, "car", 22, 0, 25, 0, rng), Actor(2, "truck", 45, -3.6, 22, 0, rng), Actor(3, "car", 8, 3.6, 28, 0, rng, (3, -3.6)),
              Actor(4, "car", 60, 0, 24, 0, rng), Actor(5, "car", -30, 3.6, 31, 0, rng), Actor(6, "car", 70, -3.6, 23, 0, rng, (5, 3.6)),
              Actor(7, "bus", 95, -3.6, 22, 0, rng)]
    return actors + [Actor(10 + i, "car" if i % 4 else "truck", 60 + 55 * i, 14 + 3.6 * (i % 2), 29, math.pi, rng) for i in range(14)]


def town(rng):
    actors = [Actor(1, "car", 18, 0, 9, 0, rng), Actor(2, "car", 40, 3.5, 10, math.pi, rng), Actor(3, "bus", 110, 3.5, 9, math.pi, rng)]
    actors += [Actor(10 + i, "car", 15 + 13 * i, -5.2 if i % 3 else 6.8, 0, 0, rng) for i in range(14)]
    actors += [Actor(40 + i, "person", 14 + 9 * i, -7 if i % 2 else 8.2, 1.3 + .2 * (i % 3), 0 if i % 2 else math.pi, rng) for i in range(16)]
    return actors


def crossing(rng):
    actors = [Actor(1, "car", 30, 0, 0, 0, rng), Actor(2, "car", 32, 3.4, 0, math.pi, rng)]
    for i in range(9):
        side = 1 if i % 2 else -1
        actors.append(Actor(10 + i, "person", 13 + 1.1 * i, side * (6 + .8 * i), 1.25 + .08 * i, -side * math.pi / 2, rng))
    actors += [Actor(30 + i, "car", 22, -30 - 18 * i, 8 + i, math.pi / 2, rng) for i in range(3)]
    return actors


SCENES = {
    "highway": lambda: run("highway", 1, 12, highway, Ego(25), lambda t: (0, 0)),
    "town": lambda: run("town", 2, 14, town, Ego(9), lambda t: (.3 * math.sin(t), 0)),
    "crossing": lambda: run("crossing", 3, 12, crossing, Ego(0), lambda t: (0, 0)),
    "braking": lambda: run("braking", 4, 12, town, Ego(12), lambda t: (-4.5 if 3 < t < 5 or 7 < t < 8 else 1.5 if 5 < t < 7 else 0, 0), roughness=.05),
    "turning": lambda: run("turning", 5, 10, town, Ego(7), lambda t: (0, math.radians(24) * math.sin(t * 1.3))),
    "irregular": lambda: run("irregular", 6, 16, town, Ego(9), lambda t: (.3 * math.sin(t), 0), pace="irregular"),
    "irregular_highway": lambda: run("irregular_highway", 7, 14, highway, Ego(25), lambda t: (0, 0), pace="irregular"),
    "slow": lambda: run("slow", 8, 16, town, Ego(8), lambda t: (0, 0), pace="slow", roughness=.03),
    "cluttered": lambda: run("cluttered", 9, 12, town, Ego(9), lambda t: (0, 0), clutter=2.5),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, make in SCENES.items():
        frames = make()
        with open(os.path.join(sys.argv[1], name + ".jsonl"), "w") as file:
            for frame in frames:
                file.write(json.dumps(frame, separators=(",", ":")) + "\n")
        print(f"{name}: {len(frames)} frames, {sum(len(frame['truth']) for frame in frames)} objects, {sum(len(frame['detections']) for frame in frames)} detections")


if __name__ == "__main__":
    main()
