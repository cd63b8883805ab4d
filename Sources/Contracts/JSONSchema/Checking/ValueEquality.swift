internal import Documents
internal import Glibc

/// Equality of JSON values: numbers by value, however written, and members in any order.
enum ValueEquality {
    /// Equal for equal values.
    static func hash(_ node: Int, _ nodes: UnsafePointer<Document.Node>, _ bytes: UnsafePointer<UInt8>) -> UInt64 {
        let n = nodes + node
        let kind = UInt64(n.pointee.kind.rawValue) &+ 1
        switch n.pointee.kind {
        case .number:
            return mix(NumberScan(text(n.pointee, bytes)).hash ^ kind)
        case .string, .attribute, .element:
            return mix(bytesHash(text(n.pointee, bytes)) ^ 5)
        case .array:
            var result = kind
            var child = node &+ 1
            while child < Int(n.pointee.next) {
                result = mix(result &* 31 &+ hash(child, nodes, bytes))
                child = Int(nodes[child].next)
            }
            return result
        case .object:
            var result = kind
            var child = node &+ 1
            while child < Int(n.pointee.next) {
                let name = UnsafeBufferPointer(
                    start: bytes + Int(nodes[child].nameStart), count: Int(nodes[child].nameCount))
                result = result &+ mix(bytesHash(name) ^ (hash(child, nodes, bytes) &* 0x9E37_79B9_7F4A_7C15))
                child = Int(nodes[child].next)
            }
            return mix(result)
        case .null, .true, .false: return mix(kind)
        }
    }

    /// Whether two values are equal; false when there are no steps left.
    static func equal(
        _ left: Int, _ leftNodes: UnsafePointer<Document.Node>, _ leftBytes: UnsafePointer<UInt8>,
        _ right: Int, _ rightNodes: UnsafePointer<Document.Node>, _ rightBytes: UnsafePointer<UInt8>,
        _ steps: inout Int
    ) -> Bool {
        steps &-= 1
        let a = leftNodes[left]
        let b = rightNodes[right]
        guard steps >= 0, a.kind == b.kind, a.childCount == b.childCount else { return false }
        switch a.kind {
        case .null, .true, .false: return true
        case .number: return NumberScan(text(a, leftBytes)).equals(NumberScan(text(b, rightBytes)))
        case .string, .attribute, .element:
            return a.valueCount == b.valueCount
                && memcmp(leftBytes + Int(a.valueStart), rightBytes + Int(b.valueStart), Int(a.valueCount)) == 0
        case .array:
            var i = left &+ 1
            var j = right &+ 1
            while i < Int(a.next) {
                if !equal(i, leftNodes, leftBytes, j, rightNodes, rightBytes, &steps) { return false }
                i = Int(leftNodes[i].next)
                j = Int(rightNodes[j].next)
            }
            return true
        case .object:
            var i = left &+ 1
            // Objects that are equal are mostly written in the same order: the search goes on where it ended.
            var j = right &+ 1
            while i < Int(a.next) {
                var tried = 0
                while true {
                    if j >= Int(b.next) { j = right &+ 1 }
                    if tried == Int(b.childCount) { return false }
                    tried &+= 1
                    steps &-= 1
                    if leftNodes[i].nameCount == rightNodes[j].nameCount,
                        memcmp(
                            leftBytes + Int(leftNodes[i].nameStart), rightBytes + Int(rightNodes[j].nameStart),
                            Int(leftNodes[i].nameCount)) == 0
                    {
                        break
                    }
                    j = Int(rightNodes[j].next)
                }
                if !equal(i, leftNodes, leftBytes, j, rightNodes, rightBytes, &steps) { return false }
                i = Int(leftNodes[i].next)
                j = Int(rightNodes[j].next)
            }
            return true
        }
    }

    @inline(__always)
    private static func text(_ node: Document.Node, _ bytes: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(node.valueStart), count: Int(node.valueCount))
    }

    private static func bytesHash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var result: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { result = (result ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return result
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let first = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        return first ^ (first &>> 27)
    }
}

/// The hashes of a program's constants.
enum ConstantHashes {
    static func make(_ roots: [Int32], _ pool: ConstantPool) -> [UInt64] {
        pool.nodes.withUnsafeBufferPointer { nodes in
            pool.bytes.withUnsafeBufferPointer { bytes in
                guard let nodes = nodes.baseAddress, let bytes = bytes.baseAddress else { return [] }
                return roots.map { ValueEquality.hash(Int($0), nodes, bytes) }
            }
        }
    }
}
