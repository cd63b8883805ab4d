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
        var info = stat()
        guard stat(root, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw Failure(description: "\(root) is not a folder")
        }
        var files = WorkspaceFiles()
        var folders = [root]
        var count = 0
        for folder in Self.folders {
            try walk(folder, depth: 0, &files, &folders, &count)
        }
        return (files, folders)
    }

    private func walk(
        _ relative: String, depth: Int, _ files: inout WorkspaceFiles, _ folders: inout [String], _ count: inout Int
    ) throws {
        guard depth < 16, let directory = opendir("\(root)/\(relative)") else { return }
        defer { closedir(directory) }
        folders.append("\(root)/\(relative)")
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // Editors' swap files, `..data` of a configuration map and the like are not part of a workspace.
            if name.hasPrefix(".") || name.hasSuffix("~") { continue }
            let path = "\(relative)/\(name)"
            var type = entry.pointee.d_type
            if type == UInt8(DT_LNK) || type == UInt8(DT_UNKNOWN) {
                var info = stat()
                guard stat("\(root)/\(path)", &info) == 0 else { continue }
                type = info.st_mode & S_IFMT == S_IFDIR ? UInt8(DT_DIR) : UInt8(DT_REG)
            }
            if type == UInt8(DT_DIR) {
                try walk(path, depth: depth + 1, &files, &folders, &count)
            } else if type == UInt8(DT_REG) {
                count += 1
                guard count <= Self.maximumFiles else {
                    throw Failure(description: "\(root) has more than \(Self.maximumFiles) files")
                }
                files[path] = try Self.read("\(root)/\(path)")
            }
        }
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
