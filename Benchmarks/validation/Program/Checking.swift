import Contracts
import Documents
import XML

/// One message, read and checked many times.
struct Checking {
    let message: [UInt8]
    let format: Document.Format
    let validator: any MessageValidator

    private static let rounds = 21

    /// Prints medians in nanoseconds of processor time: of reading, of reading and checking, and of libxml2's reading
    /// and checking. The rounds of all are interleaved, so that what else the machine does touches each alike.
    func measure(_ path: String, reference: XMLSchemaValidator?) {
        let document = Document()
        let scratch = ValidationScratch()
        let repeats = max(1, 1_000_000 / max(1, message.count))
        var reading: [Double] = []
        var both: [Double] = []
        var peer: [Double] = []
        var isValid = true
        message.withUnsafeBytes { bytes in
            for _ in 0..<Checking.rounds {
                let start = Clock.now
                for _ in 0..<repeats { isValid = read(bytes, document) && isValid }
                let middle = Clock.now
                for _ in 0..<repeats { isValid = check(bytes, document, scratch) && isValid }
                let end = Clock.now
                reading.append((middle - start) / Double(repeats))
                both.append((end - middle) / Double(repeats))
                guard let reference else { continue }
                let fewer = max(1, repeats / 5)
                let before = Clock.now
                for _ in 0..<fewer { isValid = reference.validate(bytes).isEmpty && isValid }
                peer.append((Clock.now - before) / Double(fewer))
            }
        }
        print(
            "{\"message\":\"\(path)\",\"bytes\":\(message.count),\"valid\":\(isValid),"
                + "\"read\":\(Int(Clock.median(reading))),\"readAndCheck\":\(Int(Clock.median(both)))"
                + (peer.isEmpty ? "" : ",\"libxml2\":\(Int(Clock.median(peer)))") + "}")
    }

    /// Reads and checks the message so many times.
    func check(_ count: Int) {
        let document = Document()
        let scratch = ValidationScratch()
        var isValid = true
        message.withUnsafeBytes { bytes in
            for _ in 0..<count { isValid = check(bytes, document, scratch) && isValid }
        }
        if !isValid { Main.fail("the message is not valid") }
    }

    @inline(__always)
    private func check(
        _ bytes: UnsafeRawBufferPointer, _ document: Document, _ scratch: ValidationScratch
    ) -> Bool {
        read(bytes, document) && validator.validate(document, at: document.root, source: bytes, scratch)
    }

    @inline(__always)
    private func read(_ bytes: UnsafeRawBufferPointer, _ document: Document) -> Bool {
        do throws(DocumentError) {
            if format == .xml { try document.parseXML(bytes) } else { try document.parseJSON(bytes) }
            return true
        } catch {
            return false
        }
    }
}
