import Platform

/// Decides, frame by frame, what runs: the best plan that ends before the frame's deadline.
///
/// Networks are served one after the other in the order of their urgency: those whose result would grow too old first, then by
/// priority. Each is given the costliest variant that fits into what is left of the frame; failing that, a slice of a
/// run that is spread over frames; failing that, its last result is carried or nothing. What fits is judged from the
/// predicted cost of each variant. Decisions depend on nothing but what was recorded and the times that are handed in.
///
/// A frame that starts late is short of time itself, which changes its plan only; load that lasts changes the level (see
/// ``NetworkLevel``). Allocates nothing after it was made.
package struct BudgetPlanner: Sendable {
    /// One network as the planner sees it.
    package struct Network: Sendable {
        package let policy: NetworkPolicy
        /// Networks of different lanes run side by side; those of one lane one after the other.
        package let lane: Int
        package var costs: [CostEstimate]
        package var level: NetworkLevel
        /// Frames since it was due last.
        package var framesSinceDue: Int
        /// Capture time of the frame that its last result shows.
        package var resultCapture: MonotonicTime?
        /// Whether a run is spread over frames at the moment.
        package var isSlicing = false
    }

    package let options: BudgetOptions?
    package private(set) var networks: [Network]
    /// Indices of ``networks`` in the order in which they are served on this frame.
    package private(set) var order: [Int]
    /// The same by priority alone.
    private let priorityOrder: [Int]
    /// What a frame costs beside the networks: waiting for the loop, tracks, messages.
    private var overhead = CostEstimate()
    private var waiting = CostEstimate()

    private var deadline = MonotonicTime(nanoseconds: .max)
    private var capture = MonotonicTime(nanoseconds: 0)
    private var period: Int64 = 0
    private var isDue: [Bool]
    private var isOverdue: [Bool]
    /// What is left of the budget in a lane on a frame that starts as frames usually do.
    private var usualRoom: [Int64]

    /// - Parameter networks: policy, lane and number of variants of each network.
    package init(_ networks: [(policy: NetworkPolicy, lane: Int, variants: Int)], options: BudgetOptions?) {
        self.options = options
        self.networks = networks.map {
            Network(
                policy: $0.policy, lane: $0.lane, costs: Array(repeating: CostEstimate(), count: $0.variants),
                level: NetworkLevel(variants: $0.variants, patience: options?.patience ?? 1),
                framesSinceDue: $0.policy.rate.every)
        }
        priorityOrder = networks.indices.sorted {
            let (left, right) = (networks[$0].policy.priority, networks[$1].policy.priority)
            return left != right ? left > right : $0 < $1
        }
        order = priorityOrder
        isDue = Array(repeating: false, count: networks.count)
        isOverdue = isDue
        usualRoom = Array(repeating: 0, count: (networks.map(\.lane).max() ?? 0) + 1)
    }

    // MARK: - Planning

    /// When results of the present frame have to be out.
    package var frameDeadline: MonotonicTime { deadline }

    /// When networks have to be done, so that the rest of the frame's work can be.
    package var networkDeadline: MonotonicTime {
        guard let options else { return deadline }
        return deadline + -(overhead.prediction + options.reserved)
    }

    /// When a slice of a network has to end. A slice fills whatever time there is, so it must not make the next frame wait: that
    /// frame's more important networks need the time. One that is overdue may.
    package func sliceDeadline(_ index: Int) -> MonotonicTime {
        isOverdue[index] ? networkDeadline : min(networkDeadline, capture + period)
    }

    /// Begins a frame: which networks are due, and in which order they are served.
    ///
    /// - Parameter period: nanoseconds from frame to frame; a result that would be too old one frame later is overdue now.
    package mutating func beginFrame(capture: MonotonicTime, now: MonotonicTime, period: Int64) {
        self.capture = capture
        self.period = period
        deadline = options.map { capture + $0.budget } ?? MonotonicTime(nanoseconds: .max)
        waiting.record(max(now - capture, 0))
        for index in networks.indices {
            networks[index].framesSinceDue += 1
            isDue[index] =
                networks[index].framesSinceDue >= networks[index].policy.rate.every || networks[index].isSlicing
            isOverdue[index] = isTooOld(networks[index], period: period)
        }
        sortOrder()
        if let options { updateLevels(options) }
    }

    private func isTooOld(_ network: Network, period: Int64) -> Bool {
        // Under a budget a result that is carried must not run out, however little time is left for its network.
        let carried = network.policy.carriesResults && options != nil ? NetworkPolicy.carryLimit : nil
        guard let limit = network.policy.rate.maximumAge ?? carried else { return false }
        guard let last = network.resultCapture else { return true }
        return capture - last + period > limit
    }

    /// Insertion sort: the arrays are tiny, and sorting must not allocate.
    private mutating func sortOrder() {
        for end in 1..<max(order.count, 1) {
            var index = end
            while index > 0 && comesBefore(order[index], order[index - 1]) {
                order.swapAt(index, index - 1)
                index -= 1
            }
        }
    }

    private func comesBefore(_ left: Int, _ right: Int) -> Bool {
        if isOverdue[left] != isOverdue[right] { return isOverdue[left] }
        let (a, b) = (networks[left].policy.priority, networks[right].policy.priority)
        return a != b ? a > b : left < right
    }

    /// Decides for one network. Called in ``order``, when it is the network's turn.
    package mutating func choose(_ index: Int, now: MonotonicTime) -> NetworkChoice {
        guard isDue[index] || isOverdue[index] else {
            rest(index)
            return .rest
        }
        if !networks[index].isSlicing { networks[index].framesSinceDue = 0 }
        guard let options else { return .run(variant: 0) }
        let remaining = networkDeadline - now
        if networks[index].isSlicing { return slice(index, now, options) }
        var variant = networks[index].level.level
        while variant <= networks[index].level.last {
            if networks[index].costs[variant].prediction <= remaining { return .run(variant: variant) }
            variant += 1
        }
        if networks[index].policy.spreads { return slice(index, now, options) }
        // A run that publishes nothing is worth nothing: what never fits runs all the same, and its misses are counted.
        if isHopeless(index, options) { return .run(variant: networks[index].level.last) }
        rest(index)
        return .rest
    }

    /// Whether even the cheapest variant at its best does not fit a frame that is free for it alone.
    package func isHopeless(_ index: Int, _ options: BudgetOptions) -> Bool {
        guard let cheapest = networks[index].costs.last, !cheapest.isEmpty else { return false }
        return cheapest.minimum > options.budget - overhead.minimum - waiting.minimum
    }

    private mutating func slice(_ index: Int, _ now: MonotonicTime, _ options: BudgetOptions) -> NetworkChoice {
        guard sliceDeadline(index) - now >= options.minimumSlice else {
            rest(index)
            return .rest
        }
        return .slice
    }

    /// Lets the predictions of all variants fade; recording a run ends that for the variant that ran.
    private mutating func rest(_ index: Int) {
        for variant in networks[index].costs.indices { networks[index].costs[variant].rest() }
    }

    /// Steps the levels of the networks that are due by the room that a usual frame has. A network that comes first because its
    /// result grows too old is an exception, and leaves the others' levels alone.
    private mutating func updateLevels(_ options: BudgetOptions) {
        let room = options.budget - options.reserved - waiting.prediction - overhead.prediction
        for lane in usualRoom.indices { usualRoom[lane] = room }
        for index in priorityOrder where isDue[index] && !networks[index].isSlicing { updateLevel(index, options) }
    }

    /// Steps a network's level, and takes its cost from the room.
    private mutating func updateLevel(_ index: Int, _ options: BudgetOptions) {
        let lane = networks[index].lane
        let room = usualRoom[lane]
        let headroom = Int64(options.headroom * Double(options.budget))
        let last = networks[index].level.last
        var fitting = last
        var comfortable = last
        for variant in (0..<last).reversed() {
            let cost = networks[index].costs[variant].prediction
            if cost <= room { fitting = variant }
            if cost + headroom <= room { comfortable = variant }
        }
        networks[index].level.update(fitting: fitting, comfortable: comfortable)
        let cost = networks[index].costs[networks[index].level.level].prediction
        if cost <= room {
            usualRoom[lane] -= cost
        } else if networks[index].policy.spreads {
            usualRoom[lane] = min(room, 0)
        }
    }

    /// What the planner expects the choice to take, nanoseconds.
    package func prediction(_ index: Int, _ choice: NetworkChoice, now: MonotonicTime) -> Int64 {
        switch choice {
        case .run(let variant): networks[index].costs[variant].prediction
        case .slice: max(sliceDeadline(index) - now, 0)
        case .rest: 0
        }
    }

    // MARK: - Recording

    /// Takes in a complete run: preprocessing, inference and decoding.
    package mutating func finishedRun(_ index: Int, variant: Int, nanoseconds: Int64) {
        rest(index)
        networks[index].costs[variant].record(nanoseconds)
        networks[index].resultCapture = capture
    }

    /// Takes in a run that was stopped after `nanoseconds` because it would have come too late.
    package mutating func stoppedRun(_ index: Int, variant: Int, nanoseconds: Int64) {
        // How long it would have taken is not known: at least this, and at least what was predicted.
        let least = max(nanoseconds, networks[index].costs[variant].prediction)
        rest(index)
        networks[index].costs[variant].record(least)
    }

    /// Takes in a slice.
    ///
    /// - Parameter finished: total of all slices and capture time of the frame that the run began on, if it is complete.
    package mutating func slicedRun(_ index: Int, finished: (nanoseconds: Int64, capture: MonotonicTime)?) {
        networks[index].isSlicing = finished == nil
        guard let finished else { return }
        networks[index].costs[0].record(finished.nanoseconds)
        networks[index].resultCapture = finished.capture
    }

    /// Ends a frame: what it took beside networks and waiting, nanoseconds.
    package mutating func endFrame(overhead nanoseconds: Int64) {
        overhead.record(nanoseconds)
    }

    /// Enters a cost that was measured before the first frame.
    package mutating func seed(_ index: Int, variant: Int, nanoseconds: Int64) {
        networks[index].costs[variant].record(nanoseconds)
    }
}
