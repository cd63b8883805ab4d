import Glibc

/// How a test waits: for what it needs, and never for a time in which it should have come. A machine may be slow, or not let the
/// whole process run for seconds, at any point; so the limits are generous, and only a test that fails ever meets them.
///
/// They count rounds and not a clock: a process that stood still has not waited.
private enum Patience {
    static let round: UInt32 = 10
    /// A minute of rounds.
    static let rounds = 6000
}

/// Waits until something is so.
/// - Returns: false when it has not become so in about a minute.
public func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<Patience.rounds {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(Patience.round))
    }
    return try await condition()
}

/// The same on a thread of the test's own, which it blocks.
public func eventuallyOnThread(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<Patience.rounds {
        if try condition() { return true }
        usleep(Patience.round * 1000)
    }
    return try condition()
}

/// Runs a scenario in which something has to happen before a time has passed that the product counts, and gives it more of it until it
/// does: once, 4, 16 and 64 times as much.
/// - Parameters:
///   - nanoseconds: what a machine needs that has nothing else to do.
///   - scenario: is given the time, and says whether all happened within it. What does not depend on it, it expects by itself.
/// - Returns: false when the longest time was too short.
public func givenEnoughTime(
    from nanoseconds: Int64, _ scenario: (_ nanoseconds: Int64) async throws -> Bool
) async rethrows -> Bool {
    for factor in [1, 4, 16] as [Int64] {
        if try await scenario(nanoseconds * factor) { return true }
    }
    return try await scenario(nanoseconds * 64)
}
