import Testing

/// A whole gateway on the shipped workspace, with mock partners, over real sockets. One test at a time: each of them runs
/// a gateway, and timing is part of what is tested.
@Suite(.serialized) enum EndToEnd {}
