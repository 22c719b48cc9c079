import CKernels
import Testing

@Suite("Choice of instruction set")
struct SelectionTests {
    @Test("portable kernels are always there, last in the list")
    func portableIsLast() {
        #expect(KernelTable.listed.last == "portable")
    }

    @Test("every listed name finds a complete table of that name", arguments: KernelTable.all)
    func listedTablesExist(table: KernelTable) throws {
        let found = try #require(sightline_kernels_named(table.name))
        #expect(table.name.hasPrefix(String(cString: found.pointee.name)))
        #expect(found.pointee.convolution != nil && found.pointee.depthwise != nil)
        #expect(found.pointee.maximum_pool != nil && found.pointee.add != nil && found.pointee.look_up != nil)
        #expect(found.pointee.quantize != nil && found.pointee.dequantize != nil && found.pointee.blend != nil)
    }

    @Test("an unknown name finds nothing", arguments: ["", "sse9", "PORTABLE", "avx"])
    func unknownNames(name: String) {
        #expect(sightline_kernels_named(name) == nil)
    }

    @Test("without an override, the best runnable table is chosen")
    func bestIsChosen() throws {
        let wanted = ProcessEnvironment.value("SIGHTLINE_ISA") ?? KernelTable.all[0].name
        let selected = try #require(sightline_kernels_selected())
        #expect(String(cString: selected.pointee.name) == wanted)
    }
}
