extension DiagnosticCode {
    /// 4000-4999: policies and endpoints.
    static let policies: [DiagnosticCode] = [
        DiagnosticCode("WB4001", "TLS settings on a plain URL"),
        DiagnosticCode("WB4002", "a call that is not described"),
        DiagnosticCode("WB4003", "a body for a method that has none"),
        DiagnosticCode("WB4004", "the total timeout is too short"),
        DiagnosticCode("WB4005", "two listeners have the same address"),
        DiagnosticCode("WB4006", "a header that the gateway writes itself"),
        DiagnosticCode("WB4007", "a WSDL under a protocol without SOAP"),
        DiagnosticCode("WB4008", "bodies that pass through are not kept"),
        DiagnosticCode("WB4010", "a retry that acts only where nothing was sent"),
        DiagnosticCode("WB4011", "a time that the whole call does not have"),
        DiagnosticCode("WB4012", "places of a partner that are not alike"),
        DiagnosticCode("WB4013", "a place of a partner that is there twice"),
        DiagnosticCode("WB4014", "a setting for several places where there is one"),
        DiagnosticCode("WB4015", "more calls at once than connections"),
        DiagnosticCode("WB4016", "a partner without one address"),
        DiagnosticCode("WB4017", "more connections ahead than there may be"),
        DiagnosticCode("WB4018", "a proxy that can't be used"),
        DiagnosticCode("WB4021", "an idempotency key that is always the same"),
        DiagnosticCode("WB4022", "idempotency without a store"),
        DiagnosticCode("WB4023", "an idempotency key where none is needed"),
        DiagnosticCode("WB4024", "answers are kept for too short a time"),
        DiagnosticCode("WB4025", "answers that pass through are not kept"),
    ]
}
