"""Cars lofted from cross-sections, and box-bodied vans, trucks and buses. Own designs; no make is copied.

Axes: x forward, y to the left, z up; the origin lies on the ground under the middle.
"""

import math

import bpy

from materials import car_paint
from meshes import MeshBuilder, place

# A section: x, share of the half width, height of the sill, of the waist line and of the roof, and how far the cabin
# leans in at the waist and at the roof.
_SECTIONS = {
    "sedan": [
        (-2.26, .78, .48, .74, .80, .86, .70), (-2.22, .90, .30, .84, .93, .88, .74), (-1.85, .97, .22, .90, 1.02, .90, .76),
        (-1.42, 1.0, .20, .92, 1.06, .92, .78), (-.80, 1.0, .20, .92, 1.40, .92, .74), (-.62, 1.0, .20, .92, 1.425, .92, .74),
        (.00, 1.0, .20, .91, 1.45, .92, .74), (.10, 1.0, .20, .91, 1.45, .92, .74), (.48, 1.0, .20, .90, 1.41, .92, .73),
        (.95, 1.0, .20, .89, 1.15, .92, .80), (1.28, 1.0, .20, .88, .95, .92, .82), (1.75, .98, .20, .80, .87, .90, .80),
        (2.12, .92, .24, .70, .76, .86, .74), (2.24, .78, .36, .60, .66, .84, .70)],
    "hatchback": [
        (-1.98, .80, .45, .80, .90, .88, .74), (-1.95, .92, .28, .92, 1.02, .90, .78), (-1.80, .98, .22, .94, 1.10, .92, .80),
        (-1.45, 1.0, .20, .94, 1.42, .92, .76), (-1.22, 1.0, .20, .94, 1.47, .92, .76), (-.62, 1.0, .20, .93, 1.50, .92, .76),
        (.00, 1.0, .20, .92, 1.51, .92, .76), (.10, 1.0, .20, .92, 1.51, .92, .76), (.45, 1.0, .20, .91, 1.46, .92, .75),
        (.95, 1.0, .20, .90, 1.18, .92, .80), (1.25, 1.0, .20, .89, .98, .92, .82), (1.62, .98, .20, .82, .90, .90, .80),
        (1.92, .92, .24, .72, .78, .86, .74), (2.02, .78, .36, .62, .68, .84, .70)],
    "suv": [
        (-2.22, .84, .50, .90, 1.0, .90, .78), (-2.18, .94, .34, 1.0, 1.12, .92, .80), (-2.05, .98, .28, 1.04, 1.25, .93, .82),
        (-1.75, 1.0, .26, 1.04, 1.62, .93, .79), (-1.40, 1.0, .26, 1.04, 1.68, .93, .79), (-.62, 1.0, .26, 1.03, 1.70, .93, .79),
        (.00, 1.0, .26, 1.02, 1.70, .93, .79), (.10, 1.0, .26, 1.02, 1.70, .93, .79), (.55, 1.0, .26, 1.01, 1.65, .93, .78),
        (1.0, 1.0, .26, 1.0, 1.34, .93, .83), (1.30, 1.0, .26, .99, 1.10, .93, .85), (1.75, .99, .26, .94, 1.04, .92, .83),
        (2.12, .94, .30, .84, .93, .88, .78), (2.24, .82, .42, .72, .80, .86, .74)],
}
_AXLES = {"sedan": 1.32, "hatchback": 1.25, "suv": 1.32}
_HALF_WIDTH = {"sedan": 0.92, "hatchback": 0.92, "suv": 0.96}
_WHEEL_RADIUS = {"sedan": 0.33, "hatchback": 0.33, "suv": 0.37}
_POINTS = 10  # vertices of one half section
_SEAMS = (1.02, 0.08, -0.92)
_PAINT, _GLASS, _BLACK, _RUBBER, _RIM, _HEAD, _TAIL, _PLATE = range(8)


def _half_section(section, half_width):
    x, share, sill, waist, roof, waist_lean, roof_lean = section
    width = half_width * share
    low = roof - waist < 0.3  # bonnet or boot: no cabin above the waist
    outline = [
        (0, sill), (0.86 * width, sill), (0.985 * width, sill + 0.16), (width, (sill + waist) / 2 + 0.03), (0.965 * width, waist - 0.01),
        (waist_lean * width, waist + (roof - waist) * 0.35 if low else waist + 0.035),
        (roof_lean * width, waist + (roof - waist) * 0.7 if low else roof - 0.10),
        ((roof_lean - 0.07) * width, roof - 0.028), (0.36 * width, roof - 0.003), (0, roof)]
    return [(x, -y, z) for y, z in outline]


def _is_glass(kind, section, strip):
    first_cabin = 4 if kind == "sedan" else 3
    side_windows = (5, 7, 8) if kind == "sedan" else (first_cabin + 1, 5, 7, 8)
    if strip == 5 and section in side_windows:
        return True
    return strip in (7, 8) and section in (8, 9, 3 if kind == "sedan" else 2)


def _body(kind, materials):
    """The smooth body with wheel arches cut out; returns vertices, faces, material numbers and smoothness."""
    sections, half_width, radius = _SECTIONS[kind], _HALF_WIDTH[kind], _WHEEL_RADIUS[kind]
    vertices = [corner for section in sections for corner in _half_section(section, half_width)]
    faces, numbers = [], []
    for section in range(len(sections) - 1):
        for strip in range(_POINTS - 1):
            corner = section * _POINTS + strip
            faces.append((corner, corner + 1, corner + _POINTS + 1, corner + _POINTS))
            numbers.append(_GLASS if _is_glass(kind, section, strip) else _PAINT)
    last = (len(sections) - 1) * _POINTS
    faces += [tuple(range(_POINTS - 1, -1, -1)), tuple(range(last, last + _POINTS))]
    numbers += [_PAINT, _PAINT]
    mesh = bpy.data.meshes.new("body")
    mesh.from_pydata(vertices, [], faces)
    for material in materials[:3]:
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", numbers)
    body = bpy.data.objects.new("body", mesh)
    bpy.context.scene.collection.objects.link(body)
    mirror = body.modifiers.new("mirror", "MIRROR")
    mirror.use_axis = (False, True, False)
    mirror.use_clip = True
    smooth = body.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 2
    cutters = []
    for x in (_AXLES[kind], -_AXLES[kind]):
        for side in (1, -1):
            bpy.ops.mesh.primitive_cylinder_add(
                vertices=40, radius=radius + 0.055, depth=0.6, location=(x, side * (half_width + 0.02), radius), rotation=(math.pi / 2, 0, 0))
            cutters.append(bpy.context.object)
            cut = body.modifiers.new("arch", "BOOLEAN")
            cut.operation, cut.object, cut.solver = "DIFFERENCE", cutters[-1], "EXACT"
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
    result = bpy.data.meshes.new_from_object(body.evaluated_get(graph))
    for thing in cutters + [body]:
        bpy.data.objects.remove(thing)
    return result


def _is_arch(center, normal, kind):
    radius, half_width = _WHEEL_RADIUS[kind], _HALF_WIDTH[kind]
    for x in (_AXLES[kind], -_AXLES[kind]):
        distance = math.hypot(center.x - x, center.z - radius)
        if abs(distance - radius - 0.055) < 0.012 and abs(normal.y) < 0.5:
            return True
        if distance < radius + 0.05 and abs(normal.y) > 0.9 and abs(center.y) < half_width - 0.2:
            return True
    return False


def _wheel(builder, x, side, half_width, radius):
    inner = side * (half_width - 0.23)
    profile = [(0.05, 0), (radius - 0.02, 0), (radius, 0.03), (radius, 0.19), (radius - 0.03, 0.215), (radius * 0.68, 0.215), (radius * 0.6, 0.17), (0.07, 0.20), (0.0, 0.21)]
    sides = 28
    for number in range(len(profile) - 1):
        material = _RUBBER if number < 5 else _RIM
        for i in range(sides):
            corners = []
            for (size, out), step in ((profile[number], i), (profile[number], i + 1), (profile[number + 1], i + 1), (profile[number + 1], i)):
                angle = 2 * math.pi * step / sides
                corners.append((x + size * math.cos(angle), inner + side * out, radius + size * math.sin(angle)))
            builder.face(corners, material)
    for spoke in range(5):
        angle = 2 * math.pi * spoke / 5 + 0.3
        cx, cz = x + radius * 0.42 * math.cos(angle), radius + radius * 0.42 * math.sin(angle)
        builder.face([
            (cx + u * math.cos(angle) - v * math.sin(angle), inner + side * 0.212, cz + u * math.sin(angle) + v * math.cos(angle))
            for u, v in ((-0.045, -0.05), (0.06, -0.075), (0.06, 0.075), (-0.045, 0.05))], _BLACK)


def _trim(builder, kind):
    """Lamps, mirrors, handles, grille and plates."""
    sections, half_width = _SECTIONS[kind], _HALF_WIDTH[kind]
    front, rear, nose, tail = sections[-1][0], sections[0][0], sections[-2][3], sections[1][3]
    for side in (1, -1):
        builder.ellipsoid((front - 0.21, side * half_width * 0.69, nose - 0.045), (0.20, 0.17, 0.065), _HEAD, 3)
        builder.ellipsoid((rear + 0.14, side * half_width * 0.77, tail - 0.06), (0.15, 0.145, 0.085 if kind == "sedan" else 0.14), _TAIL, 3.5)
        builder.ellipsoid((0.98, side * (half_width + 0.06), sections[9][3] + 0.10), (0.06, 0.10, 0.07), _PAINT, 2.6)
        for x in (-0.80, 0.20):
            builder.ellipsoid((x, side * half_width * 0.98, 0.9 if kind == "suv" else 0.8), (0.085, 0.02, 0.014), _BLACK, 3)
    builder.ellipsoid((front - 0.075, 0, nose - 0.10), (0.08, half_width * 0.42, 0.05), _BLACK, 5)
    builder.ellipsoid((front - 0.085, 0, 0.36), (0.10, half_width * 0.56, 0.07), _BLACK, 5)
    builder.ellipsoid((rear + 0.05, 0, 0.36), (0.08, half_width * 0.6, 0.06), _BLACK, 5)
    builder.ellipsoid((front + 0.012, 0, nose - 0.22), (0.012, 0.26, 0.055), _PLATE, 8)
    builder.ellipsoid((rear - 0.004, 0, tail - 0.14), (0.02, 0.26, 0.055), _PLATE, 8)


def car(kind, color, metallic, index, palette):
    materials = [
        car_paint(f"paint {index}", color, metallic, _SEAMS), palette.glass, palette.black, palette.rubber, palette.rim,
        palette.head_lamp, palette.tail_lamp, palette.plate]
    body = _body(kind, materials)
    builder = MeshBuilder()
    builder.vertices = [tuple(vertex.co) for vertex in body.vertices]
    builder.coordinates = [(0, 0)] * len(builder.vertices)
    for polygon in body.polygons:
        arch = _is_arch(polygon.center, polygon.normal, kind)
        builder.faces.append(tuple(polygon.vertices))
        builder.materials.append(_BLACK if arch else min(polygon.material_index, _BLACK))
    smooth_until = len(builder.faces)
    for x in (_AXLES[kind], -_AXLES[kind]):
        for side in (1, -1):
            _wheel(builder, x, side, _HALF_WIDTH[kind], _WHEEL_RADIUS[kind])
    flat_until = len(builder.faces)
    _trim(builder, kind)
    smooth = [number != _BLACK for number in builder.materials[:smooth_until]]
    smooth += [False] * (flat_until - smooth_until) + [True] * (len(builder.faces) - flat_until)
    return place(builder.mesh(f"{kind} {index}", materials, smooth), index)


# Length, half width, height, bonnet length, axles, wheel radius, whether windows run along the side.
BOXES = {"truck": (7.4, 1.2, 3.2, 0.0, (2.6, -2.1), 0.48, False), "bus": (11.0, 1.25, 3.1, 0.0, (3.6, -2.6), 0.48, True), "van": (5.3, 0.98, 2.3, 0.9, (1.7, -1.6), 0.36, False)}


def box_vehicle(kind, color, index, palette):
    length, half_width, height, bonnet, axles, radius, has_windows = BOXES[kind]
    materials = [car_paint(f"paint {index}", color, 0.1, ()), palette.glass, palette.black, palette.rubber, palette.rim, palette.head_lamp, palette.tail_lamp, palette.plate, palette.white]
    builder = MeshBuilder()
    front, rear = length / 2, -length / 2
    floor = 0.42
    cabin = 2.1 if kind == "truck" else 0
    if kind == "truck":
        builder.box((rear, -half_width, 0.95), (front - cabin - 0.15, half_width, height), 8)
        builder.box((rear, -half_width * 0.8, 0.55), (front - 0.3, half_width * 0.8, 0.95), _BLACK)
        builder.box((front - cabin, -half_width, floor), (front, half_width, 2.7), _PAINT)
    elif kind == "bus":
        builder.box((rear, -half_width, floor), (front, half_width, height), _PAINT)
    else:
        builder.box((rear, -half_width, floor), (front - bonnet, half_width, height), _PAINT)
        builder.box((front - bonnet, -half_width * 0.96, floor), (front, half_width * 0.96, 1.15), _PAINT)
    _box_windows(builder, kind, length, half_width, height, bonnet, has_windows)
    for side in (1, -1):
        builder.ellipsoid((front - 0.02, side * half_width * 0.75, 0.8), (0.08, 0.18, 0.1), _HEAD, 4)
        builder.ellipsoid((rear + 0.02, side * half_width * 0.85, 0.95), (0.06, 0.12, 0.2), _TAIL, 4)
        builder.ellipsoid((front - bonnet - 0.2, side * (half_width + 0.14), 1.7), (0.06, 0.1, 0.22), _BLACK, 4)
        for x in axles:
            builder.tube((x, side * (half_width - 0.27), radius), (x, side * (half_width + 0.004), radius), radius + 0.05, sides=28, material=_BLACK)
            _wheel(builder, x, side, half_width + 0.01, radius)
    builder.ellipsoid((front + 0.01, 0, 0.62), (0.015, 0.27, 0.06), _PLATE, 8)
    builder.ellipsoid((rear - 0.01, 0, 0.75), (0.015, 0.27, 0.06), _PLATE, 8)
    return place(builder.mesh(f"{kind} {index}", materials, False), index)


def _box_windows(builder, kind, length, half_width, height, bonnet, has_windows):
    front, rear = length / 2 - bonnet, -length / 2
    top = {"truck": 2.5, "bus": height - 0.35, "van": height - 0.25}[kind]
    sill = {"truck": 1.5, "bus": 1.2, "van": 1.25}[kind]
    out = 0.012
    w = half_width - 0.12
    builder.face([(front + out, -w, sill), (front + out, w, sill), (front + out, w, top), (front + out, -w, top)], _GLASS)
    if kind != "truck":
        builder.face([(rear - out, w, sill + 0.1), (rear - out, -w, sill + 0.1), (rear - out, -w, top), (rear - out, w, top)], _GLASS)
    for side in (1, -1):
        y = side * (half_width + out)
        stretches = [(front - 1.25, front - 0.2)]
        if has_windows:
            count = 6
            step = (length - 1.8) / count
            stretches += [(rear + 0.3 + step * i, rear + 0.3 + step * (i + 1) - 0.12) for i in range(count)]
        for start, end in stretches:
            builder.face([(start, y, sill), (end, y, sill), (end, y, top), (start, y, top)], _GLASS)
