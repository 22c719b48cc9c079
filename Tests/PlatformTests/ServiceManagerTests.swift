import Foundation
import Glibc
import Testing

import Platform

@Suite("Service manager")
struct ServiceManagerTests {
    /// The manager's end: a datagram socket at a path.
    private final class Manager {
        let path = NSTemporaryDirectory() + "/notify-\(UUID().uuidString.prefix(8))"
        private let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)

        init() throws {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let result = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(result == 0)
        }

        deinit {
            close(socket)
            unlink(path)
        }

        func receive() -> String {
            var buffer = [UInt8](repeating: 0, count: 1024)
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
        }
    }

    @Test("readiness, status, signs of life and the end are sent as systemd reads them")
    func messages() throws {
        let manager = try Manager()
        let services = ServiceManager { ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "4000000"][$0] }
        #expect(services.isPresent)
        #expect(services.watchdogInterval == 4_000_000_000)
        services.ready(status: "first\nframe")
        #expect(manager.receive() == "READY=1\nSTATUS=first frame")
        services.status("12 frames")
        #expect(manager.receive() == "STATUS=12 frames")
        services.alive()
        #expect(manager.receive() == "WATCHDOG=1")
        services.stopping()
        #expect(manager.receive() == "STOPPING=1")
    }

    @Test("without a manager, or with one that is gone, nothing happens")
    func absent() {
        let nobody = ServiceManager { _ in nil }
        #expect(!nobody.isPresent && nobody.watchdogInterval == nil)
        nobody.alive()
        ServiceManager { ["NOTIFY_SOCKET": "/nowhere/at/all"][$0] }.alive()
    }

    @Test("a watchdog that is meant for another process is left alone")
    func otherProcess() {
        let services = ServiceManager { ["WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"][$0] }
        #expect(services.watchdogInterval == nil)
    }
}
