import ONNX
import Perception
import Tensors
import Testing

@Suite("Recognition of network heads")
struct RecognitionTests {
    private func recognize(
        _ outputs: [(String, [Int], ElementType)], width: Int = 640, height: Int = 640, hints: HeadHints = HeadHints(),
        nodes: [Node] = [], as kind: HeadKind? = nil
    ) throws -> RecognizedNetwork {
        try HeadRecognizer(
            SampleGraphs.boundary(outputs, width: width, height: height, nodes: nodes), hints: hints
        ).recognize(as: kind)
    }

    private func names(_ count: Int) -> [Int: String] {
        Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, "name \($0)") })
    }

    @Test("YOLO11 by shape, with the names of its file")
    func yolo() throws {
        let network = try recognize(
            [("output0", [1, 84, 8400], .float32)], hints: HeadHints(names: names(80), task: "detect"))
        let head = try #require(network.detection)
        #expect(head.layout == .channelMajor && head.classCount == 80 && head.candidateCount == 8400)
        #expect(network.classNames[79] == "name 79")
        #expect(network.input == InputConvention(name: "images", width: 640, height: 640))
        #expect(network.undecoded == nil)
    }

    @Test("YOLOv5 by its three anchors to a cell")
    func yolov5() throws {
        let network = try recognize([
            ("output0", [1, 25200, 85], .float32), ("raw", [1, 3, 80, 80, 85], .float32),
        ])
        #expect(network.detection?.layout == .anchorMajor)
        #expect(network.detection?.classCount == 80)
        #expect(network.input.channelOrder == .rgb && network.input.fit == .centered)
        #expect(network.heads.count == 1)
    }

    @Test("YOLOX by its single anchor to a cell: blue first, bytes, top left")
    func yolox() throws {
        let network = try recognize([("output", [1, 3549, 85], .float32)], width: 416, height: 416)
        let head = try #require(network.detection)
        #expect(head.layout == .grid && head.classCount == 80)
        #expect(head.scales.map(\.stride) == [8, 16, 32] && head.scales.map(\.gridWidth) == [52, 26, 13])
        #expect(network.input.channelOrder == .bgr && network.input.range == .byte && network.input.fit == .topLeft)
        // Its files name no classes.
        #expect(network.classNames[2] == "car")
    }

    @Test("YOLOX that decodes inside has an exponential at its end")
    func decodedYolox() throws {
        let nodes = [
            Node(name: "a", operatorType: "Exp", inputs: ["x"], outputs: ["sizes"]),
            Node(name: "b", operatorType: "Concat", inputs: ["p", "sizes"], outputs: ["output"]),
        ]
        let network = try recognize([("output", [1, 3549, 85], .float32)], width: 416, height: 416, nodes: nodes)
        #expect(network.detection?.layout == .anchorMajor)
        #expect(network.input.channelOrder == .bgr)
    }

    @Test("RT-DETR's queries are refused by name, even where they have the shape of final boxes", arguments: [6, 84])
    func queries(columns: Int) {
        let nodes = [
            Node(name: "a", operatorType: "Sigmoid", inputs: ["b"], outputs: ["boxes"]),
            Node(name: "c", operatorType: "Sigmoid", inputs: ["s"], outputs: ["scores"]),
            Node(name: "d", operatorType: "Concat", inputs: ["boxes", "scores"], outputs: ["output0"]),
        ]
        #expect {
            try recognize([("output0", [1, 300, columns], .float32)], nodes: nodes)
        } throws: { error in
            "\(error)".contains("RT-DETR") && !"\(error)".contains("\n")
        }
        // Named by a configuration, the layout is what it says.
        #expect(throws: Never.self) {
            try recognize([("output0", [1, 300, 6], .float32)], nodes: nodes, as: .endToEnd)
        }
    }

    @Test("final boxes, with and without masks")
    func endToEnd() throws {
        #expect(try recognize([("output0", [1, 300, 6], .float32)]).detection?.layout == .endToEnd)
        let masks = try recognize([
            ("output0", [1, 300, 38], .float32), ("output1", [1, 32, 160, 160], .float32),
        ])
        #expect(masks.detection?.layout == .endToEnd)
        #expect(masks.detection?.prototypes?.width == 160)
        #expect(masks.heads.count == 1)
    }

    @Test("instance masks by the prototypes beside")
    func instanceMasks() throws {
        let outputs: [(String, [Int], ElementType)] = [
            ("output0", [1, 116, 8400], .float32), ("output1", [1, 32, 160, 160], .float32),
        ]
        for hints in [HeadHints(), HeadHints(names: names(80), task: "segment")] {
            let head = try #require(try recognize(outputs, hints: hints).detection)
            #expect(head.classCount == 80 && head.maskCoefficientCount == 32)
        }
    }

    @Test("boxes and a class map from one network are two heads")
    func twoHeads() throws {
        let network = try recognize(
            [("boxes", [1, 9, 5040], .float32), ("surface", [1, 4, 192, 320], .float32)], width: 640, height: 384,
            hints: HeadHints(
                names: names(5), segmentationNames: [0: "rest", 1: "road", 2: "lane marking", 3: "pavement"]))
        #expect(network.detection?.classCount == 5)
        #expect(network.segmentation?.classCount == 4 && network.segmentation?.width == 320)
        let road = try #require(network.road)
        guard case .classes(_, let drivable, let lanes) = road.source else {
            Issue.record("expected road classes")
            return
        }
        #expect(drivable == [1] && lanes == [2])
    }

    @Test("semantic maps: class numbers, scores, and one score", arguments: [1, 4])
    func semantic(reduction: Int) throws {
        let (h, w) = (512 / reduction, 1024 / reduction)
        func head(_ dimensions: [Int], _ type: ElementType) throws -> SegmentationHead? {
            try recognize(
                [("out", dimensions, type)], width: 1024, height: 512, hints: HeadHints(names: names(19))
            ).segmentation
        }
        #expect(try head([1, h, w], .uint8)?.source == .classMap)
        #expect(try head([1, h, w], .int32)?.classCount == 19)
        #expect(try head([1, 19, h, w], .float32)?.source == .scores)
        #expect(try head([1, 1, h, w], .float32)?.source == .binary(threshold: 0))
        let sigmoid = Node(name: "s", operatorType: "Sigmoid", inputs: ["x"], outputs: ["out"])
        let network = try recognize([("out", [1, 1, h, w], .float32)], width: 1024, height: 512, nodes: [sigmoid])
        #expect(network.segmentation?.source == .binary(threshold: 0.5))
        #expect(network.input.isAssumed)
    }

    @Test("drivable area and lanes, in either order of the outputs")
    func road() throws {
        for names in [["drivable", "lane"], ["da", "ll"], ["ll", "da"], ["lane", "x"], ["out1", "out2"]] {
            let network = try recognize(
                names.map { ($0, [1, 2, 360, 640], .float32) }, width: 640, height: 360)
            let isSwapped = names[0].hasPrefix("l")
            #expect(
                network.road?.source
                    == .pair(drivable: names[isSwapped ? 1 : 0], lanes: names[isSwapped ? 0 : 1]))
            #expect(network.input.isAssumed == false)
        }
    }

    @Test("what fits several layouts is refused, unless the configuration or the file tells")
    func ambiguous() throws {
        // At 64x64 there are 84 anchors: YOLO with 84 anchors of 80 classes looks like YOLOX of 79 classes.
        let outputs: [(String, [Int], ElementType)] = [("o", [1, 84, 84], .float32)]
        let error = #expect(throws: PerceptionError.self) { try recognize(outputs, width: 64, height: 64) }
        #expect(error?.description.contains("yolo and yolox") == true)
        #expect(try recognize(outputs, width: 64, height: 64, as: .yolox).detection?.layout == .grid)
        #expect(try recognize(outputs, width: 64, height: 64, as: .yolo).detection?.layout == .channelMajor)
        let named = try recognize(outputs, width: 64, height: 64, hints: HeadHints(names: names(79)))
        #expect(named.detection?.layout == .grid)
        let task = try recognize(outputs, width: 64, height: 64, hints: HeadHints(task: "detect"))
        #expect(task.detection?.layout == .channelMajor)
    }

    @Test("what fits no layout is refused with what was seen and what is supported")
    func unsupported() throws {
        for (outputs, hints) in [
            ([("prob", [1, 1000], ElementType.float32)], HeadHints()),
            ([("o", [1, 84, 8401], .float32)], HeadHints()),
            ([("o", [2, 84, 8400], .float32)], HeadHints()),
            ([("o", [1, 56, 8400], .float32)], HeadHints(task: "pose")),
        ] {
            let error = #expect(throws: PerceptionError.self) { try recognize(outputs, hints: hints) }
            let text = error?.description ?? ""
            #expect(text.contains(outputs[0].1.map(String.init).joined(separator: ", ")))
            #expect(text.contains("supported are yolo"))
            #expect(!text.contains("\n"))
        }
        let error = #expect(throws: PerceptionError.self) {
            try recognize([("o", [1, 84, 8400], .float32)], as: .yolov5)
        }
        #expect(error?.description.contains("not 'yolov5' as the configuration says") == true)
    }

    @Test("open dimensions are refused until the input's size is fixed, or shapes are given")
    func openDimensions() throws {
        var graph = SampleGraphs.boundary([("output0", [1, 84, 8400], .float32)])
        graph.inputs[0].dimensions = [.symbolic("batch"), .fixed(3), .symbolic("height"), .symbolic("width")]
        graph.outputs[0].dimensions = [.symbolic("batch"), .fixed(84), .symbolic("anchors")]
        #expect(throws: PerceptionError.self) { try HeadRecognizer(graph).recognize() }
        let fixed = HeadRecognizer(graph, shapes: ["images": [1, 3, 640, 640], "output0": [1, 84, 8400]])
        #expect(try fixed.recognize().detection?.candidateCount == 8400)
    }

    @Test(
        "the tensors before decoding are found, however their scales are joined",
        arguments: SampleGraphs.Joining.allCases, [0, 32])
    func undecoded(joining: SampleGraphs.Joining, masks: Int) throws {
        let (graph, shapes) = SampleGraphs.yoloTail(masks: masks, joining: joining)
        let network = try HeadRecognizer(graph, shapes: shapes, hints: HeadHints(names: names(5))).recognize()
        let head = try #require(network.undecoded)
        #expect(head.layout == .distributions && head.binCount == 16 && head.classCount == 5)
        #expect(head.scales.map(\.stride) == [8, 16, 32])
        #expect(head.scales.map(\.boxes) == ["box0", "box1", "box2"])
        #expect(head.scales.map(\.classes) == ["class0", "class1", "class2"])
        if masks > 0 {
            #expect(head.scales.map(\.maskCoefficients) == ["mask0", "mask1", "mask2"])
            #expect(head.outputNames.last == "output1" && head.outputNames.count == 10)
        }
        _ = try DetectionDecoder(head)
    }

    @Test("a tail that decodes differently is not taken apart")
    func differentTail() throws {
        var (graph, shapes) = SampleGraphs.yoloTail(joining: .splitAfter)
        graph.initializers["dfl"] = Tensor((0..<16).map { Float($0) * 2 }, shape: [1, 16, 1, 1])
        #expect(try HeadRecognizer(graph, shapes: shapes).recognize().undecoded == nil)
        (graph, shapes) = SampleGraphs.yoloTail(joining: .splitAfter)
        shapes["class1"] = nil
        #expect(try HeadRecognizer(graph, shapes: shapes).recognize().undecoded == nil)
    }
}
