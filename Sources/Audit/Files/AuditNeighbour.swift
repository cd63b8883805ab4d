import Glibc

/// The last record of another chain of the folder, as a file's first record names it. So the chains hold each other: a chain that
/// disappears, or is cut off before that record, is missed by its neighbour.
struct AuditNeighbour: Equatable {
    var chain: Int
    var file: String
    var link: AuditLink

    /// The chains beside `chain`, by the newest file of each that has a record. What is named is on the disk: a lost machine must not make
    /// it look as if somebody had removed it.
    static func find(beside chain: Int, in names: [AuditFileName], directory: String) -> [AuditNeighbour] {
        var found: [AuditNeighbour] = []
        for name in names.reversed() where name.chain != chain && found.last?.chain != name.chain {
            do throws(AuditError) {
                let file = try FileDescriptor(opening: "\(directory)/\(name.text)", O_RDONLY | O_NONBLOCK)
                guard try file.isRegular, let link = try AuditTail.read(file).link else { continue }
                try file.sync()
                found.append(AuditNeighbour(chain: name.chain, file: name.text, link: link))
            } catch {
                // Moved away meanwhile, or on a disk with trouble of its own: the other process will say so.
                continue
            }
        }
        return found.reversed()
    }
}
