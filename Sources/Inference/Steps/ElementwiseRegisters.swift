/// An expression's registers assigned to slots of scratch memory, reused as soon as nobody reads them any more.
struct ElementwiseRegisters {
    let instructions: [ElementwiseExpression.Instruction]
    /// The slot of each register: operands, then instructions' results.
    let slots: [Int]
    let slotCount: Int
    var registerCount: Int { slots.count }

    /// - Parameter pinned: operands whose slots are never reused, since they are loaded once for many areas.
    init(_ expression: ElementwiseExpression, pinned: Set<Int> = []) {
        instructions = expression.instructions
        // Operands are all loaded before the first instruction, so each keeps a slot of its own until its last use.
        var lastUse: [Int: Int] = [:]
        for (index, instruction) in instructions.enumerated() {
            for register in instruction.registers { lastUse[register] = index }
        }
        var slots = Array(expression.operands.indices)
        var free: [Int] = []
        var count = slots.count
        for (index, instruction) in instructions.enumerated() {
            // Runs may be overwritten by their own result, so slots read for the last time are free for it.
            for register in Set(instruction.registers)
            where lastUse[register] == index && !pinned.contains(register) {
                free.append(slots[register])
            }
            if let slot = free.popLast() {
                slots.append(slot)
            } else {
                slots.append(count)
                count += 1
            }
        }
        self.slots = slots
        slotCount = count
    }
}
