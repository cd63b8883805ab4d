extension Array {
    /// The same elements in no more memory than they need: an array that has grown may hold twice as much.
    @inlinable public var compact: [Element] {
        (capacity &- count) &* MemoryLayout<Element>.stride < 16 ? self : withUnsafeBufferPointer { Array($0) }
    }
}
