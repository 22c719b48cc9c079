import Quantization
import Testing

extension StreamingHistogram {
    /// Adds values that must be accepted.
    mutating func take(_ values: [Float]) {
        let accepted = add(values)
        #expect(accepted)
    }

    /// Whether the values are refused; the histogram stays as it is.
    func refuses(_ values: [Float]) -> Bool {
        var copy = self
        return !copy.add(values) && copy.total == total && copy.maximum == maximum
    }
}
