import CoreFoundation
import Foundation
import Glibc
import Synchronization

/// Says that something changed in a set of folders. inotify watches folders, not files, so an editor that writes a new file
/// and renames it, a checkout, and a swapped symbolic link are all seen; a slow poll of where the links lead catches what
/// inotify can't see (a network file system, a link above the watched folders).
///
/// It keeps what may have changed until somebody takes it.
final class FolderWatcher: Sendable {
    private let descriptor: Int32
    private let wake: Pipe
    private let root: String
    private let changed: @Sendable () -> Void
    private let watches = Mutex<[Int32: String]>([:])
    private let stopped = Mutex(false)
    private let touched = Mutex(WorkspaceTouch.files([]))

    private static let events = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB
    )

    /// nil when the machine has no inotify; the caller then polls.
    init?(root: String, changed: @escaping @Sendable () -> Void) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.root = root
        self.changed = changed
        wake = Pipe()
        let thread = Thread { [self] in run() }
        thread.name = "workspace-watch"
        thread.stackSize = 512 * 1024
        thread.start()
    }

    deinit { close(descriptor) }

    /// Replaces what is watched by these folders and the folder that holds the workspace.
    func watch(_ folders: [String]) {
        let parent = URL(fileURLWithPath: root).deletingLastPathComponent().path
        let wanted = Set(folders + [parent])
        watches.withLock { watches in
            let present = Set(watches.values)
            for (watch, path) in watches where !wanted.contains(path) {
                inotify_rm_watch(descriptor, watch)
                watches[watch] = nil
            }
            _ = present
            // Adding a watch again refreshes it: the name may lead to another folder now.
            for path in wanted {
                let watch = inotify_add_watch(descriptor, path, Self.events)
                if watch >= 0 { watches[watch] = path }
            }
        }
    }

    /// What may have changed since it was asked for the last time.
    func take() -> WorkspaceTouch {
        touched.withLock { touched in
            defer { touched = .files([]) }
            return touched
        }
    }

    func stop() {
        stopped.withLock { $0 = true }
        try? wake.fileHandleForWriting.write(contentsOf: Data([0]))
    }

    private func run() {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        var places = Self.places(root)
        while !stopped.withLock({ $0 }) {
            var descriptors = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&descriptors, 2, 1000)
            if ready > 0, descriptors[0].revents != 0 {
                let n = read(descriptor, &buffer, buffer.count)
                if n > 0, let touch = touch(buffer, n) { note(touch) }
            }
            let now = Self.places(root)
            if now != places {
                places = now
                note(.everything)
            }
        }
    }

    private func note(_ touch: WorkspaceTouch) {
        touched.withLock { $0.formUnion(touch) }
        changed()
    }

    /// What the events say; nil when they are about other things.
    private func touch(_ buffer: [UInt8], _ count: Int) -> WorkspaceTouch? {
        let parent = URL(fileURLWithPath: root).deletingLastPathComponent().path
        let own = URL(fileURLWithPath: root).lastPathComponent
        return buffer.withUnsafeBytes { raw in
            var touch: WorkspaceTouch?
            var offset = 0
            while offset + MemoryLayout<inotify_event>.size <= count {
                let event = raw.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let nameStart = offset + MemoryLayout<inotify_event>.size
                let nameBytes = raw[nameStart..<min(nameStart + Int(event.len), count)].prefix { $0 != 0 }
                let name = String(decoding: nameBytes, as: UTF8.self)
                let folder = watches.withLock { $0[event.wd] }
                if folder != parent || name == own || folder == root {
                    let new = self.touch(folder, name, event.mask)
                    touch?.formUnion(new)
                    touch = touch ?? new
                }
                offset = nameStart + Int(event.len)
            }
            return touch
        }
    }

    /// What one event is about: a file, as long as it is clear that it is one.
    private func touch(_ folder: String?, _ name: String, _ mask: UInt32) -> WorkspaceTouch {
        let isFolders = mask & UInt32(IN_ISDIR | IN_Q_OVERFLOW | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF) != 0
        guard !isFolders, !name.isEmpty, let folder, folder.hasPrefix(root + "/") else { return .everything }
        guard WorkspaceSnapshot.isPart(name) else {
            // A hidden link may be what others lead through, as in a mounted configuration map.
            var info = stat()
            let isLink = lstat("\(folder)/\(name)", &info) == 0 && info.st_mode & S_IFMT == S_IFLNK
            return isLink ? .everything : .files([])
        }
        return .files(["\(Substring(folder.utf8.dropFirst(root.utf8.count + 1)))/\(name)"])
    }

    /// Where the workspace and its folders really lie.
    private static func places(_ root: String) -> [String] {
        ([root] + DiskWorkspace.folders.map { "\(root)/\($0)" }).map { path in
            guard let real = realpath(path, nil) else { return "" }
            defer { free(real) }
            return String(cString: real)
        }
    }
}
