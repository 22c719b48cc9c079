import Glibc
import SightlineBus
import Testing

@Suite("runtime directory")
struct EndpointTests {
    private let bus = BusFixture()

    @Test("a directory that others can write to is refused")
    func openDirectory() throws {
        chmod(bus.directory, 0o777)
        #expect(throws: BusError.unsafeDirectory(bus.directory, detail: "others may write to it (mode 777)")) {
            try bus.publisher()
        }
        #expect(throws: BusError.self) { try bus.subscriber(["a"]) }
        #expect(throws: BusError.self) { try BusDirectory.list(directory: bus.directory) }
    }

    @Test("a link or a file in the directory's place is refused")
    func links() throws {
        let link = bus.directory + "/link"
        #expect(symlink(bus.directory, link) == 0)
        #expect(throws: BusError.unsafeDirectory(link, detail: "is not a directory")) {
            try BusPublisher(name: "a", options: BusPublisherOptions(directory: link))
        }
    }

    @Test("a directory of another user is refused", .enabled(if: geteuid() == 0, "needs root"))
    func foreignDirectory() throws {
        #expect(chown(bus.directory, 4711, 4711) == 0)
        #expect(throws: BusError.unsafeDirectory(bus.directory, detail: "belongs to user 4711")) {
            try bus.publisher()
        }
        #expect(chown(bus.directory, 0, 0) == 0)
    }

    @Test("the directory and the socket are private")
    func modes() throws {
        let directory = bus.directory + "/new"
        defer { rmdir(directory) }
        let publisher = try BusPublisher(name: "a", options: BusPublisherOptions(directory: directory))
        var status = stat()
        #expect(stat(directory, &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(stat(directory + "/a.sock", &status) == 0 && status.st_mode & 0o777 == 0o600)
        publisher.close()
    }

    @Test("a path that no socket can have is refused with the limit")
    func longPath() throws {
        let directory = bus.directory + "/" + String(repeating: "x", count: 90)
        defer { rmdir(directory) }
        #expect(throws: BusError.pathTooLong(directory + "/name.sock", limit: 107)) {
            try BusPublisher(name: "name", options: BusPublisherOptions(directory: directory))
        }
    }

    @Test("a subscriber survives the removal of the directory")
    func removedDirectory() throws {
        let directory = bus.directory + "/gone"
        let subscriber = try BusSubscriber(["a"], options: BusSubscriberOptions(directory: directory))
        rmdir(directory)
        #expect(try subscriber.next(timeout: .milliseconds(20)) == nil)
        let publisher = try BusPublisher(name: "p", options: BusPublisherOptions(directory: directory))
        try publisher.topic("a", retained: true).publish(text: "x")
        #expect(try subscriber.required()?.text == "x")
        publisher.close()
        rmdir(directory)
    }
}
