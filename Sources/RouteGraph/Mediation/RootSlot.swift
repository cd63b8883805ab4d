/// The values in scope of an expression, by the slot that the compiler gives them.
public enum RootSlot {
    /// The body being read: the consumer's on the way out, the partner's on the way back.
    public static let body = 0
    /// `method`, `path`, `query`, `headers` and, on the way back, `body`.
    public static let request = 1
    /// `status`, `headers`.
    public static let response = 2
    /// `name`.
    public static let consumer = 3
    /// `id`, `trace`.
    public static let correlation = 4
    /// The item of the innermost `each`.
    public static let item = 5
    /// Its position, from 1.
    public static let index = 6
    /// Of a SOAP fault: `code`, `text`.
    public static let fault = 7
    /// Path parameters by their bare name, in the operation's order.
    public static let parameters = 16
}
