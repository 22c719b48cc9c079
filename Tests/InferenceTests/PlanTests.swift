import ONNX
import SightlineInference
import Testing
import Tensors

@Suite("Memory plan")
struct PlanTests {
    @Test("no two buffers that live at the same time overlap", arguments: 0..<40)
    func overlaps(seed: Int) {
        var random = Random(seed: UInt64(seed))
        let claims = (0..<random.integer(1...60)).map { index in
            let first = random.integer(0...50)
            return ArenaPlan.Claim(
                buffer: index, byteCount: random.integer(1...10000), first: first, last: first + random.integer(0...20))
        }
        let plan = ArenaPlan(claims)
        for (index, left) in claims.enumerated() {
            let start = plan.offsets[left.buffer] ?? -1
            #expect(start >= 0 && start % ArenaPlan.alignment == 0 && start + left.byteCount <= plan.byteCount)
            for right in claims[(index + 1)...] where left.meets(right) {
                let other = plan.offsets[right.buffer] ?? -1
                #expect(start + left.byteCount <= other || other + right.byteCount <= start)
            }
        }
        #expect(plan.byteCount <= claims.reduce(0) { $0 + ArenaPlan.aligned($1.byteCount) })
    }

    @Test("buffers that follow each other share memory")
    func sharing() {
        let claims = (0..<10).map { ArenaPlan.Claim(buffer: $0, byteCount: 6400, first: $0, last: $0 + 1) }
        #expect(ArenaPlan(claims).byteCount == 2 * 6400)
    }
}
