"""Traffic signs and traffic lights. They face -x, towards traffic that comes along +x."""

import math

import bpy

import road
from materials import plain
from meshes import FIRST_LIGHT, FIRST_SIGN, OTHER, MeshBuilder, place
from scenery import CROSSING

_SIGN_HEIGHT = 2.35
_BESIDE = road.HALF_WIDTH + 0.75


def _text(builder_name, text, height, size, material, index, location, angle):
    """Raised lettering on a sign's face."""
    curve = bpy.data.curves.new(builder_name, "FONT")
    curve.body, curve.size, curve.align_x, curve.align_y = text, size, "CENTER", "CENTER"
    thing = bpy.data.objects.new(builder_name, curve)
    curve.materials.append(material)
    thing.pass_index = index
    thing.rotation_euler = (math.pi / 2, 0, angle - math.pi / 2)
    thing.location = location
    thing.location.z += height
    bpy.context.scene.collection.objects.link(thing)


class SignMaker:
    def __init__(self, palette):
        self.palette = palette
        self.red = plain("sign red", (0.55, 0.01, 0.015), 0.5)
        self.white = plain("sign white", (0.8, 0.8, 0.8), 0.5)
        self.blue = plain("sign blue", (0.01, 0.06, 0.35), 0.5)
        self.yellow = plain("sign yellow", (0.75, 0.45, 0.01), 0.5)
        self.black = plain("sign black", (0.01, 0.01, 0.01), 0.6)
        self.count = 0

    def put(self, kind, distance, side=-1, towards=1):
        """A sign beside the road; `towards` 1 faces traffic in the direction of travel, -1 the oncoming traffic."""
        index = FIRST_SIGN + self.count
        self.count += 1
        angle = road.heading(distance) + (0 if towards > 0 else math.pi)
        location = road.point(distance, side * _BESIDE, road.PAVEMENT_HEIGHT)
        post = MeshBuilder()
        post.tube((0.03, 0, 0), (0.03, 0, _SIGN_HEIGHT + 0.3), 0.03)
        place(post.mesh("post", [self.palette.metal]), OTHER, location, angle)
        face = MeshBuilder()
        getattr(self, "_" + kind.split(":")[0])(face)
        place(face.mesh(kind, [self.red, self.white, self.blue, self.yellow, self.black]), index, location, angle)
        if kind.startswith("limit:"):
            front = location.copy()
            front.x -= 0.02 * math.cos(angle)
            front.y -= 0.02 * math.sin(angle)
            _text(kind, kind.split(":")[1], _SIGN_HEIGHT, 0.34, self.black, index, front, angle)
        return index, kind.split(":")[0]

    def _limit(self, face):
        face.disc((0, 0, _SIGN_HEIGHT), 0.33, material=0)
        face.disc((-0.008, 0, _SIGN_HEIGHT), 0.25, material=1)

    def _crossing(self, face):
        z = _SIGN_HEIGHT
        face.box((-0.012, -0.33, z - 0.33), (0, 0.33, z + 0.33), 2)
        face.face([(-0.02, 0.24, z - 0.22), (-0.02, -0.24, z - 0.22), (-0.02, 0.0, z + 0.24)], 1)
        face.face([(-0.026, 0.05, z - 0.18), (-0.026, -0.05, z - 0.18), (-0.026, -0.03, z + 0.06), (-0.026, 0.03, z + 0.06)], 4)
        face.disc((-0.026, 0, z + 0.1), 0.04, material=4)

    def _bend(self, face):
        z = _SIGN_HEIGHT
        face.face([(0, 0.4, z - 0.3), (0, -0.4, z - 0.3), (0, 0, z + 0.4)], 0)
        face.face([(-0.008, 0.28, z - 0.23), (-0.008, -0.28, z - 0.23), (-0.008, 0, z + 0.26)], 1)
        face.face([(-0.014, 0.03, z - 0.2), (-0.014, -0.03, z - 0.2), (-0.014, -0.06, z + 0.05), (-0.014, 0.0, z + 0.08)], 4)

    def _stop(self, face):
        z = _SIGN_HEIGHT
        face.disc((0, 0, z), 0.36, sides=8, material=0)
        face.box((-0.012, -0.25, z - 0.08), (-0.008, 0.25, z + 0.08), 1)


class TrafficLight:
    """A three-lamp signal head on a post; only its lamps change."""

    COLORS = {"red": (1.0, 0.02, 0.01), "amber": (1.0, 0.45, 0.02), "green": (0.05, 1.0, 0.35)}

    def __init__(self, number, distance, side, towards, palette):
        self.index = FIRST_LIGHT + number
        angle = road.heading(distance) + (0 if towards > 0 else math.pi)
        location = road.point(distance, side * _BESIDE, road.PAVEMENT_HEIGHT)
        post = MeshBuilder()
        post.tube((0.12, 0, 0), (0.12, 0, 3.3), 0.06)
        place(post.mesh("signal post", [palette.metal]), OTHER, location, angle)
        head = MeshBuilder()
        head.box((-0.1, -0.17, 2.35), (0.1, 0.17, 3.35), 0)
        place(head.mesh("signal head", [palette.black]), self.index, location, angle)
        self.lamps = {}
        for row, (name, color) in enumerate(self.COLORS.items()):
            z = 3.18 - 0.32 * row
            lamp = MeshBuilder()
            lamp.disc((-0.115, 0, z), 0.11)
            material = plain(f"{name} lamp {number}", color, 0.3, glow=0.01)
            place(lamp.mesh(f"{name} lamp", [material]), self.index, location, angle)
            hood = MeshBuilder()
            hood.tube((-0.1, 0, z), (-0.24, 0, z), 0.13, sides=16)
            place(hood.mesh("hood", [palette.black]), self.index, location, angle)
            self.lamps[name] = material.node_tree.nodes["Principled BSDF"]

    def show(self, state):
        for name, surface in self.lamps.items():
            surface.inputs["Emission Strength"].default_value = 6.0 if name == state else 0.0
            color = self.COLORS[name] if name == state else tuple(0.06 * part for part in self.COLORS[name])
            surface.inputs["Base Color"].default_value = (*color, 1)


def lights(palette):
    return [TrafficLight(0, CROSSING - 3.6, -1, 1, palette), TrafficLight(1, CROSSING + 3.6, 1, -1, palette)]
