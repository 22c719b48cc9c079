import Testing
import CKernels

/// One instruction set's kernels, found by name so that tests can be parameterised by it.
struct KernelTable: CustomTestStringConvertible {
    let name: String
    var functions: sightline_kernels { sightline_kernels_named(name)!.pointee }
    var testDescription: String { name }

    /// The names that the library lists.
    static let listed: [String] = {
        var names: [String] = []
        var next = sightline_kernels_available()!
        while let name = next.pointee {
            names.append(String(cString: name))
            next += 1
        }
        return names
    }()

    /// All that this machine runs, best first; last the second encoding of AVX-VNNI, where there is one.
    static let all: [KernelTable] = {
        var tables = listed.map(KernelTable.init(name:))
        if sightline_kernels_named("avxvnni-vex") != nil && sightline_kernels_named("avxvnni-evex") != nil {
            tables.append(KernelTable(name: "avxvnni-evex"))
        }
        return tables
    }()
}
