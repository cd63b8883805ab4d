import Workbench

/// A mock partner that answers from the examples of a workspace.
enum MockExamples {
    /// Options whose replies are those of the first example that expects what was sent.
    static func options(_ examples: [PartnerExample], port: Int, tls: MockTLS?) -> MockOptions {
        var options = MockOptions()
        options.port = port
        options.tls = tls
        let answering = examples.filter { $0.status != nil }
        options.respond = { received in
            let fitting = answering.filter { fits($0, received) }
            guard let example = fitting.first(where: { $0.accepts(received.body) }) ?? fitting.first else { return nil }
            var headers = example.replyHeaders.map { (name: $0.0, value: $0.1) }
            if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                headers.append((name: "Content-Type", value: example.replyType))
            }
            return MockReply(status: example.status ?? 200, headers: headers, body: example.reply)
        }
        return options
    }

    private static func fits(_ example: PartnerExample, _ received: MockReceived) -> Bool {
        if let element = example.partnerElement { return received.element == element }
        guard received.method == example.partnerMethod, let path = example.partnerPath else { return false }
        let wanted = path.split(separator: "/", omittingEmptySubsequences: false)
        let got = received.path.split(separator: "/", omittingEmptySubsequences: false)
        return wanted.count == got.count && zip(wanted, got).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
