import CKernels

/// The kernels of one instruction set.
struct KernelTables {
    let name: String
    var int8: sightline_kernels
    let float: sightline_float_kernels

    /// - Parameter wanted: nil for the environment's choice, else the best.
    init(named wanted: String?) throws(EngineError) {
        let int8 = wanted.map { sightline_kernels_named($0) } ?? sightline_kernels_selected()
        guard let int8, let float = sightline_float_kernels_named(int8.pointee.name) else {
            throw .unavailableInstructionSet(
                name: wanted ?? "in SIGHTLINE_ISA", available: InstructionSets.available)
        }
        self.int8 = int8.pointee
        self.float = float.pointee
        name = String(cString: int8.pointee.name)
    }
}

/// Instruction sets that the engine has kernels for.
public enum InstructionSets {
    /// Names of those that this processor runs, best first.
    public static var available: [String] {
        var names: [String] = []
        var next = sightline_kernels_available()
        while let name = next?.pointee {
            names.append(String(cString: name))
            next = next?.successor()
        }
        return names
    }
}
