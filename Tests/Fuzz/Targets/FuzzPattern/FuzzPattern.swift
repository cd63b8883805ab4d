import CFuzzer
import Glibc
import Patterns

/// The first byte chooses the dialect, the first line feed ends the pattern, and the rest is the text.
@main
enum FuzzPattern {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, run))
    }
}

private let run: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { data, count in
    let bytes = UnsafeBufferPointer(start: data, count: count)
    guard let first = bytes.first else { return 0 }
    let dialects: [Pattern.Dialect] = [.ecmaScript, .xmlSchema, .xpath]
    let end = bytes.firstIndex(of: 0x0A) ?? count
    let source = String(decoding: bytes[1..<max(1, end)], as: UTF8.self)
    let text = UnsafeBufferPointer(rebasing: bytes[min(end + 1, count)...])
    do throws(PatternError) {
        let pattern = try Pattern(source, dialect: dialects[Int(first) % 3])
        let matched = pattern.matches(text)
        precondition(pattern.matches(text) == matched)
    } catch {
        precondition(error.range.lowerBound >= 0 && error.range.upperBound <= source.utf8.count)
    }
    return 0
}
