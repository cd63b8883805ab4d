/// What refuses a call by its key (draft-ietf-httpapi-idempotency-key-header, section 2.7).
extension Failure {
    @inline(never) public static func keyMissing() -> Failure {
        Failure(
            "idempotency-key-missing", .contract, status: 400, title: "The call has no idempotency key",
            detail:
                "Send `Idempotency-Key` with a value that is new for each thing to be done, and the same when it is repeated."
        )
    }

    @inline(never) public static func keyMalformed() -> Failure {
        Failure(
            "idempotency-key-malformed", .contract, status: 400, title: "The idempotency key cannot be read",
            detail: "It is one quoted string or token of at most \(IdempotencyKey.longest) characters, sent once.")
    }

    /// Another request came with the same key.
    @inline(never) public static func keyReused() -> Failure {
        Failure(
            "idempotency-key-reused", .contract, status: 422,
            title: "The idempotency key was used for another request",
            detail: "A repetition has the same method, path, query and body. Use a new key for a new request.")
    }

    @inline(never) public static func keyInProgress() -> Failure {
        Failure(
            "idempotency-in-progress", .concurrency, status: 409, retry: .later,
            title: "The first call with this idempotency key is under way", retryAfter: 1)
    }

    /// The call went out, and nobody knows what the partner made of it.
    @inline(never) public static func outcomeUnknown() -> Failure {
        Failure(
            "idempotency-outcome-unknown", .partner, status: 409,
            title: "The first call with this idempotency key was sent, and its outcome is not known",
            detail: "Find out at the partner what became of it. It is not sent again by itself.")
    }

    @inline(never) public static func storeUnavailable() -> Failure {
        Failure(
            "unavailable", .internal, status: 503, retry: .later, title: "The operation is not available now",
            detail: "The store of answers cannot be written now, and without it a call might be made twice.",
            retryAfter: 5)
    }
}
