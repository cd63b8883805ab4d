import Diagnostics
import Foundation
import Testing
import YAML

@Suite struct RobustnessTests {
    /// Every file of the fixtures with each of its bytes replaced: nothing may crash, and every place must be inside.
    @Test(arguments: Fixtures.names.filter { !$0.hasPrefix("WB1016") })
    func `changed bytes do no harm`(_ name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Fixtures.folder.appending(path: name + "/input.yaml")))
        for position in bytes.indices.prefix(120) {
            for byte in "\n\t :-#,[]{}\"'\\&@?>".utf8 + [0x00, 0xC3] {
                var changed = bytes
                changed[position] = byte
                let reading = Reading(changed)
                for diagnostic in reading.diagnostics {
                    for label in [diagnostic.primary].compactMap(\.self) + diagnostic.secondary {
                        #expect(label.span.end <= changed.count, "\(String(decoding: changed, as: UTF8.self))")
                    }
                    for fixIt in diagnostic.fixIts { #expect(fixIt.apply(to: changed, file: reading.file) != nil) }
                    #expect(diagnostic.help != nil && diagnostic.primary?.text.isEmpty == false)
                }
            }
        }
    }
}
