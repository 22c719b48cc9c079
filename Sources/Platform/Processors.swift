import CLinux

/// The processors that this process may run on.
public enum Processors {
    public static var count: Int { Int(sightline_processor_count()) }

    /// Their numbers, ascending.
    public static var numbers: [Int] { (0..<count).map { Int(sightline_processor_at(Int32($0))) }.filter { $0 >= 0 } }
}
