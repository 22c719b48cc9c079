// swift-tools-version: 6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableExperimentalFeature("Lifetimes"),
]

/// A Swift module of Sightline. The folder list of `Sources/` is the architecture; arrows between modules point down only.
func module(
    _ name: String, path: String? = nil, exclude: [String] = [], _ dependencies: [Target.Dependency] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: swiftSettings)
}

/// The tests of one module, in `Tests/<name>Tests`.
func tests(
    _ name: String, of dependencies: [Target.Dependency], resources: [Resource] = [], excluding: [String] = []
) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["TestSupport"],
        exclude: excluding, resources: resources, swiftSettings: swiftSettings)
}

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "sightline",
    products: [
        .executable(name: "sightline", targets: ["sightline"]),
        .library(name: "Sightline", targets: ["Runtime"]),
        .library(name: "SightlineBus", targets: ["SightlineBus"]),
        .library(name: "SightlineInference", targets: ["SightlineInference"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
    ],
    targets: [
        // C: micro-kernels, and the system calls that Swift cannot reach.
        .target(
            name: "CKernels", cSettings: [.define("NDEBUG", .when(configuration: .release))],
            linkerSettings: [.linkedLibrary("m")]),
        .target(name: "CLinux"),
        .target(name: "CAllocationCounter"),
        // FFmpeg, loaded at its first use.
        .target(name: "CAV"),

        // System libraries: module maps only.
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CV4L2", pkgConfig: "libv4l2", providers: [.apt(["libv4l-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),

        // Ground floor.
        module("Platform", ["CLinux", "CYAML"]),
        module("Tensors", ["Platform"]),
        module("ONNX", exclude: ["Generated/onnx.proto"], ["Tensors", "Platform", protobuf]),
        module("Operators", ["ONNX", "Tensors", "Platform"]),
        module("Quantization", ["Operators", "ONNX", "Tensors", "Platform", "COpenBLAS"]),
        module("Imaging", ["Tensors", "Platform", "CKernels", "CTurboJPEG", "CAV"]),
        module("Messages", exclude: ["Schemas"], [protobuf]),

        // First floor.
        module(
            "SightlineInference", path: "Sources/Inference",
            ["Operators", "Quantization", "ONNX", "Tensors", "Platform", "CKernels", "CLinux", "COpenBLAS"]),
        module("Perception", ["Calibration", "ONNX", "Tensors", "Platform", "CKernels"]),
        module("Evaluation", ["Perception", "Imaging", "Tensors", "Platform"]),
        module("SightlineBus", path: "Sources/Bus", ["Messages", "Platform", "CLinux"]),
        module("Recording", ["Messages", "Imaging", "Platform", "CKernels", "CAV", "CZstd", "CLZ4"]),
        module("Camera", ["Imaging", "Platform", "CV4L2", "CLinux"]),
        module("Calibration", ["Imaging", "Platform"]),

        // Roof.
        module(
            "Runtime",
            [
                "SightlineInference", "CKernels", "CLinux", "Perception", "SightlineBus", "Recording", "Camera",
                "Calibration",
                "Imaging",
                "Evaluation", "Messages", "Operators", "Quantization", "ONNX", "Tensors", "Platform", histogram,
                logging,
            ]),
        .executableTarget(
            name: "sightline",
            dependencies: [
                "Runtime", "CAllocationCounter", "SightlineInference", "SightlineBus", "Evaluation", "Perception",
                "Recording", "Camera", "Calibration",
                "Quantization",
                "Imaging", "Messages", "Operators", "ONNX", "Tensors", "Platform", argumentParser,
            ], swiftSettings: swiftSettings),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["Tensors", "Platform"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .target(
            name: "LoopFixtures", dependencies: ["ONNX", "Recording", "Imaging", "Tensors"], path: "Tests/LoopFixtures",
            swiftSettings: swiftSettings),
        .target(
            name: "CameraFixtures", dependencies: ["Camera", "Imaging", "Platform", "CV4L2", "CLinux"],
            path: "Tests/CameraFixtures", swiftSettings: swiftSettings),
        .executableTarget(
            name: "subscriber", dependencies: ["SightlineBus", "Messages"], path: "Examples/swift",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "bus-benchmark",
            dependencies: ["SightlineBus", "Messages", "Platform", "CLinux", "CAllocationCounter"],
            path: "Benchmarks/bus/Program", swiftSettings: swiftSettings),
        .executableTarget(
            name: "recording-benchmark", dependencies: ["Recording", "Imaging", "Messages", "Platform"],
            path: "Benchmarks/recording/Program", swiftSettings: swiftSettings),
        .executableTarget(
            name: "tracking-benchmark", dependencies: ["Perception", "Calibration"],
            path: "Benchmarks/tracking/Program", swiftSettings: swiftSettings),
        .executableTarget(
            name: "BusTestHelper", dependencies: ["SightlineBus", "Messages", "Platform", "CLinux"],
            path: "Tests/BusTestHelper", swiftSettings: swiftSettings),
        .executableTarget(
            name: "camera-trials", dependencies: ["Camera", "Imaging", "Platform", "CV4L2"],
            path: "Tests/CameraTrials", swiftSettings: swiftSettings),
        .executableTarget(
            name: "kernel-comparison", dependencies: ["CKernels"], path: "Tests/CrossKernels", exclude: ["run"]),
        tests("Kernel", of: ["CKernels", "kernel-comparison"]),
        tests("Platform", of: ["Platform", "CLinux"]),
        tests("Tensors", of: ["Tensors"]),
        tests("ONNX", of: ["ONNX", "Tensors", protobuf]),
        tests("Operators", of: ["Operators", "ONNX", "Tensors"]),
        tests("Quantization", of: ["Quantization", "Operators", "ONNX", "Tensors"]),
        tests(
            "Inference",
            of: [
                "SightlineInference", "Platform", "Operators", "ONNX", "Tensors", "Quantization", "CKernels",
                "CAllocationCounter",
            ]),
        tests("Imaging", of: ["Imaging", "Tensors"]),
        tests(
            "Perception", of: ["Perception", "Calibration", "Operators", "ONNX", "Tensors", "CAllocationCounter"],
            excluding: ["Fixtures"]),
        tests("Evaluation", of: ["Evaluation", "Perception", "Tensors"], excluding: ["Fixtures"]),
        tests("Messages", of: ["Messages", protobuf]),
        tests(
            "Bus",
            of: ["SightlineBus", "Messages", "Platform", "CLinux", "CAllocationCounter", "BusTestHelper", "subscriber"]),
        tests(
            "Recording", of: ["Recording", "Imaging", "Messages", "Platform", "CKernels", protobuf],
            excluding: ["MCAP/foreign.py"]),
        tests(
            "Camera", of: ["Camera", "CameraFixtures", "Imaging", "Platform", "CV4L2", "CLinux", "camera-trials"]),
        tests("Calibration", of: ["Calibration", "Imaging", "Platform"], excluding: ["Fixtures"]),
        tests(
            "Runtime",
            of: [
                "Runtime", "LoopFixtures", "CameraFixtures", "CAllocationCounter", "SightlineBus", "Recording",
                "Perception", "Imaging", "ONNX", "Tensors", "Messages", "Camera", "Calibration", "Platform", logging,
            ]),
        tests(
            "CommandLine",
            of: [
                "sightline", "camera-trials", "LoopFixtures", "SightlineBus", "Messages", "ONNX", "Tensors", "Imaging",
                "Recording",
            ]),
    ]
)
