import Glibc

/// The one place where results of system calls become Swift errors.
public enum SystemCall {
    /// Calls `body` until it is not interrupted by a signal.
    ///
    /// - Returns: what the call returned, never negative.
    /// - Throws: ``PlatformError/systemCall(name:subject:code:)`` with the value of `errno`.
    @discardableResult
    public static func retrying<Result: SignedInteger>(
        _ name: StaticString, on subject: @autoclosure () -> String, _ body: () -> Result
    ) throws(PlatformError) -> Result {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR {
                throw .systemCall(name: "\(name)", subject: subject(), code: code)
            }
        }
    }

    /// The system's words for an error code.
    public static func message(for code: Int32) -> String {
        String(cString: strerror(code))
    }
}
