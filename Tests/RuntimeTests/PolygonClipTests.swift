import Runtime
import TestSupport
import Testing

@Suite("Cutting polygons")
struct PolygonClipTests {
    private func area(_ polygon: [SIMD2<Double>]) -> Double {
        var sum = 0.0
        for index in polygon.indices {
            let (a, b) = (polygon[index], polygon[(index + 1) % polygon.count])
            sum += a.x * b.y - b.x * a.y
        }
        return abs(sum) / 2
    }

    @Test("what lies inside stays, what lies outside goes")
    func extremes() {
        let square: [SIMD2<Double>] = [SIMD2(1, 1), SIMD2(2, 1), SIMD2(2, 2), SIMD2(1, 2)]
        #expect(PolygonClip.inside(square, lower: SIMD2(0, 0), upper: SIMD2(3, 3)) == square)
        #expect(PolygonClip.inside(square, lower: SIMD2(5, 5), upper: SIMD2(6, 6)).isEmpty)
        #expect(PolygonClip.inside([], lower: SIMD2(0, 0), upper: SIMD2(1, 1)).isEmpty)
    }

    @Test("a road that runs out of the view keeps its width at the view's end")
    func road() {
        // Ten metres wide, a kilometre long.
        let road: [SIMD2<Double>] = [SIMD2(0, -5), SIMD2(1000, -5), SIMD2(1000, 5), SIMD2(0, 5)]
        let shown = PolygonClip.inside(road, lower: SIMD2(0, -14), upper: SIMD2(58, 14))
        #expect(abs(area(shown) - 580) < 1e-9)
        #expect(shown.allSatisfy { $0.x <= 58 && abs($0.y) == 5 })
    }

    @Test("the area of random triangles' parts is that of a fine grid of points")
    func areas() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<20 {
            let triangle = (0..<3).map { _ in
                SIMD2(Double.random(in: -1...2, using: &random), Double.random(in: -1...2, using: &random))
            }
            func side(_ p: SIMD2<Double>, _ index: Int) -> Double {
                let (a, b) = (triangle[index], triangle[(index + 1) % 3])
                return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)
            }
            var count = 0
            for row in 0..<200 {
                for column in 0..<200 {
                    let place = SIMD2((Double(column) + 0.5) / 200, (Double(row) + 0.5) / 200)
                    let sides = (0..<3).map { side(place, $0) }
                    if sides.allSatisfy({ $0 >= 0 }) || sides.allSatisfy({ $0 <= 0 }) { count += 1 }
                }
            }
            let part = PolygonClip.inside(triangle, lower: SIMD2(0, 0), upper: SIMD2(1, 1))
            #expect(abs(area(part) - Double(count) / 40000) < 0.01)
        }
    }
}
