import Compiler
import CoreFoundation
import Foundation
import Glibc

/// Reads a workspace folder. Symbolic links are followed, so that a mounted configuration map works.
struct DiskWorkspace {
    /// The parts of a workspace that belong to the product; anything else in the folder is left alone.
    static let folders = ["routes", "mappings", "certs"]
    static let maximumFiles = 250_000
    static let maximumFileBytes = 16 << 20

    let root: String

    init(_ root: String) {
        self.root = root.hasSuffix("/") && root.count > 1 ? String(root.dropLast()) : root
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// All files, and the folders that they lie in, for watching.
    func load() throws -> (files: WorkspaceFiles, folders: [String]) {
        let snapshot = try WorkspaceSnapshot(self)
        return (snapshot.files, snapshot.folders)
    }

    /// A file's bytes; what grows beyond the limit while it is read is an error.
    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
        }
        guard info.st_size <= maximumFileBytes else {
            throw Failure(description: "\(path) is larger than \(maximumFileBytes >> 20) MiB")
        }
        var bytes = [UInt8](repeating: 0, count: Int(info.st_size) + 1)
        var filled = 0
        while filled < bytes.count {
            let n = bytes.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
            }
            if n < 0, errno == EINTR { continue }
            guard n >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
            if n == 0 { break }
            filled += n
            if filled == bytes.count {
                guard filled <= maximumFileBytes else {
                    throw Failure(description: "\(path) is larger than \(maximumFileBytes >> 20) MiB")
                }
                bytes += [UInt8](repeating: 0, count: filled)
            }
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }
}

/// Secrets of the machine: the process's environment, and files, of which one trailing line end is dropped.
struct MachineSecrets: SecretSource {
    let root: String

    func environment(_ name: String) -> [UInt8]? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : Array(text.utf8)
    }

    func file(_ path: String) -> [UInt8]? {
        let full = path.hasPrefix("/") ? path : "\(root)/\(path)"
        guard var bytes = try? DiskWorkspace.read(full), !bytes.isEmpty else { return nil }
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        return bytes.isEmpty ? nil : bytes
    }
}
