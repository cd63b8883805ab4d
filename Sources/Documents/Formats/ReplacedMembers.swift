/// Drops the members of JSON objects that a later one of the same name replaces.
enum ReplacedMembers {
    /// Takes time proportional to the document.
    static func remove(from store: inout DocumentStore) {
        let count = store.count
        var isDropped = [Bool](repeating: false, count: count)
        var object = 0
        while object < count {
            // What lies in a dropped member goes with it.
            if isDropped[object] {
                let end = Int(store.nodes[object].next)
                for node in object..<end { isDropped[node] = true }
                object = end
                continue
            }
            if store.nodes[object].kind == .object { mark(object, in: store, &isDropped) }
            object += 1
        }
        close(&store, isDropped)
    }

    private static func mark(_ object: Int, in store: DocumentStore, _ isDropped: inout [Bool]) {
        var latest: [ArraySlice<UInt8>: Int] = [:]
        var left: UInt32 = 0
        var member = object + 1
        while member < Int(store.nodes[object].next) {
            let node = store.nodes[member]
            let name = UnsafeBufferPointer(start: store.bytes + Int(node.nameStart), count: Int(node.nameCount))
            if let earlier = latest.updateValue(member, forKey: Array(name)[...]) {
                isDropped[earlier] = true
            } else {
                left += 1
            }
            member = Int(node.next)
        }
        store.nodes[object].childCount = left
    }

    /// Moves the nodes that are left together.
    private static func close(_ store: inout DocumentStore, _ isDropped: [Bool]) {
        var places = [UInt32](repeating: 0, count: isDropped.count + 1)
        var place: UInt32 = 0
        for node in isDropped.indices {
            places[node] = place
            if !isDropped[node] { place += 1 }
        }
        places[isDropped.count] = place
        for node in isDropped.indices where !isDropped[node] {
            var kept = store.nodes[node]
            kept.next = places[Int(kept.next)]
            store.nodes[Int(places[node])] = kept
        }
        store.count = Int(place)
    }
}
