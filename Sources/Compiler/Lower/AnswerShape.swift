import Contracts

extension MediationLowering {
    /// What the partner's answer looks like, as far as a contract says so. What there is to say about its files is said elsewhere.
    func partnerAnswer(_ context: inout CompileContext) -> Shape? {
        let sink = context.sink
        defer { context.sink = sink }
        if let source = operation.response?.map.flatMap({ mapping($0, &context) })?.from {
            return shape(source, isAnswer: true, site.contentFormat, &context)?.root
        }
        if let soap = soapOperation(&context) { return site.wsdl?.response(soap).root }
        if let http = httpCall(&context) { return http.operation.responseContract(site.contentFormat).root }
        guard operation.response?.map == nil, let contract = operation.response?.contract else { return nil }
        // An answer that is not mapped is the consumer's own.
        return shape(contract, isAnswer: true, .json, &context)?.root
    }
}
