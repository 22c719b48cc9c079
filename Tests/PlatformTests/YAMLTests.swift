import Platform
import TestSupport
import Testing

@Suite("YAML")
struct YAMLTests {
    private func parse(_ text: String) throws -> YAMLNode { try YAMLNode(parsing: text, file: "test.yaml") }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("scalars, lists and mappings are read with their types")
    func types() throws {
        let node = try parse("name: front\nrate: 30\nscale: 0.5\nenabled: yes\nsizes: [1, 2]\nnothing: ~\n")
        #expect(try node.required("name").string() == "front")
        #expect(try node.required("rate").integer() == 30)
        #expect(try node.required("scale").number() == 0.5)
        #expect(try node.required("enabled").boolean())
        #expect(try node.required("sizes").sequence().map { try $0.integer() } == [1, 2])
        #expect(try node.value("nothing") == nil)
    }

    @Test("a quoted number is text, not a number")
    func quotedNumber() throws {
        let node = try parse("rate: '30'\n")
        #expect(
            message { _ = try node.required("rate").integer() } == "test.yaml:1:7: expected an integer, found \"30\"")
    }

    @Test("errors give file, line and column")
    func location() throws {
        let node = try parse("camera:\n  rate: fast\n")
        #expect(
            message { _ = try node.required("camera").required("rate").number() }
                == "test.yaml:2:9: expected a number, found \"fast\"")
        #expect(message { _ = try node.required("budget") } == "test.yaml:1:1: \"budget\" is missing")
    }

    @Test("a misspelt key is refused with the keys that are known")
    func unknownKey() throws {
        let node = try parse("buget: 33ms\n")
        #expect(
            message { try node.allowOnly(["budget", "camera"]) }
                == "test.yaml:1:8: unknown key \"buget\"; known here: budget, camera")
    }

    @Test("a key that stands twice is refused")
    func duplicateKey() {
        #expect(message { _ = try parse("a: 1\na: 2\n") } == "test.yaml:2:1: the key \"a\" is there twice")
    }

    @Test(
        "broken syntax, two documents and an empty file are refused",
        arguments: ["a: [1, 2", "--- 1\n--- 2\n", "", "a: b: c"])
    func malformed(text: String) {
        #expect(message { _ = try parse(text) }.hasPrefix("test.yaml:"))
    }

    @Test("aliases repeat a value, but cannot multiply without bound")
    func aliases() throws {
        #expect(try parse("a: &x [1]\nb: *x\n").required("b").sequence().count == 1)
        var bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
        for level in 1...9 {
            let references = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
            bomb += "a\(level): &a\(level) [\(references)]\n"
        }
        #expect(message { _ = try parse(bomb) }.contains("more than 1000000 values"))
    }

    @Test("nesting without end is refused")
    func nesting() {
        #expect(message { _ = try parse(String(repeating: "[", count: 5000)) }.contains("nested deeper"))
    }

    @Test("truncated and bit-flipped files give an error or a value, never a crash")
    func fuzz() {
        let text = Array(
            "camera: {rate: 30, size: [1280, 720]}\nnetworks:\n  - &n {file: \"a.onnx\", every: 2}\n  - *n\n".utf8)
        var generator = SeededGenerator(seed: 7)
        for index in 0..<600 {
            var bytes = Array(text.prefix(index % 2 == 0 ? text.count : Int(generator.next() % UInt64(text.count))))
            if !bytes.isEmpty {
                bytes[Int(generator.next() % UInt64(bytes.count))] ^= UInt8(1 << (generator.next() % 8))
            }
            _ = try? YAMLNode(parsing: String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml")
        }
    }
}
