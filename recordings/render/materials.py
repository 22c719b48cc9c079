"""Surface materials. Procedural noise keeps large areas from looking like plastic."""

import bpy


class Shader:
    """A material's node tree with the few operations that the materials below need."""

    def __init__(self, name, roughness=0.6, metallic=0.0, coat=0.0):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.nodes = self.material.node_tree.nodes
        self.surface = self.nodes["Principled BSDF"]
        self.surface.inputs["Roughness"].default_value = roughness
        self.surface.inputs["Metallic"].default_value = metallic
        self.surface.inputs["Coat Weight"].default_value = coat

    def link(self, output, target):
        self.material.node_tree.links.new(output, target)

    def math(self, operation, first, second):
        node = self.nodes.new("ShaderNodeMath")
        node.operation = operation
        for socket, value in zip(node.inputs, (first, second)):
            if isinstance(value, (int, float)):
                socket.default_value = value
            else:
                self.link(value, socket)
        return node.outputs[0]

    def noise(self, scale, low, high):
        """Noise of the given spatial frequency, mapped to a brightness factor."""
        coordinates = self.nodes.new("ShaderNodeTexCoord")
        texture = self.nodes.new("ShaderNodeTexNoise")
        texture.inputs["Scale"].default_value = scale
        texture.inputs["Detail"].default_value = 8
        self.link(coordinates.outputs["Object"], texture.inputs["Vector"])
        scaled = self.nodes.new("ShaderNodeMapRange")
        for index, value in enumerate((0.3, 0.7, low, high), start=1):
            scaled.inputs[index].default_value = value
        self.link(texture.outputs["Fac"], scaled.inputs[0])
        return scaled.outputs[0]


def plain(name, color, roughness=0.6, metallic=0.0, coat=0.0, glow=0.0):
    shader = Shader(name, roughness, metallic, coat)
    shader.surface.inputs["Base Color"].default_value = (*color, 1)
    if glow:
        shader.surface.inputs["Emission Color"].default_value = (*color, 1)
        shader.surface.inputs["Emission Strength"].default_value = glow
    return shader.material


def weathered(name, color, roughness, layers, bump=0.0):
    """A colour modulated by layers of (frequency, darkest, brightest), with optional relief."""
    shader = Shader(name, roughness)
    factor = None
    for scale, low, high in layers:
        layer = shader.noise(scale, low, high)
        factor = layer if factor is None else shader.math("MULTIPLY", factor, layer)
    scaled = shader.nodes.new("ShaderNodeVectorMath")
    scaled.operation = "SCALE"
    scaled.inputs[0].default_value = color
    shader.link(factor, scaled.inputs["Scale"])
    shader.link(scaled.outputs[0], shader.surface.inputs["Base Color"])
    if bump:
        relief = shader.nodes.new("ShaderNodeBump")
        relief.inputs["Strength"].default_value = bump
        relief.inputs["Distance"].default_value = 0.02
        shader.link(factor, relief.inputs["Height"])
        shader.link(relief.outputs[0], shader.surface.inputs["Normal"])
    return shader.material


def brick(name, first, second):
    shader = Shader(name, roughness=0.9)
    texture = shader.nodes.new("ShaderNodeTexBrick")
    texture.inputs["Color1"].default_value = (*first, 1)
    texture.inputs["Color2"].default_value = (*second, 1)
    texture.inputs["Mortar"].default_value = (0.4, 0.38, 0.35, 1)
    texture.inputs["Scale"].default_value = 1.0
    texture.inputs["Brick Width"].default_value = 0.45
    texture.inputs["Row Height"].default_value = 0.15
    texture.inputs["Mortar Size"].default_value = 0.012
    coordinates = shader.nodes.new("ShaderNodeUVMap")
    shader.link(coordinates.outputs[0], texture.inputs[0])
    shader.link(texture.outputs[0], shader.surface.inputs["Base Color"])
    return shader.material


def car_paint(name, color, metallic, seams):
    """Coated paint with dark door seams at the given longitudinal positions and a dark sill below 0.3 m."""
    shader = Shader(name, roughness=0.32, metallic=metallic, coat=1.0)
    coordinates = shader.nodes.new("ShaderNodeTexCoord")
    position = shader.nodes.new("ShaderNodeSeparateXYZ")
    shader.link(coordinates.outputs["Object"], position.inputs[0])
    x, _, z = position.outputs
    dark = shader.math("LESS_THAN", z, 0.30)
    for seam in seams:
        distance = shader.math("ABSOLUTE", shader.math("SUBTRACT", x, seam), 0)
        line = shader.math("MULTIPLY", shader.math("LESS_THAN", distance, 0.008), shader.math("LESS_THAN", z, 0.95))
        dark = shader.math("MAXIMUM", dark, line)
    mix = shader.nodes.new("ShaderNodeMixRGB")
    mix.inputs[1].default_value = (*color, 1)
    mix.inputs[2].default_value = (0.012, 0.012, 0.012, 1)
    shader.link(dark, mix.inputs[0])
    shader.link(mix.outputs[0], shader.surface.inputs["Base Color"])
    return shader.material


class Palette:
    """The materials that several parts of the scene share."""

    def __init__(self):
        self.asphalt = weathered("asphalt", (0.075, 0.075, 0.08), 0.85, [(60, 0.75, 1.3), (0.5, 0.8, 1.2), (0.07, 0.85, 1.15)], 0.25)
        self.marking = weathered("marking", (0.75, 0.75, 0.72), 0.7, [(9, 0.7, 1.1), (60, 0.85, 1.1)])
        self.pavement = weathered("pavement", (0.33, 0.32, 0.30), 0.9, [(3, 0.8, 1.15), (30, 0.85, 1.1)], 0.2)
        self.kerb = weathered("kerb", (0.45, 0.44, 0.42), 0.8, [(5, 0.8, 1.1)])
        self.grass = weathered("grass", (0.075, 0.13, 0.025), 0.95, [(25, 0.4, 1.6), (1.2, 0.6, 1.4), (0.12, 0.7, 1.3)], 1.0)
        self.leaves = [plain(f"leaf{i}", c) for i, c in enumerate([(0.06, 0.12, 0.02), (0.09, 0.15, 0.03), (0.05, 0.10, 0.03)])]
        self.bark = weathered("bark", (0.11, 0.075, 0.05), 0.9, [(12, 0.5, 1.4)], 0.6)
        self.glass = plain("glass", (0.012, 0.016, 0.02), 0.04, coat=1.0)
        self.window = plain("window", (0.03, 0.04, 0.05), 0.05)
        self.white = plain("white", (0.75, 0.75, 0.73), 0.5)
        self.roof = weathered("roof", (0.20, 0.07, 0.045), 0.8, [(6, 0.6, 1.3)], 0.5)
        self.black = plain("black", (0.015, 0.015, 0.016))
        self.rubber = plain("rubber", (0.02, 0.02, 0.021), 0.85)
        self.rim = plain("rim", (0.45, 0.46, 0.48), 0.3, metallic=1.0)
        self.head_lamp = plain("head lamp", (0.9, 0.95, 1.0), 0.1, glow=0.6)
        self.tail_lamp = plain("tail lamp", (0.6, 0.01, 0.012), 0.15, glow=0.5)
        self.plate = plain("plate", (0.8, 0.8, 0.75), 0.5)
        self.metal = plain("metal", (0.30, 0.31, 0.32), 0.4, metallic=0.9)
        self.walls = [
            brick("red brick", (0.28, 0.11, 0.07), (0.22, 0.085, 0.06)),
            brick("yellow brick", (0.42, 0.33, 0.22), (0.36, 0.28, 0.19)),
            weathered("cream render", (0.62, 0.58, 0.48), 0.9, [(2, 0.9, 1.05)]),
            weathered("grey render", (0.50, 0.53, 0.55), 0.9, [(2, 0.9, 1.05)]),
        ]
