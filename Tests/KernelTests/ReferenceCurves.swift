import Glibc

enum ReferenceCurves {
    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
