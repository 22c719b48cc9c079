import Testing

@Suite("Conformance with ONNX's node tests")
struct ConformanceTests {
    @Test("the list names 431 different tests, and every exception is one of them and has a reason")
    func lists() {
        #expect(Set(ConformanceSuite.names).count == 431)
        #expect(ConformanceSuite.names.count == 431)
        for (name, reason) in ConformanceSuite.specializationExceptions {
            #expect(ConformanceSuite.names.contains(name), "\(name) is not in the list")
            #expect(!reason.isEmpty, "\(name) has no reason")
        }
        // The lists may shrink, but not grow.
        #expect(ConformanceSuite.exceptions.count <= 2)
        #expect(ConformanceSuite.specializationExceptions.count <= 12)
    }

    @Test(
        "imported models give the expected outputs, but for those listed with a reason",
        .enabled(if: ConformanceSuite.folder != nil, "\(ConformanceSuite.absence)"))
    func imported() throws {
        try check(exceptions: ConformanceSuite.exceptions) { try $0.runImported() }
    }

    @Test(
        "so do further ones, of other operators, versions and modes",
        .enabled(if: ConformanceSuite.folder != nil, "\(ConformanceSuite.absence)"))
    func further() throws {
        #expect(!ConformanceSuite.furtherNames.isEmpty)
        try check(ConformanceSuite.furtherNames, exceptions: [:]) { try $0.runImported() }
    }

    @Test(
        "so do those of the list once their shapes are fixed and their constants folded",
        .enabled(if: ConformanceSuite.folder != nil, "\(ConformanceSuite.absence)"))
    func specialized() throws {
        try check(exceptions: ConformanceSuite.specializationExceptions) { example in
            // Shapes, axes and the like are constants in networks; the first input is data, but for this operator.
            let isShape = example.graph.nodes.first?.operatorType == "ConstantOfShape"
            let names = example.graph.inputs.dropFirst(isShape ? 0 : 1).map(\.name)
            try example.runSpecialized(constants: Set(names))
        }
    }

    /// Runs every test of the list; unlisted failures and listed successes are issues.
    private func check(
        _ names: [String] = ConformanceSuite.names, exceptions: [String: String],
        _ run: (ConformanceCase) throws -> Void
    ) throws {
        let folder = try #require(ConformanceSuite.folder)
        for name in names {
            let isException = exceptions[name] != nil
            do {
                try run(try ConformanceCase(folder: folder + "/" + name))
                if isException { Issue.record("\(name) passes; take it off the list of exceptions") }
            } catch {
                if !isException { Issue.record("\(name): \(error)") }
            }
        }
    }
}
