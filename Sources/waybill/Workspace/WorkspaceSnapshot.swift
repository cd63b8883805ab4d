import Compiler
import CoreFoundation
import Foundation
import Glibc

/// What may differ in a workspace from how it was read.
enum WorkspaceTouch: Sendable, Equatable {
    /// These files, by their paths relative to the workspace.
    case files(Set<String>)
    case everything

    mutating func formUnion(_ other: WorkspaceTouch) {
        guard case .files(let own) = self, case .files(let more) = other else {
            self = .everything
            return
        }
        self = .files(own.union(more))
    }
}

/// A workspace as it was read, which can be brought up to date without reading again what has not changed.
struct WorkspaceSnapshot: Sendable {
    private(set) var files = WorkspaceFiles()
    /// The folders that the files lie in, absolute.
    private(set) var folders: [String] = []
    private let disk: DiskWorkspace
    /// What the file system says of each file that was not being written when it was read.
    private var stamps: [String: UInt64] = [:]

    init(_ disk: DiskWorkspace) throws {
        self.disk = disk
        try scan()
    }

    /// - Returns: whether folders may have come or gone.
    mutating func update(_ touch: WorkspaceTouch) throws -> Bool {
        if case .files(let paths) = touch {
            var isKnown = true
            for path in paths where isKnown { isKnown = try update(path) }
            if isKnown { return false }
        }
        try scan()
        return true
    }

    /// Looks at one file. False when it is none: then only a look at everything helps.
    private mutating func update(_ path: String) throws -> Bool {
        var info = stat()
        guard stat("\(disk.root)/\(path)", &info) == 0 else {
            guard errno == ENOENT else { return false }
            // What was no file may have been a link to a folder.
            let wasFile = files[path] != nil
            files[path] = nil
            stamps[path] = nil
            return wasFile || !folders.contains("\(disk.root)/\(path)")
        }
        guard info.st_mode & S_IFMT == S_IFREG, files[path] != nil || files.contents.count < DiskWorkspace.maximumFiles
        else { return false }
        try read(path, info)
        return true
    }

    private mutating func read(_ path: String, _ info: stat) throws {
        var before = info
        let bytes = try DiskWorkspace.read("\(disk.root)/\(path)")
        // A file that was changed a moment ago may change again without its times telling.
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let isFresh = now.tv_sec - max(before.st_mtim.tv_sec, before.st_ctim.tv_sec) < 2
        stamps[path] = isFresh ? nil : Self.stamp(&before)
        // Equal bytes stay the same array, so that whoever compares them sees it at once.
        if files[path] != bytes { files[path] = bytes }
    }

    // MARK: Everything

    private mutating func scan() throws {
        var info = stat()
        guard stat(disk.root, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw DiskWorkspace.Failure(description: "\(disk.root) is not a folder")
        }
        var seen: Set<String> = []
        var folders = [disk.root]
        for folder in DiskWorkspace.folders { try walk(folder, depth: 0, &seen, &folders) }
        if seen.count < files.contents.count {
            for path in files.paths where !seen.contains(path) {
                files[path] = nil
                stamps[path] = nil
            }
        }
        self.folders = folders
    }

    private mutating func walk(
        _ relative: String, depth: Int, _ seen: inout Set<String>, _ folders: inout [String]
    ) throws {
        guard depth < 16, let directory = opendir("\(disk.root)/\(relative)") else { return }
        defer { closedir(directory) }
        folders.append("\(disk.root)/\(relative)")
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Self.isPart(name) else { continue }
            var info = stat()
            guard fstatat(dirfd(directory), name, &info, 0) == 0 else { continue }
            let path = "\(relative)/\(name)"
            switch info.st_mode & S_IFMT {
            case S_IFDIR: try walk(path, depth: depth + 1, &seen, &folders)
            case S_IFREG:
                seen.insert(path)
                guard seen.count <= DiskWorkspace.maximumFiles else {
                    throw DiskWorkspace.Failure(
                        description: "\(disk.root) has more than \(DiskWorkspace.maximumFiles) files")
                }
                if let known = stamps[path], known == Self.stamp(&info), files[path] != nil { continue }
                try read(path, info)
            default: break
            }
        }
    }

    /// Editors' swap files, `..data` of a configuration map and the like are not part of a workspace.
    static func isPart(_ name: String) -> Bool { !name.hasPrefix(".") && !name.hasSuffix("~") }

    /// Differs when the file is another one, or was written to.
    private static func stamp(_ info: inout stat) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(info.st_dev)
        hasher.combine(info.st_ino)
        hasher.combine(info.st_size)
        for time in [info.st_mtim, info.st_ctim] {
            hasher.combine(time.tv_sec)
            hasher.combine(time.tv_nsec)
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
