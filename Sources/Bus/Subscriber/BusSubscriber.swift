import CLinux
import Glibc
import Platform

/// Receives topics from the publishers of this machine. One thread uses it at a time.
///
/// It finds publishers in the runtime directory, also those that start later, connects to them again after they restart and
/// says so. For `async` code there is ``BusEvents``, for callbacks ``BusListener``.
public final class BusSubscriber {
    private let requests: [TopicRequest]
    private let options: BusSubscriberOptions
    private let directory: RuntimeDirectory
    private var watch: DirectoryWatch
    private let wakeCounter: BusEventCounter
    // One thread at a time is the rule; the compiler's own checks for overlapping access cost more than receiving does.
    @exclusivity(unchecked) private var links: [PublisherLink] = []
    @exclusivity(unchecked) private var past: [String: PublisherPast] = [:]
    @exclusivity(unchecked) private var mustScan = true
    /// One of ``past`` has a time to try again.
    @exclusivity(unchecked) private var awaitsRetry = false
    @exclusivity(unchecked) private var hasEndedLinks = false
    @exclusivity(unchecked) private var events = EventQueue()
    /// The link whose turn it is.
    @exclusivity(unchecked) private var turn = 0
    private let buffer: UnsafeMutableRawBufferPointer
    @exclusivity(unchecked) private var polled: [pollfd] = []

    /// Messages taken from one publisher in one go.
    private static let burst = 64

    /// - Throws: ``BusError/unsafeDirectory(_:detail:)``, ``BusError/invalidOption(_:detail:)``,
    ///   ``BusError/system(call:subject:code:)``. That no publisher is there is no error: it may come.
    public init(_ topics: [TopicRequest], options: BusSubscriberOptions = BusSubscriberOptions()) throws(BusError) {
        guard topics.count <= Wire.subscriptionLimit else {
            throw .invalidOption("topics", detail: "at most \(Wire.subscriptionLimit) are possible")
        }
        for topic in topics where QueuePolicy(code: topic.queue.code, depth: topic.queue.depth) == nil {
            throw .invalidOption(
                "queue", detail: "depth \(topic.queue.depth) is not between 1 and \(QueuePolicy.depthLimit)")
        }
        for publisher in options.publishers { try BusName.checkPublisher(publisher) }
        requests = topics
        self.options = options
        directory = try RuntimeDirectory(preparing: options.directory)
        wakeCounter = try BusEventCounter()
        watch = try DirectoryWatch(directory)
        buffer = .allocate(byteCount: Wire.publisherPacketLimit, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    /// Makes ``next(timeout:)`` return early, from any thread.
    public var waker: BusWaker { BusWaker(wakeCounter) }

    /// Publishers that are connected.
    public var publishers: [String] { links.filter { $0.answerDeadline == nil }.map(\.publisher) }

    /// Waits for what happens next.
    ///
    /// - Returns: nil after the timeout (never without one) or when the ``waker`` was used.
    public func next(timeout: Duration? = nil) throws(BusError) -> BusEvent? {
        try next(until: timeout.map { MonotonicTime.now.nanoseconds &+ $0.nanoseconds })
    }

    private func next(until deadline: Int64?) throws(BusError) -> BusEvent? {
        while true {
            if !events.isEmpty { return events.popFirst() }
            if mustScan || awaitsRetry { try scan() }
            if let message = receiveFromAll() { return .message(message) }
            if !events.isEmpty { return events.popFirst() }
            if try wait(until: deadline) { return nil }
            if let deadline, events.isEmpty, !hasWork, MonotonicTime.now.nanoseconds >= deadline { return nil }
        }
    }

    /// As ``next(timeout:)``, messages only.
    public func nextMessage(timeout: Duration? = nil) throws(BusError) -> BusMessage? {
        let deadline = timeout.map { MonotonicTime.now.nanoseconds &+ $0.nanoseconds }
        while let event = try next(until: deadline) {
            if case .message(let message) = event { return message }
        }
        return nil
    }

    // MARK: - Waiting

    private var hasWork: Bool { polled.contains { $0.revents != 0 } }

    /// Waits until something can be done; true when the waker was used.
    private func wait(until deadline: Int64?) throws(BusError) -> Bool {
        polled.removeAll(keepingCapacity: true)
        polled.append(pollfd(fd: wakeCounter.number, events: Int16(POLLIN), revents: 0))
        polled.append(pollfd(fd: watch.descriptor.number, events: Int16(POLLIN), revents: 0))
        var wake = deadline ?? .max
        for link in links {
            polled.append(pollfd(fd: link.socket.number, events: Int16(POLLIN), revents: 0))
            if let answerDeadline = link.answerDeadline { wake = min(wake, answerDeadline) }
        }
        if awaitsRetry {
            for publisher in past.values { wake = min(wake, publisher.retryTime ?? .max) }
        }
        let rest = wake == .max ? -1 : max(0, (wake - MonotonicTime.now.nanoseconds + 999_999) / 1_000_000)
        let count = poll(&polled, nfds_t(polled.count), Int32(clamping: rest))
        if count <= 0 { return false }
        if polled[1].revents != 0 { try noteChanges() }
        if polled[0].revents != 0 {
            wakeCounter.clear()
            return true
        }
        return false
    }

    private func noteChanges() throws(BusError) {
        switch watch.changes() {
        case .none: break
        case .entries: mustScan = true
        case .directoryGone:
            // Somebody removed the directory: publishers that start from now on create it again, so wait there.
            _ = try RuntimeDirectory(preparing: options.directory)
            watch = try DirectoryWatch(directory)
            mustScan = true
        }
    }

    // MARK: - Finding publishers

    private func scan() throws(BusError) {
        if awaitsRetry { noteRetries() }
        guard mustScan else { return }
        mustScan = false
        for name in directory.publishers() {
            guard options.publishers.isEmpty || options.publishers.contains(name) else { continue }
            if links.contains(where: { $0.publisher == name }) || past[name]?.retryTime != nil { continue }
            connect(to: name)
        }
    }

    private func noteRetries() {
        let now = MonotonicTime.now.nanoseconds
        for (name, publisher) in past where publisher.retryTime ?? .max <= now {
            past[name]?.retryTime = nil
            mustScan = true
        }
        awaitsRetry = past.values.contains { $0.retryTime != nil }
    }

    private func connect(to name: String) {
        var code: Int32 = 0
        let path = directory.socketPath(of: name)
        if let link = PublisherLink(
            publisher: name, path: path, name: options.name, requests: requests, code: &code)
        {
            links.append(link)
            return
        }
        // ECONNREFUSED: killed, and its socket still there; its next start replaces the socket, which the watch tells.
        // EAGAIN: too many are connecting at this moment.
        if code == EAGAIN || code == EMFILE || code == ENFILE {
            past[name, default: PublisherPast()].postpone()
            awaitsRetry = true
        }
    }

    // MARK: - Receiving

    /// Takes what is there. A message that nothing waits before is returned at once, everything else goes to ``events``.
    private func receiveFromAll() -> BusMessage? {
        let count = links.count
        var message: BusMessage?
        for step in 0..<count {
            let position = (turn + step) % count
            let link = links[position]
            message = receive(from: link)
            if let deadline = link.answerDeadline, deadline <= MonotonicTime.now.nanoseconds { end(link, .silent) }
            guard message == nil else {
                turn = position + 1
                break
            }
        }
        if hasEndedLinks {
            hasEndedLinks = false
            links.removeAll { $0.isEnded }
        }
        return message
    }

    /// Takes what is there; a message that may be given out at once is returned. A topic of which only the newest message is
    /// wanted gives only that: kernel queues hold a few older ones.
    private func receive(from link: PublisherLink) -> BusMessage? {
        for _ in 0..<Self.burst {
            switch link.receive(buffer) {
            case .nothing: return nil
            case .accepted(let info): accepted(link, info)
            case .topicAdded(let topic): events.append(.topicAdded(publisher: link.publisher, topic))
            case .message(let message):
                if !link.conflates && !link.isResumed && events.isEmpty { return message }
                take(message, from: link)
                if !link.conflates { return nil }
            case .schemas, .ignored: break
            case .ended(let reason):
                end(link, reason)
                return nil
            }
        }
        return nil
    }

    private func take(_ message: BusMessage, from link: PublisherLink) {
        guard link.isResumed || link.conflates else { return events.append(.message(message)) }
        var message = message
        if link.isResumed {
            guard past[link.publisher]?.bridge(&message) ?? true else { return }
            link.isResumed = past[link.publisher]?.remembersSequences ?? false
        }
        if link.isLatest(message.topic) {
            events.appendLatest(message)
        } else {
            events.append(.message(message))
        }
    }

    private func accepted(_ link: PublisherLink, _ info: PublisherInfo) {
        let isRestart = past[link.publisher, default: PublisherPast()].accepted(info)
        link.isResumed = past[link.publisher]?.remembersSequences ?? false
        events.append(.connected(info, isRestart: isRestart))
    }

    private func end(_ link: PublisherLink, _ reason: DisconnectReason) {
        guard !link.isEnded else { return }
        link.isEnded = true
        hasEndedLinks = true
        awaitsRetry = true
        past[link.publisher, default: PublisherPast()].ended(link)
        events.append(.disconnected(publisher: link.publisher, reason))
    }
}
