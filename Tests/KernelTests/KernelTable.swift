import Testing
import CKernels

/// One instruction set's kernels, found by name so that tests can be parameterised by it.
struct KernelTable: CustomTestStringConvertible {
    let name: String
    var functions: sightline_kernels { sightline_kernels_named(name)!.pointee }
    var testDescription: String { name }

    /// All that this machine runs, best first.
    static let all: [KernelTable] = {
        var tables: [KernelTable] = []
        var next = sightline_kernels_available()!
        while let name = next.pointee {
            tables.append(KernelTable(name: String(cString: name)))
            next += 1
        }
        return tables
    }()
}
