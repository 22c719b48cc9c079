"""Meshes from vertices and faces, and the class numbers that the truth pass writes."""

import math

import bpy
import numpy as np
from mathutils import Vector

# Object indices of the truth pass: surfaces below 100, then one index for each object that moves or matters.
ROAD, MARKING, PAVEMENT, OTHER = 1, 2, 3, 4
FIRST_VEHICLE, FIRST_PERSON, FIRST_SIGN, FIRST_LIGHT = 100, 200, 300, 400


class MeshBuilder:
    """Collects vertices, faces and material numbers."""

    def __init__(self):
        self.vertices, self.faces, self.materials, self.coordinates = [], [], [], []

    def face(self, corners, material=0, coordinates=None):
        first = len(self.vertices)
        self.vertices.extend(corners)
        self.faces.append(tuple(range(first, first + len(corners))))
        self.materials.append(material)
        self.coordinates.extend(coordinates or [(0, 0)] * len(corners))

    def box(self, low, high, material=0):
        (x0, y0, z0), (x1, y1, z1) = low, high
        for corners in (
            [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)], [(x1, y1, z0), (x0, y1, z0), (x0, y1, z1), (x1, y1, z1)],
            [(x0, y1, z0), (x0, y0, z0), (x0, y0, z1), (x0, y1, z1)], [(x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)],
            [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)], [(x0, y1, z0), (x1, y1, z0), (x1, y0, z0), (x0, y0, z0)],
        ):
            self.face(corners, material)

    def tube(self, start, end, radius, end_radius=None, sides=8, material=0):
        start, end = Vector(start), Vector(end)
        axis = (end - start).normalized()
        across = axis.orthogonal().normalized()
        other = axis.cross(across)
        rings = []
        for centre, size in ((start, radius), (end, radius if end_radius is None else end_radius)):
            angles = [2 * math.pi * i / sides for i in range(sides)]
            rings.append([centre + (across * math.cos(a) + other * math.sin(a)) * size for a in angles])
        for i in range(sides):
            j = (i + 1) % sides
            self.face([rings[0][i], rings[0][j], rings[1][j], rings[1][i]], material)

    def disc(self, centre, radius, sides=40, material=0):
        """A disc that faces -x, as traffic signs face traffic that comes along +x."""
        x, y, z = centre
        self.face([(x, y - radius * math.cos(2 * math.pi * i / sides), z + radius * math.sin(2 * math.pi * i / sides)) for i in range(sides)], material)

    def ellipsoid(self, centre, radii, material=0, exponent=4.0, around=20, along=10):
        """A superellipsoid: boxy for large exponents, round for 2."""
        def power(value):
            return math.copysign(abs(value) ** (2 / exponent), value)
        first = len(self.vertices)
        for j in range(along + 1):
            latitude = -math.pi / 2 + math.pi * j / along
            for i in range(around):
                angle = 2 * math.pi * i / around
                self.vertices.append((
                    centre[0] + radii[0] * power(math.cos(latitude)) * power(math.cos(angle)),
                    centre[1] + radii[1] * power(math.cos(latitude)) * power(math.sin(angle)),
                    centre[2] + radii[2] * power(math.sin(latitude))))
                self.coordinates.append((0, 0))
        for j in range(along):
            for i in range(around):
                k = (i + 1) % around
                self.faces.append((first + j * around + i, first + j * around + k, first + (j + 1) * around + k, first + (j + 1) * around + i))
                self.materials.append(material)

    def mesh(self, name, materials, smooth=None):
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata([tuple(map(float, vertex)) for vertex in self.vertices], [], self.faces)
        for material in materials:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", self.materials)
        if smooth is not None:
            mesh.polygons.foreach_set("use_smooth", smooth if isinstance(smooth, list) else [smooth] * len(self.faces))
        layer = mesh.uv_layers.new(name="UVMap")
        used = np.array([self.coordinates[i] for face in self.faces for i in face], np.float32)
        layer.data.foreach_set("uv", used.ravel())
        mesh.update()
        return mesh


def place(mesh, index, location=(0, 0, 0), angle=0.0, scale=1.0):
    """Puts a mesh into the scene under a truth index."""
    thing = bpy.data.objects.new(mesh.name, mesh)
    thing.location, thing.rotation_euler, thing.scale = location, (0, 0, angle), (scale,) * 3
    thing.pass_index = index
    bpy.context.scene.collection.objects.link(thing)
    return thing
