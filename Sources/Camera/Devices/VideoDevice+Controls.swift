import CV4L2
import Glibc

extension VideoDevice {
    private static var controlLimit: Int { 512 }

    /// All controls that are not disabled, in the driver's order.
    func controls() -> [ControlDescription] {
        var controls: [ControlDescription] = []
        var query = v4l2_queryctrl()
        let next = UInt32(V4L2_CTRL_FLAG_NEXT_CTRL)
        query.id = next
        for _ in 0..<Self.controlLimit {
            let last = query.id & ~next
            guard ask(sightline_vidioc_queryctrl, &query), query.id > last else { break }
            let isClass = query.type == V4L2_CTRL_TYPE_CTRL_CLASS.rawValue
            if !isClass, query.flags & UInt32(V4L2_CTRL_FLAG_DISABLED) == 0 { controls.append(describe(query)) }
            query.id |= next
        }
        return controls
    }

    private func describe(_ query: v4l2_queryctrl) -> ControlDescription {
        let kind = ControlDescription.Kind(type: query.type)
        var control = ControlDescription(
            id: query.id, name: ControlDescription.normalized(text(of: query.name)), kind: kind,
            minimum: Int(query.minimum), maximum: Int(query.maximum), step: max(Int(query.step), 1),
            standard: Int(query.default_value),
            isInactive: query.flags & UInt32(V4L2_CTRL_FLAG_INACTIVE) != 0,
            isReadOnly: query.flags & UInt32(V4L2_CTRL_FLAG_READ_ONLY) != 0)
        if kind == .bitmask { control.maximum = Int(UInt32(bitPattern: query.maximum)) }
        if kind == .menu || kind == .integerMenu { control.choices = choices(of: query, kind) }
        if kind != .other && kind != .button { control.value = value(of: query.id) }
        return control
    }

    private func choices(
        of query: v4l2_queryctrl, _ kind: ControlDescription.Kind
    ) -> [ControlDescription.Choice] {
        guard query.minimum <= query.maximum, query.maximum - query.minimum < Int32(Self.controlLimit) else {
            return []
        }
        return (query.minimum...query.maximum).compactMap { index in
            var item = sightline_menu_item()
            item.id = query.id
            item.index = UInt32(bitPattern: index)
            guard ask(sightline_vidioc_querymenu, &item) else { return nil }
            let name =
                kind == .menu
                ? text(of: item.name) : withUnsafeBytes(of: item.name) { "\($0.loadUnaligned(as: Int64.self))" }
            return .init(index: Int(index), name: name)
        }
    }

    /// The present value of a control; nil where it cannot be read.
    func value(of id: UInt32) -> Int? {
        var control = v4l2_control()
        control.id = id
        return ask(sightline_vidioc_g_ctrl, &control) ? Int(control.value) : nil
    }

    /// Sets a control: 0 or a negative error code.
    func set(_ id: UInt32, to value: Int) -> Int32 {
        var control = v4l2_control()
        control.id = id
        control.value = Int32(truncatingIfNeeded: value)
        return self.control(sightline_vidioc_s_ctrl, &control)
    }
}

extension ControlDescription.Kind {
    init(type: UInt32) {
        self =
            switch type {
            case V4L2_CTRL_TYPE_INTEGER.rawValue: .integer
            case V4L2_CTRL_TYPE_BOOLEAN.rawValue: .boolean
            case V4L2_CTRL_TYPE_MENU.rawValue: .menu
            case V4L2_CTRL_TYPE_INTEGER_MENU.rawValue: .integerMenu
            case V4L2_CTRL_TYPE_BITMASK.rawValue: .bitmask
            case V4L2_CTRL_TYPE_BUTTON.rawValue: .button
            default: .other
            }
    }
}
