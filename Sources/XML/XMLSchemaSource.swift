internal import CXML
internal import Synchronization

/// Gives libxml2 the schema documents it asks for, from memory, under a scheme of our own.
///
/// libxml2 has one list of input handlers for the whole process. Ours takes addresses of its scheme only; each set of
/// documents has a folder of its own, so that several may be compiled at once.
enum XMLSchemaSource {
    private static let scheme = "waybill-schema:/"

    private struct Shelf {
        var folders: [Int: [String: [UInt8]]] = [:]
        var next = 0
    }

    private static let shelf = Mutex(Shelf())

    /// Makes documents available; the number of their folder.
    static func publish(_ documents: [String: [UInt8]]) -> Int {
        _ = isRegistered
        return shelf.withLock { shelf in
            shelf.next += 1
            shelf.folders[shelf.next] = documents
            return shelf.next
        }
    }

    static func withdraw(_ folder: Int) {
        shelf.withLock { $0.folders[folder] = nil }
    }

    static func address(_ folder: Int, _ file: String) -> String { "\(scheme)\(folder)/\(file)" }

    /// The name of the document that an address stands for; empty for another address.
    static func document(of address: String) -> String {
        guard address.hasPrefix(scheme), let slash = address.lastIndex(of: "/") else { return "" }
        let file = address[address.index(after: slash)...]
        return file.hasSuffix(".xsd") ? String(file.dropLast(4)) : String(file)
    }

    private static func contents(_ address: String) -> [UInt8]? {
        let parts = address.dropFirst(scheme.count).split(separator: "/")
        guard parts.count == 2, let folder = Int(parts[0]) else { return nil }
        let name = document(of: address)
        return shelf.withLock { $0.folders[folder]?[name] }
    }

    /// A document that is being read.
    private final class Reader {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }
    }

    private static let isRegistered: Bool = {
        xmlInitParser()
        // Its built-in types are made on first use, which two threads must not do at once.
        xmlSchemaInitTypes()
        // No catalogue of the system says where else a document might be.
        xmlCatalogSetDefaults(XML_CATA_ALLOW_NONE)
        xmlRegisterDefaultInputCallbacks()
        let result = xmlRegisterInputCallbacks(
            { name in name.map { String(cString: $0).hasPrefix(XMLSchemaSource.scheme) } == true ? 1 : 0 },
            { name in
                guard let name, let bytes = XMLSchemaSource.contents(String(cString: name)) else { return nil }
                return Unmanaged.passRetained(Reader(bytes)).toOpaque()
            },
            { context, buffer, length in
                guard let context, let buffer, length > 0 else { return -1 }
                let reader = Unmanaged<Reader>.fromOpaque(context).takeUnretainedValue()
                let count = min(Int(length), reader.bytes.count - reader.position)
                reader.bytes.withUnsafeBytes { bytes in
                    guard let base = bytes.baseAddress, count > 0 else { return }
                    UnsafeMutableRawPointer(buffer).copyMemory(from: base + reader.position, byteCount: count)
                }
                reader.position += count
                return Int32(count)
            },
            { context in
                if let context { Unmanaged<Reader>.fromOpaque(context).release() }
                return 0
            })
        return result >= 0
    }()
}
