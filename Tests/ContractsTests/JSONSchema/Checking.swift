import Contracts
import Diagnostics
import Documents
import Glibc
import Testing

/// A schema in memory and what it says of messages.
struct CheckedSchema {
    let reading: Reading
    let scratch = ValidationScratch()

    init(
        _ schema: String, files: [String: String] = [:], fragment: String? = nil,
        options: JSONSchemaOptions = JSONSchemaOptions()
    ) {
        reading = read(path: "s.schema.json", fragment: fragment, options: options) { path in
            path == "s.schema.json" ? Array(schema.utf8) : files[path].map { Array($0.utf8) }
        }
    }

    var codes: [String] { reading.codes }

    /// Whether the message is valid; nil when the schema made no validator or the message is not JSON.
    func accepts(_ message: String) -> Bool? {
        guard let validator = reading.document?.validator else { return nil }
        let document = Document()
        return Array(message.utf8).withUnsafeBytes { bytes in
            guard (try? document.parseJSON(bytes)) != nil else { return nil }
            return validator.validate(document, at: document.root, source: bytes, scratch)
        }
    }

    /// The violations as `keyword: sentence`.
    func sentences(_ message: String) -> [String] {
        _ = accepts(message)
        return scratch.violations.map { "\($0.keyword): \($0.message)" }
    }
}

/// The generator of random tests: its seed is printed, and taken from `WAYBILL_SEED` when that is set.
struct TestGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ test: String) {
        let given = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) }
        state = given ?? UInt64.random(in: .min ... .max)
        print("\(test): seed \(state)")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
