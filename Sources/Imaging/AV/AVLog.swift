import CAV
import Synchronization

/// Keeps FFmpeg's libraries from writing to standard error, and its last complaint for our own errors.
package enum AVLog {
    private static let lastLine = Mutex<String>("")

    /// Done once, before anything else of the libraries is used.
    package static let isInstalled: Bool = {
        av_log_set_callback { context, level, format, arguments in
            guard level <= AV_LOG_ERROR, let format, let arguments else { return }
            AVLog.keep(context, level, format, arguments)
        }
        // A single allocation never needs more than one picture of the largest side; damaged headers ask for more.
        av_max_alloc(1 << 30)
        return true
    }()

    private static func keep(
        _ context: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>, _ arguments: CVaListPointer
    ) {
        let line = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer -> String in
            guard let base = buffer.baseAddress else { return "" }
            var printPrefix: Int32 = 0
            av_log_format_line2(context, level, format, arguments, base, Int32(buffer.count), &printPrefix)
            return String(cString: base)
        }
        let text = line.split(separator: "\n").first.map(String.init) ?? ""
        guard !text.isEmpty else { return }
        lastLine.withLock { $0 = text }
    }

    /// Forgets what was said so far.
    package static func clear() {
        _ = isInstalled
        lastLine.withLock { $0 = "" }
    }

    /// An error code's text, with the libraries' last complaint if there was one.
    package static func detail(_ code: Int32) -> String {
        let line = lastLine.withLock { $0 }
        let message = AVConstants.message(code)
        return line.isEmpty ? message : "\(message) (\(line.trimmingPrefix(while: \.isWhitespace)))"
    }
}
