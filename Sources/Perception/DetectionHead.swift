/// All that decoding boxes needs to know of a network's outputs.
public struct DetectionHead: Sendable, Hashable {
    /// How numbers lie in the outputs.
    public enum Layout: Sendable, Hashable {
        /// (1, 4+classes+coefficients, anchors): centre x, centre y, width, height in network pixels, class scores after
        /// sigmoid. A channel's anchors lie side by side.
        case channelMajor

        /// (1, anchors, 5+classes): centre x, centre y, width, height in network pixels, objectness, class scores, all
        /// after sigmoid. An anchor's channels lie side by side.
        case anchorMajor

        /// As ``anchorMajor``, but the first four are offsets on the grid: `(x + column) * stride`, `exp(w) * stride`.
        /// Anchors follow the grids row by row, finest stride first.
        case grid

        /// (1, rows, 6+coefficients): x1, y1, x2, y2 in network pixels, score, class. Suppression has been done.
        case endToEnd

        /// For each scale the logits before any decoding: box distributions (1, 4 x bins, h, w), classes
        /// (1, classes, h, w) and mask coefficients (1, coefficients, h, w). Distances are the expectations of the
        /// distributions, as in Generalized Focal Loss (Li et al., 2020).
        case distributions
    }

    /// One scale of the network, with the names of its undecoded tensors where those are known.
    public struct Scale: Sendable, Hashable {
        /// Network pixels from one grid cell to the next.
        public var stride: Int
        public var gridWidth: Int
        public var gridHeight: Int

        /// The tensor of box distribution logits, (1, 4 x bins, gridHeight, gridWidth).
        public var boxes: String

        /// The tensor of class logits, (1, classes, gridHeight, gridWidth).
        public var classes: String

        /// The tensor of mask coefficients, (1, coefficients, gridHeight, gridWidth).
        public var maskCoefficients: String?

        public init(
            stride: Int, gridWidth: Int, gridHeight: Int, boxes: String = "", classes: String = "",
            maskCoefficients: String? = nil
        ) {
            self.stride = stride
            self.gridWidth = gridWidth
            self.gridHeight = gridHeight
            self.boxes = boxes
            self.classes = classes
            self.maskCoefficients = maskCoefficients
        }

        public var cellCount: Int { gridWidth * gridHeight }
    }

    /// The prototype masks that instance masks are mixed from.
    public struct Prototypes: Sendable, Hashable {
        /// The output, (1, count, height, width).
        public var output: String
        public var count: Int
        public var width: Int
        public var height: Int

        public init(output: String, count: Int, width: Int, height: Int) {
            self.output = output
            self.count = count
            self.width = width
            self.height = height
        }
    }

    public var layout: Layout

    /// The output with boxes and scores; not used by ``Layout/distributions``.
    public var output: String
    public var classCount: Int

    /// Anchors, or rows where suppression has been done.
    public var candidateCount: Int
    public var inputWidth: Int
    public var inputHeight: Int

    /// The grids, finest stride first; empty where decoding needs none.
    public var scales: [Scale]

    /// Bins of each edge's distance distribution; 0 where the layout has none.
    public var binCount: Int

    /// For networks with instance masks.
    public var prototypes: Prototypes?

    public init(
        layout: Layout, output: String, classCount: Int, candidateCount: Int, inputWidth: Int, inputHeight: Int,
        scales: [Scale] = [], binCount: Int = 0, prototypes: Prototypes? = nil
    ) {
        self.layout = layout
        self.output = output
        self.classCount = classCount
        self.candidateCount = candidateCount
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
        self.scales = scales
        self.binCount = binCount
        self.prototypes = prototypes
    }

    /// Mask coefficients of each candidate.
    public var maskCoefficientCount: Int { prototypes?.count ?? 0 }

    /// The values that decoding reads, in the order in which ``DetectionDecoder`` takes them: the output, or for
    /// ``Layout/distributions`` each scale's boxes, classes and mask coefficients; the prototypes come last.
    public var outputNames: [String] {
        var names: [String] = []
        if layout == .distributions {
            for scale in scales {
                names += [scale.boxes, scale.classes]
                if let coefficients = scale.maskCoefficients { names.append(coefficients) }
            }
        } else {
            names.append(output)
        }
        if let prototypes { names.append(prototypes.output) }
        return names
    }
}
