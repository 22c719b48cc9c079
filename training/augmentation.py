"""Changes of pictures in training: place, colour, weather, night. All take their chance from one generator."""

import cv2
import numpy as np

FILL = 114


def placing(width: int, height: int, area: tuple[int, int, int, int], rng: np.random.Generator, calm: float) -> np.ndarray:
    """A 2x3 matrix that puts a picture into an area (x1, y1, x2, y2): fitted as the runtime fits it with probability `calm`,
    else scaled, shifted, stretched, turned; mirrored every second time."""
    x1, y1, x2, y2 = area
    scale = min((x2 - x1) / width, (y2 - y1) / height)
    stretch, angle, shift = 1.0, 0.0, (0.0, 0.0)
    if rng.random() >= calm:
        scale *= float(np.exp(rng.uniform(np.log(0.6), np.log(1.8))))
        stretch = float(np.exp(rng.uniform(-0.15, 0.15)))
        angle = float(rng.normal(0, 2.0))
        # A small picture stays inside, a large one covers the area.
        slack = abs(x2 - x1 - width * scale), abs(y2 - y1 - height * scale)
        shift = tuple(float(rng.uniform(-0.5, 0.5)) * room for room in slack)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    matrix[0] *= scale * stretch
    matrix[1] *= scale / stretch
    middle = matrix @ [width / 2, height / 2, 1]
    matrix[:, 2] += np.array([(x1 + x2) / 2 + shift[0], (y1 + y2) / 2 + shift[1]]) - middle
    if rng.random() < 0.5:
        matrix = matrix @ np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1]], float)
    return matrix


def warp(picture: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    # The matrix maps corners of pixels; OpenCV's maps their centres.
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    return cv2.warpAffine(picture, shifted, size, flags=cv2.INTER_LINEAR, borderValue=(FILL, FILL, FILL))


def warp_mask(mask: np.ndarray, matrix: np.ndarray, size: tuple[int, int], unknown: int) -> np.ndarray:
    """A mask of `size`, which may be smaller than what the matrix was made for: scale the matrix with it."""
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    return cv2.warpAffine(mask, shifted, size, flags=cv2.INTER_NEAREST, borderValue=unknown)


def fill_body(mask: np.ndarray, corners: list[float], value: int) -> None:
    """Sets the part of a vehicle's box in which there is nothing but the vehicle, wheels and what is seen beside them left out."""
    x1, y1, x2, y2 = corners
    middle = ((x1 + x2) / 2, y1 + 0.48 * (y2 - y1))
    cv2.ellipse(mask, (middle, (0.86 * (x2 - x1), 0.66 * (y2 - y1)), 0), value, -1)


def warp_boxes(boxes: np.ndarray, matrix: np.ndarray, area: tuple[int, int, int, int]) -> np.ndarray:
    """Boxes (n, 5) of class and corners; those of which little is left inside the area are dropped."""
    if len(boxes) == 0:
        return boxes.reshape(0, 5)
    corners = boxes[:, [1, 2, 3, 2, 3, 4, 1, 4]].reshape(-1, 4, 2) @ matrix[:, :2].T + matrix[:, 2]
    low, high = corners.min(1), corners.max(1)
    inner_low = np.maximum(low, area[:2])
    inner_high = np.minimum(high, area[2:])
    inner = (inner_high - inner_low).clip(0)
    share = inner.prod(1) / np.maximum((high - low).prod(1), 1e-6)
    keep = (inner.min(1) >= 2) & (share > 0.2)
    return np.column_stack((boxes[:, 0], inner_low, inner_high))[keep]


def recolour(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light, camera and weather."""
    if rng.random() < 0.12:
        picture = darken(picture, rng)
    elif rng.random() < 0.12:
        picture = fog(picture, rng)
    if rng.random() < 0.06:
        picture = rain(picture, rng)
    if rng.random() < 0.15:
        picture = shadow(picture, rng)
    if rng.random() < 0.8:
        picture = tone(picture, rng)
    if rng.random() < 0.12:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.2:
        picture = noise(picture, rng, rng.uniform(2, 12))
    if rng.random() < 0.15:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))])
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return picture


def tone(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Saturation, gamma, contrast, brightness, white balance."""
    saturation = rng.uniform(0.3, 1.5)
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    picture = cv2.addWeighted(picture, saturation, grey, 1 - saturation, 0)
    levels = np.linspace(0, 1, 256)[:, None] ** np.exp(rng.uniform(-0.5, 0.5))
    levels = (levels - 0.5) * rng.uniform(0.6, 1.3) + 0.5 + rng.uniform(-0.12, 0.12)
    levels = levels * rng.uniform(0.88, 1.12, 3)
    return cv2.LUT(picture, (levels.clip(0, 1) * 255).astype(np.uint8)[None])


def darken(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Night: dark, bluish or yellowish, brighter where headlamps shine."""
    height, width = picture.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    beam = np.exp(-((x / rng.uniform(0.4, 1.0)) ** 2) - ((y - rng.uniform(0.6, 0.9)) / rng.uniform(0.2, 0.45)) ** 2)
    light = rng.uniform(0.05, 0.35) + rng.uniform(0.2, 0.8) * beam
    tint = np.array([rng.uniform(0.6, 1.0), rng.uniform(0.8, 1.0), rng.uniform(0.8, 1.1)], np.float32)
    linear = (picture.astype(np.float32) / 255) ** rng.uniform(1.2, 1.8)
    dark = (linear * light[..., None] * tint).clip(0, 1)
    return noise((dark * 255).astype(np.uint8), rng, rng.uniform(1, 8))


def fog(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A veil, thick at and above the horizon, thin just before the car; grey, or the brown of sand."""
    height = picture.shape[0]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    veil = rng.uniform(0.3, 0.9) * np.clip(1.25 - y * rng.uniform(0.6, 1.2), 0.1, 1)
    colour = np.full(3, rng.uniform(140, 235), np.float32)
    if rng.random() < 0.25:
        colour *= np.array([0.35, 0.65, 0.95], np.float32)
    return (picture * (1 - veil) + colour * veil).astype(np.uint8)


def rain(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bright slanted streaks."""
    height, width = picture.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slant = rng.uniform(-0.3, 0.3)
    for _ in range(int(rng.integers(80, 400))):
        x, y, length = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(6, 30)
        end = int(x + slant * length), int(y + length)
        cv2.line(streaks, (int(x), int(y)), end, int(rng.integers(60, 160)), 1, cv2.LINE_AA)
    return cv2.add(picture, cv2.cvtColor(streaks, cv2.COLOR_GRAY2BGR))


def shadow(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A dark polygon across the lower part, as of a tree or a building."""
    height, width = picture.shape[:2]
    corners = np.stack((rng.uniform(-0.2, 1.2, 4) * width, rng.uniform(0.35, 1.1, 4) * height), 1)
    area = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(area, cv2.convexHull(corners.astype(np.int32)), 255)
    area = cv2.GaussianBlur(area, (0, 0), rng.uniform(1, 5))[..., None].astype(np.float32) / 255
    return (picture * (1 - area * rng.uniform(0.25, 0.65))).astype(np.uint8)


def noise(picture: np.ndarray, rng: np.random.Generator, deviation: float) -> np.ndarray:
    grain = rng.standard_normal(picture.shape, np.float32) * deviation
    return (picture + grain).clip(0, 255).astype(np.uint8)
