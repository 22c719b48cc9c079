import ArgumentParser

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Look into networks, quantise, run, time and judge them.",
        discussion: """
            From a float network to a deployed one:
              sightline model inspect yolo11n.onnx
              sightline model quantize yolo11n.onnx --data images/ -o yolo11n.int8.onnx
              sightline model eval yolo11n.int8.onnx --data coco128/ --float yolo11n.onnx
              sightline model bench yolo11n.int8.onnx --threads 2 --per-layer
            """,
        subcommands: [ModelInspect.self, ModelQuantize.self, ModelRun.self, ModelBench.self, ModelEval.self])
}
