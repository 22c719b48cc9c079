"""What does not move: road, markings, pavement, trees, houses, lamps."""

import math

import numpy as np
from mathutils import Vector

import road
from meshes import MARKING, OTHER, PAVEMENT, ROAD, MeshBuilder, place

CROSSING = 150.0  # distance along the road of the pedestrian crossing and its traffic lights


def _strip(name, left, right, material, index, start=road.START + 2, end=road.END - 5):
    """A band along the road between two (offset, height) edges."""
    builder = MeshBuilder()
    for distance in np.arange(start, end, 1.0):
        builder.face([
            road.point(distance, *left), road.point(distance, *right),
            road.point(distance + 1, *right), road.point(distance + 1, *left)])
    place(builder.mesh(name, [material]), index)


def _markings(palette):
    builder = MeshBuilder()

    def line(start, end, offset, width):
        steps = max(1, int(end - start))
        for step in range(steps):
            first, second = (start + (end - start) * (step + k) / steps for k in (0, 1))
            builder.face([
                road.point(first, offset + width / 2, 0.004), road.point(first, offset - width / 2, 0.004),
                road.point(second, offset - width / 2, 0.004), road.point(second, offset + width / 2, 0.004)])

    for start in np.arange(-36, road.END - 10, 9.0):
        if abs(start - CROSSING) > 12:
            line(start, start + 3, 0, 0.14)
    for offset in (3.4, -3.4):
        line(-36, CROSSING - 3, offset, 0.12)
        line(CROSSING + 3, road.END - 10, offset, 0.12)
    for stripe in np.arange(-3.25, 3.5, 1.0):
        line(CROSSING - 1.6, CROSSING + 1.6, stripe, 0.5)
    for start, offset in ((CROSSING - 4.4, -road.LANE_OFFSET), (CROSSING + 4.0, road.LANE_OFFSET)):
        line(start, start + 0.4, offset, 3.2)
    place(builder.mesh("markings", [palette.marking]), MARKING)


def surfaces(palette):
    _strip("road", (road.HALF_WIDTH, 0), (-road.HALF_WIDTH, 0), palette.asphalt, ROAD)
    _markings(palette)
    inner, outer = road.HALF_WIDTH + road.KERB_WIDTH, road.HALF_WIDTH + road.PAVEMENT_WIDTH
    height = road.PAVEMENT_HEIGHT
    for side in (1, -1):
        edges = [
            ((road.HALF_WIDTH, 0), (road.HALF_WIDTH, height), palette.kerb, PAVEMENT),
            ((road.HALF_WIDTH, height), (inner, height), palette.kerb, PAVEMENT),
            ((inner, height), (outer, height + 0.01), palette.pavement, PAVEMENT),
            ((outer, height + 0.01), (14 + road.HALF_WIDTH, 0.1), palette.grass, OTHER),
        ]
        for number, (near, far, material, index) in enumerate(edges):
            left, right = (far, near) if side > 0 else ((-near[0], near[1]), (-far[0], far[1]))
            _strip(f"edge{side}{number}", left, right, material, index)
    ground = MeshBuilder()
    ground.face([(-600, -600, -0.05), (900, -600, -0.05), (900, 600, -0.05), (-600, 600, -0.05)])
    place(ground.mesh("ground", [palette.grass]), OTHER)


def _tree(seed, palette):
    random = np.random.default_rng(seed)
    builder = MeshBuilder()
    height = random.uniform(2.2, 3.2)
    builder.tube((0, 0, -0.2), (0, 0, height), 0.2, 0.15)
    tips = []
    for _ in range(11):
        angle, elevation, length = random.uniform(0, 2 * math.pi), random.uniform(0.3, 1.3), random.uniform(1.6, 3.0)
        start = Vector((0, 0, random.uniform(height * 0.75, height)))
        direction = Vector((math.cos(angle) * math.cos(elevation), math.sin(angle) * math.cos(elevation), math.sin(elevation)))
        end = start + direction * length
        builder.tube(start, end, 0.09, 0.03, sides=5)
        tips += [end, start.lerp(end, 0.65)]
    for _ in range(6500):
        centre = np.array(tips[random.integers(len(tips))])
        outward = random.normal(size=3)
        outward /= np.linalg.norm(outward)
        position = centre + outward * random.uniform(0.5, 1.15) * random.uniform() ** 0.25 * np.array([1, 1, 0.8])
        normal = outward + random.normal(size=3) * 0.6
        across = np.cross(normal / np.linalg.norm(normal), random.normal(size=3))
        across /= np.linalg.norm(across)
        along = np.cross(normal / np.linalg.norm(normal), across)
        size = random.uniform(0.08, 0.15)
        builder.face(
            [position - across * size, position + along * size * 0.6, position + across * size, position - along * size * 0.6],
            material=1 + int(random.integers(3)))
    return builder.mesh(f"tree{seed}", [palette.bark] + palette.leaves)


def trees(random, palette):
    kinds = [_tree(seed, palette) for seed in range(3)]

    def plant(distance, offset, scale):
        place(kinds[random.integers(3)], OTHER, road.point(distance, offset, 0.0), random.uniform(0, 6.28), scale)

    for distance in np.arange(-20, road.END - 10, 11.0):
        for side in (1, -1):
            if random.uniform() < 0.65 and abs(distance - CROSSING) > 9:
                plant(distance + random.uniform(-3, 3), side * random.uniform(8.2, 10.0), random.uniform(0.8, 1.35))
    for _ in range(220):
        plant(random.uniform(-30, road.END - 10), random.choice([-1, 1]) * random.uniform(30, 70), random.uniform(1.2, 2.2))


def _house(random, palette, width, depth, floors):
    builder = MeshBuilder()
    storey = 2.9
    height = floors * storey
    corners = [(-width / 2, -depth / 2), (width / 2, -depth / 2), (width / 2, depth / 2), (-width / 2, depth / 2)]
    for number in range(4):
        (x0, y0), (x1, y1) = corners[number], corners[(number + 1) % 4]
        length = math.hypot(x1 - x0, y1 - y0)
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        builder.face([(x0, y0, 0), (x1, y1, 0), (x1, y1, height), (x0, y0, height)], 0, [(0, 0), (length, 0), (length, height), (0, height)])

        def pane(start, end, low, high, outward, material):
            at = lambda along, z: (x0 + ux * along + uy * outward, y0 + uy * along - ux * outward, z)
            builder.face([at(start, low), at(end, low), at(end, high), at(start, high)], material)

        count = int(length // 2.6)
        for floor in range(floors):
            for window in range(count):
                centre, sill = (window + 0.5) * length / count, floor * storey + 0.95
                half, tall = 0.575, 1.35
                if floor == 0 and window == count // 2 and number == 0:
                    half, sill, tall = 0.5, 0.05, 2.1
                pane(centre - half - 0.09, centre + half + 0.09, sill - 0.09, sill + tall + 0.09, 0.03, 2)
                pane(centre - half, centre - 0.03, sill, sill + tall, 0.045, 3)
                pane(centre + 0.03, centre + half, sill, sill + tall, 0.045, 3)
    over, ridge = 0.5, height + depth * 0.38
    for sign in (1, -1):
        builder.face([
            (-sign * (width / 2 + over), -sign * (depth / 2 + over), height - 0.2), (sign * (width / 2 + over), -sign * (depth / 2 + over), height - 0.2),
            (sign * (width / 2 + over), 0, ridge), (-sign * (width / 2 + over), 0, ridge)], 1)
        x = sign * width / 2
        builder.face([(x, -depth / 2, height), (x, depth / 2, height), (x, 0, ridge - 0.15)], 0, [(0, height), (depth, height), (depth / 2, ridge)])
    return builder.mesh("house", [palette.walls[int(random.integers(4))], palette.roof, palette.white, palette.window])


def houses(random, palette):
    distance = -20.0
    while distance < road.END - 10:
        for side in (1, -1):
            if random.uniform() < 0.8:
                house = _house(random, palette, random.uniform(9, 14), random.uniform(8, 10), int(random.integers(2, 4)))
                where = distance + random.uniform(-2, 2)
                angle = road.heading(where) + (0 if side > 0 else math.pi)
                place(house, OTHER, road.point(where, side * random.uniform(17, 21)), angle)
        distance += random.uniform(17, 24)


def lamps(palette):
    builder = MeshBuilder()
    builder.tube((0, 0, 0), (0, 0, 7), 0.07)
    builder.tube((0, 0, 6.95), (0, -1.6, 7.3), 0.045)
    builder.tube((0, -1.5, 7.25), (0, -2.1, 7.3), 0.11)
    mesh = builder.mesh("lamp", [palette.metal])
    behind = road.HALF_WIDTH + road.PAVEMENT_WIDTH + 0.4
    for distance in np.arange(0, road.END - 20, 34):
        for where, side in ((distance, 1), (distance + 17, -1)):
            if abs(where - CROSSING) > 6:
                angle = road.heading(where) + (0 if side > 0 else math.pi)
                place(mesh, OTHER, road.point(where, side * behind, road.PAVEMENT_HEIGHT), angle)
